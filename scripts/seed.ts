// `npm run seed`: makes a believable demo world, beside a FTrader that runs or alone; adds what is missing, and nothing twice.
import path from 'node:path';
import {
  planWorld,
  seedPassword,
  seedWorld,
  type Added,
  type Planned,
  type Wanted,
} from '../server/compose/seed/index.ts';
import { readAddress } from '../server/compose/simulator-address.ts';
import { startSimulator } from '../server/compose/simulator.ts';
import { readConfig } from '../server/config.ts';
import { findLockHolder, hasCluster, loadSecrets, resolveDataDir } from '../server/data-folder/index.ts';
import { keysOf } from '../server/main/keys.ts';
import { runCommand, UsageError } from './command.ts';
import { checkout } from './embedded.ts';
import { withInstallation, type Installation } from './installation.ts';

const most = { users: 200, deals: 500, days: 90 } as const;

function readNumber(
  flag: string,
  text: string | undefined,
  { otherwise, least, most }: Record<'otherwise' | 'least' | 'most', number>,
) {
  if (text === undefined) return otherwise;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= least && value <= most))
    throw new UsageError(`--${flag} ${text} is no whole number from ${least} to ${most}`);
  return value;
}

/** The simulator of this installation: that of the FTrader that runs, or one that is started here for as long as it takes. */
async function simulatorOf({ ground, dataDir, mayRun }: Installation, adminToken: string): Promise<string> {
  const folder = path.join(dataDir, 'simulator');
  if (!mayRun) {
    const { simulator } = await startSimulator(ground, { adminToken, market: { dataDir: folder } });
    return simulator.baseUrl;
  }
  const address = readAddress(folder);
  const answers =
    address !== undefined &&
    (await fetch(address).then(
      () => true,
      () => false,
    ));
  if (!answers)
    throw new Error(
      'FTrader runs, and its simulated broker does not answer: with SIMULATOR=off there is none, else try again in a moment',
    );
  return address;
}

function showStep({ n, email }: { n: number; email: string }, step: string, users: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\u001b[K${n + 1} of ${users}, ${email}: ${step}`);
}
const endSteps = () => process.stderr.isTTY && process.stderr.write('\r\u001b[K');

const total = <Row>(rows: readonly Row[], count: (row: Row) => number) =>
  rows.reduce((sum, row) => sum + count(row), 0);
const rowOf = ({ email, name }: { email: string; name: string }, text: string) =>
  `${email.padEnd(32)} ${name.padEnd(20)} ${text}`;
const plannedText = ({ user, trades: { past, today } }: Planned) =>
  user
    ? `new, with ${past} trades of the days before and ${today} of today`
    : past + today > 0
      ? `${past} trades of the days before and ${today} of today`
      : 'nothing is missing';
const addedText = ({ user, watchlists, transactions, trades: { past, today, notAccepted }, agrees }: Added) =>
  [
    user ? 'new' : 'was there',
    `${past} trades of the days before`,
    `${today} of today${notAccepted > 0 ? ` (${notAccepted} not accepted)` : ''}`,
    `${watchlists} watchlists`,
    `${transactions} portfolio transactions`,
    ...(agrees ? [] : ['its books are not the broker’s: npm run reconcile']),
  ].join(', ');

async function plan(wanted: Wanted, json: boolean): Promise<void> {
  const config = readConfig(process.env);
  const { dir } = resolveDataDir({ configured: config.dataDir, checkout });
  const isThere = config.databaseUrl !== undefined || findLockHolder(dir) !== undefined || hasCluster(dir);
  const planned = isThere
    ? await withInstallation(({ ground }) => planWorld(ground.database, wanted), { migrates: false })
    : await planWorld(undefined, wanted);
  if (json) return console.log(JSON.stringify({ ok: true, dryRun: true, people: planned }));
  for (const person of planned) console.log(rowOf(person, plannedText(person)));
  console.log('nothing was changed');
}

await runCommand({
  name: 'seed',
  about: `Makes a demo world: people who have signed up, with profiles, watchlists, a portfolio, a simulated account that has dealt for
some days, and deals of today. The days before are played at the simulated broker, at its prices of those days; today's deals
take the way of every deal. It adds what is missing and nothing twice: the same again changes nothing, a larger number adds
the difference (dealt today), and after it was stopped the same command goes on. FTrader may run or not. Not in production.

  npm run seed                                  three people, twenty trades each, of thirty days
  npm run seed -- --users 10 --deals 50         a livelier place
  npm run seed -- --dry-run --seed 7            who it would be by another seed`,
  flags: {
    users: { type: 'string', hint: 'N', about: 'how many people (default 3)' },
    deals: { type: 'string', hint: 'N', about: 'trades of each (default 20); every fifth is of today' },
    days: { type: 'string', hint: 'N', about: 'how far back an account goes that is made (default 30)' },
    seed: {
      type: 'string',
      hint: 'N',
      about: 'another world: the same number gives the same one (default 1)',
    },
    'dry-run': { type: 'boolean', about: 'say what would be made, and change nothing' },
  },
  async run({ values, json }) {
    const wanted: Wanted = {
      users: readNumber('users', values.users, { otherwise: 3, least: 1, most: most.users }),
      deals: readNumber('deals', values.deals, { otherwise: 20, least: 0, most: most.deals }),
      days: readNumber('days', values.days, { otherwise: 30, least: 1, most: most.days }),
      seed: readNumber('seed', values.seed, { otherwise: 1, least: 0, most: 999_999_999 }),
      now: new Date(),
    };
    if (process.env['NODE_ENV'] === 'production')
      throw new Error('this is production (NODE_ENV), where nobody is to sign in who was made up');
    if (values['dry-run']) return plan(wanted, json);
    return withInstallation(
      async (installation) => {
        const { ground, config, dataDir } = installation;
        const kept = loadSecrets(dataDir);
        const secrets = {
          ...kept,
          secretKey: config.secretKey ?? kept.secretKey,
          ...keysOf(config, () => kept.encryptionKeys),
        };
        const simulatorUrl = await simulatorOf(installation, secrets.simulatorAdminToken);
        const began = performance.now();
        const added = await seedWorld(ground, { config, secrets, simulatorUrl }, wanted, (who, step) =>
          showStep(who, step, wanted.users),
        ).finally(endSteps);
        const ok = added.every(({ agrees }) => agrees);
        const password = seedPassword(secrets);
        if (json) console.log(JSON.stringify({ ok, password, people: added }));
        else {
          for (const person of added) console.log(rowOf(person, addedText(person)));
          const trades = total(added, ({ trades: { past, today } }) => past + today);
          console.log(
            `${total(added, ({ user }) => Number(user))} people and ${trades} trades added in ${((performance.now() - began) / 1_000).toFixed(1)} s. Everybody’s password: ${password}`,
          );
        }
        return ok ? 0 : 1;
      },
      { alone: true },
    );
  },
});
