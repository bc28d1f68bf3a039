import { expect, test } from 'vitest';
import { kept, shortRun } from './short-run.ts';

test('sign-in knows every caller by each credential and asks for each once', { timeout: 90_000 }, () => {
  const report = shortRun('sign-in', 0.3);
  expect(report.details.measured.map(({ way }: { way: string }) => way)).toEqual([
    'access token',
    'cookie',
    'API key',
  ]);
  expect(kept(report, 4).at(-1)).toBe(true);
});
