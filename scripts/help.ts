// `npm run help`: every command of the project, in groups, a line each.
import { runCommand } from './command.ts';

/** What `npm run` knows, by what one wants; `npm run NAME -- --help` says more. */
export const groups: Record<string, Record<string, string>> = {
  'Run it': {
    start: 'everything in one process, with its own database and simulated broker',
    dev: 'the same, restarted on change',
    'start:api': 'the API alone, on DATABASE_URL and AMQP_URL',
    'start:gateway': 'what talks to the broker alone',
    'start:worker': 'the jobs alone',
    simulator: 'the IG simulator alone, for any IG client',
  },
  'Operate it': {
    doctor: 'what is wrong with this machine or set-up, and what mends it',
    migrate: 'bring the database of DATABASE_URL up to date',
    'create-superuser': 'make an administrator',
    user: 'list, add, disable and enable users, give one a password',
    seed: 'a demo world: people, accounts, deals, portfolios',
    reconcile: 'compare accounts with the broker now: breaks and drift',
    'rotate-keys': 'seal stored credentials anew under a new key',
    'audit-verify': 'whether a row of the audit log was altered or removed',
    'backfill-prices': 'buy price history of a market',
    watch: 'live prices in the terminal',
  },
  'Build on it': {
    openapi: 'print the API documents',
    'build:client': 'the TypeScript client kit as a package',
    example: 'a TypeScript program that prints prices',
    rehearse: 'run a bot against a recorded day, with a report',
  },
  'Change it': {
    test: 'all tests',
    check: 'every gate; -- --fast for each commit',
    format: 'write every file in the project’s form',
    'test:deep': 'the long tests: the whole crash table, then every sabotage',
    sabotage: 'break each guarantee and see its tests go red',
    bench: 'measure: fanout, http, orders, growth, portfolio and more',
  },
};

/** Names in one column. */
function asText(): string {
  const width = Math.max(
    ...Object.values(groups).flatMap((group) => Object.keys(group).map((name) => name.length)),
  );
  const lines = Object.entries(groups).map(
    ([title, group]) =>
      `${title}\n${Object.entries(group)
        .map(([name, about]) => `  npm run ${name.padEnd(width)}  ${about}\n`)
        .join('')}`,
  );
  return `${lines.join('\n')}\nFlags stand behind two dashes: npm run NAME -- --help says which there are.\n`;
}

if (import.meta.main)
  await runCommand({
    name: 'help',
    about: 'Lists every command with what it is for.',
    run({ json }) {
      process.stdout.write(json ? `${JSON.stringify(groups)}\n` : asText());
    },
  });
