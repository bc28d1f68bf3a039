// `npm run reconcile`: has the workers compare accounts with the broker now, and shows what did not agree.
import { composeCommandAudit } from '../server/compose/audit.ts';
import {
  chooseAccounts,
  reconcileAccounts,
  type Chosen,
  type ChosenAccount,
  type Compared,
} from '../server/compose/reconcile.ts';
import { runCommand, UsageError } from './command.ts';
import { withInstallation } from './installation.ts';
import { plain } from './plain-text.ts';

const usualSeconds = 60;
const mostSeconds = 3_600;

function chosenOf({ account, user, all }: { account?: string; user?: string; all?: boolean }): Chosen {
  const chosen: Chosen[] = [
    ...(account === undefined ? [] : [{ account }]),
    ...(user === undefined ? [] : [{ user }]),
    ...(all ? ['all' as const] : []),
  ];
  if (chosen.length !== 1)
    throw new UsageError('say which accounts: one of --account ID, --user EMAIL, --all');
  return chosen[0]!;
}
function secondsOf(text: string | undefined): number {
  const seconds = text === undefined ? usualSeconds : /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > mostSeconds)
    throw new UsageError(`--within ${text} is no whole number of seconds from 1 to ${mostSeconds}`);
  return seconds;
}

const nameOf = ({ id, environment, name, user }: ChosenAccount) =>
  `${id}  ${environment.padEnd(9)} ${plain(user)}, ${plain(name)}`;
const count = (n: number, one: string, several: string) => `${n} ${n === 1 ? one : several}`;

function print(each: Compared): void {
  const { readAt, agrees, differences, unsettled, cash, breaks } = each;
  console.log(`${agrees ? '✔' : '✘'} ${nameOf(each)}`);
  if (!readAt) console.log('    was not read in time: its broker or the worker does not answer');
  else if (agrees && differences === 0) console.log('    agrees');
  else if (differences > 0)
    console.log(
      `    ${count(differences, 'difference', 'differences')} found, ${unsettled === 0 ? 'all of them settled' : `${unsettled} not explained yet: the next reading looks again`}`,
    );
  if (cash && cash.difference !== '0')
    console.log(`    cash was ${cash.ours} here and ${cash.brokers} at the broker, whose figure counts now`);
  if (breaks.opened > 0 || breaks.resolved > 0)
    console.log(`    ${count(breaks.opened, 'break', 'breaks')} opened, ${breaks.resolved} resolved by this`);
  for (const { kind, difference, openedAt } of breaks.open)
    console.log(`    open since ${openedAt.toISOString()}: ${kind}: ${plain(difference)}`);
}

await runCommand({
  name: 'reconcile',
  about: `Has accounts compared with their broker now: positions, orders and cash, of which the broker’s count. FTrader must run: its worker
reads the broker. Exit code 0 when all agree, 1 when breaks are open, something is not explained or was not read in time.

  npm run reconcile -- --all
  npm run reconcile -- --user ada@example.com --json`,
  flags: {
    account: { type: 'string', hint: 'ID', about: 'this account; its id here, or the broker’s' },
    user: { type: 'string', hint: 'EMAIL', about: 'the accounts of this user' },
    all: { type: 'boolean', about: 'every connected account' },
    within: { type: 'string', hint: 'SECONDS', about: `how long to wait (default ${usualSeconds})` },
    'dry-run': { type: 'boolean', about: 'say which accounts, and read nothing' },
  },
  async run({ values, json }) {
    const [chosen, seconds] = [chosenOf(values), secondsOf(values.within)];
    return withInstallation(async ({ ground, mayRun }) => {
      const accounts = await chooseAccounts(ground, chosen);
      if (values['dry-run']) {
        if (json) console.log(JSON.stringify({ ok: true, dryRun: true, accounts }));
        else for (const account of accounts) console.log(nameOf(account));
        return 0;
      }
      if (!mayRun)
        throw new Error(
          'FTrader does not run, and its worker is what reads the broker: start it with npm start',
        );
      const audited = composeCommandAudit(ground);
      const subject = chosen === 'all' ? 'all' : Object.values(chosen)[0]!;
      const compared = await audited('command.reconcile', subject, () =>
        reconcileAccounts(ground, accounts, {
          withinMs: seconds * 1_000,
          onRead(read) {
            if (process.stderr.isTTY)
              process.stderr.write(
                `\r\u001b[K${read} of ${count(accounts.length, 'account', 'accounts')} read`,
              );
          },
        }),
      );
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
      const ok = compared.every(({ agrees }) => agrees);
      if (json) console.log(JSON.stringify({ ok, accounts: compared }));
      else {
        for (const each of compared) print(each);
        console.log(
          ok
            ? `${count(compared.length, 'account agrees', 'accounts agree')} with the broker`
            : `${compared.filter(({ agrees }) => !agrees).length} of ${count(compared.length, 'account', 'accounts')} not in agreement`,
        );
      }
      return ok ? 0 : 1;
    });
  },
});
