// All procedures under one name each; clients import its type and nothing else of the server.
import type { createAccountsModule } from '../modules/accounts/index.ts';
import type { createAuthModule } from '../modules/auth/index.ts';
import type { createMarketDataModule } from '../modules/market-data/index.ts';
import type { createNotificationsModule } from '../modules/notifications/index.ts';
import type { createSystemModule } from '../modules/system/index.ts';
import type { createTradingModule } from '../modules/trading/index.ts';
import type { createUsersModule } from '../modules/users/index.ts';
import { router } from '../trpc/init.ts';

type RouterOf<Create extends (...deps: never[]) => { router: unknown }> = Pick<ReturnType<Create>, 'router'>;
export interface Modules {
  auth: RouterOf<typeof createAuthModule>;
  users: RouterOf<typeof createUsersModule>;
  marketData: RouterOf<typeof createMarketDataModule>;
  accounts: RouterOf<typeof createAccountsModule>;
  trading: RouterOf<typeof createTradingModule>;
  notifications: RouterOf<typeof createNotificationsModule>;
  system: RouterOf<typeof createSystemModule>;
}

export const createAppRouter = ({
  auth,
  users,
  accounts,
  marketData,
  trading,
  notifications,
  system,
}: Modules) =>
  router({
    auth: auth.router,
    users: users.router,
    accounts: accounts.router,
    marketData: marketData.router,
    trading: trading.router,
    notifications: notifications.router,
    system: system.router,
  });

export type AppRouter = ReturnType<typeof createAppRouter>;
