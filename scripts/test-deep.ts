// `npm run test:deep [-- FILE…]`: the tests that have a short form, in their long one: every cell of the crash table, long fuzzing.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const files = process.argv.slice(2);
const deep = [
  'server/testing/crash',
  'server/ig-simulator/engine/engine.property.test.ts',
  'server/ig-simulator/engine/history.property.test.ts',
  'server/ig-simulator/rest/fuzz.test.ts',
  'server/ig-simulator/stream/fuzz.test.ts',
];
const { status } = spawnSync(
  path.join(root, 'node_modules/.bin/vitest'),
  ['run', '--config', 'server/testing/vitest.config.ts', ...(files.length > 0 ? files : deep)],
  {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, FTRADER_DEEP: '1' },
    shell: process.platform === 'win32',
  },
);
process.exitCode = status ?? 1;
