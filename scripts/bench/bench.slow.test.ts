import { expect, test } from 'vitest';
import { runBench } from './short-run.ts';

test('an unknown benchmark or a wrong number is answered with the usage and exit code 2', () => {
  for (const args of [['nonsense'], ['--rounds', '0'], ['--seconds', 'x']]) {
    const { status, stderr } = runBench(...args);
    expect(status).toBe(2);
    expect(stderr).toContain('npm run bench --');
  }
}, 60_000);
