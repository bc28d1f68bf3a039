// How the tests run: which files, in what processes, with one PostgreSQL for all, and what was skipped by name at the end.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { skippedReporter } from './requires.ts';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['server', 'shared', 'client', 'scripts', 'examples', 'drizzle'].map(
      (folder) => `${folder}/**/*.test.ts`,
    ),
    exclude: ['**/node_modules/**', ...(process.env['FTRADER_FAST'] === '1' ? ['**/*.slow.test.ts'] : [])],
    globalSetup: [fileURLToPath(new URL('./global-setup.ts', import.meta.url))],
    // Processes, not threads: signals, real clients that leave a timer behind, and a crash stay within one file.
    pool: 'forks',
    // Most files wait for something most of the time; the default on two cores would be one process.
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: ['default', skippedReporter],
  },
});
