// `npm run test:deep [-- FILE…]`: the tests that have a short form, in their long one: every cell of the crash table, each step of a saga, a
// million sequences of events, 10,000 submissions at once, 10,000 subscriptions to prices at random instants, long fuzzing; then every sabotage of GUARANTEES.md. With files, only their long form.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
const files = process.argv.slice(2);
const deep = [
  'server/testing/crash',
  'server/modules/trading/deals/preview.property.test.ts',
  'server/modules/trading/deals/model.test.ts',
  'server/modules/trading/sagas/sagas.test.ts',
  'server/modules/trading/sagas/target.test.ts',
  'server/modules/trading/risk/limits.property.test.ts',
  'server/modules/trading/evidence/recovery.test.ts',
  'server/modules/trading/evidence/sequences.test.ts',
  'server/modules/alerts/engine.test.ts',
  'server/jobs/schedules.test.ts',
  'server/ig/rest/revoked-tokens.slow.test.ts',
  'server/ig-simulator/engine/engine.property.test.ts',
  'server/ig-simulator/engine/history.property.test.ts',
  'server/ig-simulator/rest/fuzz.test.ts',
  'server/ig-simulator/stream/fuzz.test.ts',
  'server/api/price-snapshots.test.ts',
  'scripts/production-install.test.ts',
];
function run(command: string, args: readonly string[], env: Record<string, string> = {}): boolean {
  const { status } = spawnSync(path.join(root, 'node_modules/.bin', command), args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  });
  return status === 0;
}
const vitest = ['run', '--config', 'server/testing/vitest.config.ts', ...(files.length > 0 ? files : deep)];
const passed = run('vitest', vitest, { FTRADER_DEEP: '1' });
const seen = files.length > 0 || run('node', ['scripts/sabotage.ts']);
process.exitCode = passed && seen ? 0 : 1;
