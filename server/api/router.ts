// All procedures under one name each; clients import its type and nothing else of the server.
import type { createAuthModule } from '../modules/auth/index.ts';
import type { createMarketDataModule } from '../modules/market-data/index.ts';
import type { createSystemModule } from '../modules/system/index.ts';
import type { createUsersModule } from '../modules/users/index.ts';
import { router } from '../trpc/init.ts';

type RouterOf<Create extends (...deps: never[]) => { router: unknown }> = Pick<ReturnType<Create>, 'router'>;
export interface Modules {
  auth: RouterOf<typeof createAuthModule>;
  users: RouterOf<typeof createUsersModule>;
  marketData: RouterOf<typeof createMarketDataModule>;
  system: RouterOf<typeof createSystemModule>;
}

export const createAppRouter = ({ auth, users, marketData, system }: Modules) =>
  router({ auth: auth.router, users: users.router, marketData: marketData.router, system: system.router });

export type AppRouter = ReturnType<typeof createAppRouter>;
