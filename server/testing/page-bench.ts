// One product and one browser for all tests of a file: started before the first, gone behind the last.
import { afterAll, beforeAll, expect } from 'vitest';
import { openBrowser } from '../../examples/dashboard/page-steps.ts';
import { testApp, type TestApp } from './test-app.ts';

export interface PageBench {
  app: TestApp;
  browser: Awaited<ReturnType<typeof openBrowser>>;
}
const startTimeoutMs = 90_000;
/** As long as a step of a page may take. */
const pollTimeoutMs = 30_000;

/** `expect.poll` for what a page comes to show. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: pollTimeoutMs });

/** For the top of a `describe`; `take` is given both before its tests run. `start` is for a product with settings of its own. */
export function usePageBench(
  executablePath: string,
  take: (bench: PageBench) => void,
  start: () => Promise<TestApp> = testApp,
): void {
  const owned = new AsyncDisposableStack();
  beforeAll(async () => {
    const app = owned.use(await start());
    take({ app, browser: owned.use(await openBrowser(executablePath)) });
  }, startTimeoutMs);
  afterAll(() => owned.disposeAsync());
}
