// `npm run bench [-- NAME…] [--json] [--rounds N] [--seconds N]`: each benchmark against its floor and the stock alternative, as ratios.
import { parseArgs } from 'node:util';
import { alerts } from './alerts.ts';
import { candles } from './candles.ts';
import { fanout } from './fanout.ts';
import { gateway } from './gateway.ts';
import { http } from './http.ts';
import { growth } from './growth.ts';
import { orders } from './orders.ts';
import { page } from './page.ts';
import { portfolio } from './portfolio.ts';
import { signIn } from './sign-in.ts';
import { simulator } from './simulator.ts';
import { printTable, type BenchOptions, type BenchReport } from './report.ts';

const benches: Record<string, (options: BenchOptions) => Promise<BenchReport>> = {
  fanout,
  gateway,
  http,
  growth,
  orders,
  simulator,
  candles,
  alerts,
  portfolio,
  page,
  'sign-in': signIn,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    help: { type: 'boolean', default: false },
  },
});
const names = positionals.length > 0 ? positionals : Object.keys(benches);
const unknown = names.filter((name) => !(name in benches));
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
if (values.help || unknown.length > 0 || !(rounds >= 1 && rounds <= 50) || !(seconds > 0 && seconds <= 60)) {
  if (unknown.length > 0) console.error(`no such benchmark: ${unknown.join(', ')}`);
  console.error(
    `npm run bench -- [${Object.keys(benches).join('|')}] [--rounds 3 (1 to 50)] [--seconds 2 (up to 60, each)] [--json]`,
  );
  process.exit(values.help ? 0 : 2);
}
const reports: BenchReport[] = [];
for (const name of names) {
  const report = await benches[name]!({ rounds, seconds, say: (text) => values.json || console.error(text) });
  reports.push(report);
  if (!values.json) printTable(report);
}
if (values.json) console.log(JSON.stringify(reports, null, 2));
// A busy machine makes figures worse, never three times worse.
process.exitCode = reports.every((report) => report.targets.every((target) => target.passed)) ? 0 : 1;
