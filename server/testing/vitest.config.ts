// How the tests run: which files, in what processes, with one PostgreSQL for all, and what was skipped by name at the end.
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';
import { memoryFolder } from './memory-folder.ts';
import { skippedReporter } from './requires.ts';

// What V8 has compiled and Node has stripped of its types is kept for the next process: the product starts in half the CPU time.
process.env['NODE_COMPILE_CACHE'] ??= fileURLToPath(
  new URL('../../node_modules/.node-compile-cache', import.meta.url),
);

// The temporary files of this process and of all it starts; who names a folder keeps it.
const inMemory = memoryFolder();
if (inMemory !== undefined) process.env['TMPDIR'] ??= inMemory;

/** Those that take longest, in any order: begun last, one of them would run on alone. Vitest knows them only where it has run before. */
const longest = [
  'scripts/seed-killed.slow.test.ts',
  'server/compose/outages.slow.test.ts',
  'server/main/topology.test.ts',
  'server/main/dealing-in-one.test.ts',
  'server/main/all.test.ts',
  'server/compose/contract.test.ts',
  'server/testing/crash/kill.test.ts',
  'server/testing/price-path.test.ts',
  'server/ig/gateway.test.ts',
  'server/api/markers.test.ts',
  'server/modules/alerts/engine.test.ts',
  'server/modules/trading/evidence/recovery.test.ts',
  'server/db/embedded/start.test.ts',
  'server/messaging/rabbit.test.ts',
  'server/compose/secrets-kept.test.ts',
  'server/jobs/jobs.test.ts',
  'server/realtime/followers.test.ts',
  'client/package.test.ts',
  'server/testing/openapi-clients.test.ts',
  'server/api/docs.test.ts',
  'server/api/two-faces.test.ts',
  'server/api/stream-clients.test.ts',
  'examples/python/python.test.ts',
  'examples/dashboard/journey.test.ts',
  'examples/dashboard/accounts.test.ts',
  'examples/dashboard/hand.test.ts',
  'examples/dashboard/workspace.test.ts',
  'examples/dashboard/you.test.ts',
  'examples/dashboard/stop.test.ts',
  'examples/dashboard/history.test.ts',
  'examples/dashboard/page.test.ts',
  'examples/dashboard/ticket.test.ts',
  'examples/dashboard/orders.test.ts',
  'examples/dashboard/admin.test.ts',
  'examples/dashboard/portfolio.test.ts',
  'scripts/doctor.test.ts',
  'scripts/seed.test.ts',
  'scripts/bench/gateway.slow.test.ts',
  'scripts/bench/growth.slow.test.ts',
  'scripts/bench/http.slow.test.ts',
  'scripts/bench/simulator.slow.test.ts',
];
class LongestFirst extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]) {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: (typeof sorted)[number]) =>
      longest.some((name) => moduleId.endsWith(`/${name}`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: {
    include: ['server', 'shared', 'client', 'scripts', 'examples', 'drizzle'].map(
      (folder) => `${folder}/**/*.test.ts`,
    ),
    exclude: ['**/node_modules/**', ...(process.env['FTRADER_FAST'] === '1' ? ['**/*.slow.test.ts'] : [])],
    globalSetup: [fileURLToPath(new URL('./global-setup.ts', import.meta.url))],
    // Processes, not threads: signals, and a crash, stay within one of them.
    pool: 'forks',
    // A process runs one file after another and loads the house once: loading it took more CPU time than most files' tests (server/api:
    // 62 s, now 26 s). No module of ours has a state of its own; a file that changes its process (globals, listeners) changes it back.
    isolate: false,
    // Most files wait for something most of the time; the default on two cores would be one process.
    maxWorkers: 3,
    // Those that are marked concurrent wait for nearly all of their time.
    maxConcurrency: 9,
    sequence: { sequencer: LongestFirst },
    testTimeout: 20_000,
    hookTimeout: 30_000,
    reporters: ['default', skippedReporter],
  },
});
