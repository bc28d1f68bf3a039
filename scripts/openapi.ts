// `npm run openapi`: the OpenAPI document without a running server. Prints it, `--write`s it, or `--check`s that the kept copy is current.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createOpenApi } from '../server/api/openapi.ts';
import { restTable } from '../server/api/rest-table.ts';
import { createAppRouter } from '../server/api/router.ts';
import { createAccountsRouter } from '../server/modules/accounts/router.ts';
import { createAuthRouter } from '../server/modules/auth/router.ts';
import { createMarketDataRouter } from '../server/modules/market-data/router.ts';
import { createNotificationsRouter } from '../server/modules/notifications/router.ts';
import { createSystemRouter } from '../server/modules/system/router.ts';
import { createTradingRouter } from '../server/modules/trading/router.ts';
import { createUsersRouter } from '../server/modules/users/router.ts';

const keptCopy = fileURLToPath(new URL('../client/openapi.json', import.meta.url));

/** The procedures with nothing behind them: to be described, not called. */
export function describeRouter() {
  const nothing = {} as never;
  return createAppRouter({
    auth: { router: createAuthRouter(nothing) },
    users: { router: createUsersRouter(nothing) },
    marketData: { router: createMarketDataRouter(nothing) },
    accounts: { router: createAccountsRouter(nothing) },
    trading: { router: createTradingRouter(nothing) },
    notifications: { router: createNotificationsRouter(nothing, nothing) },
    system: { router: createSystemRouter({ system: nothing }) },
  });
}

function main(): number {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      check: { type: 'boolean' },
      file: { type: 'string', default: keptCopy },
    },
  });
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    version: string;
  };
  const text = `${JSON.stringify(createOpenApi({ router: describeRouter(), table: restTable, version }), null, 1)}\n`;
  if (values.write) writeFileSync(values.file, text);
  if (!values.check && !values.write) process.stdout.write(text);
  if (!values.check) return 0;
  const kept = existsSync(values.file) && readFileSync(values.file, 'utf8');
  if (kept === text) return 0;
  process.stderr.write(`${values.file} is not what the routers say. Run: npm run openapi -- --write\n`);
  return 1;
}

if (import.meta.main) process.exitCode = main();
