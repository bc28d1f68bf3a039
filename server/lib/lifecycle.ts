// Starting and stopping: parts register how to close themselves; closing runs in reverse, each step bounded.
import { systemClock } from './clock.ts';
import type { Logger } from './logger.ts';
import { within } from './within.ts';

export interface Lifecycle {
  /** Registers how to close a part that has just been started; `outlivesUs`: left open it would live on after this process. */
  onClose(name: string, close: () => unknown, about?: { outlivesUs?: boolean }): void;
  /** Closes everything in reverse order of registration. Safe to call twice; never rejects. */
  close(): Promise<void>;
  /** For whoever cannot wait for `close`: of what is not closed yet only the parts that would outlive us, in the same order. Never rejects. */
  end(): Promise<void>;
}

/** Longest time one part may take to close before the next is closed without it. */
export const closeStepTimeoutMs = 8_000;

export function createLifecycle(logger: Logger): Lifecycle {
  interface Step {
    name: string;
    close: () => unknown;
    outlivesUs: boolean;
  }
  let steps: Step[] = [];
  let current: { outlivesUs: boolean; closed: Promise<void> } | undefined;
  let closing: Promise<void> | undefined;
  let ending: Promise<void> | undefined;
  async function closeOne({ name, close }: Step) {
    try {
      const problem = `did not close within ${closeStepTimeoutMs} ms`;
      await within(systemClock, closeStepTimeoutMs, () => close(), problem);
    } catch (err) {
      logger.error({ err }, `closing ${name} failed`);
    }
  }
  async function closeAll() {
    for (let step = steps.pop(); step; step = steps.pop()) {
      current = { outlivesUs: step.outlivesUs, closed: closeOne(step) };
      await current.closed;
    }
  }
  async function endAll() {
    steps = steps.filter(({ outlivesUs }) => outlivesUs);
    if (current?.outlivesUs) await current.closed;
    await closeAll();
  }
  return {
    onClose: (name, close, { outlivesUs = false } = {}) => void steps.push({ name, close, outlivesUs }),
    close: () => (closing ??= closeAll()),
    end: () => (ending ??= endAll()),
  };
}
