// The modules, listed once: their procedures under one name each, their REST rows and the words of the documents follow from the list.
import type { AnyTRPCRouter } from '@trpc/server';
import { adminFace } from '../modules/admin/index.ts';
import { accountsFace } from '../modules/accounts/index.ts';
import { authFace } from '../modules/auth/index.ts';
import { marketDataFace } from '../modules/market-data/index.ts';
import { notificationsFace } from '../modules/notifications/index.ts';
import { portfolioFace } from '../modules/portfolio/index.ts';
import { signalsFace } from '../modules/signals/index.ts';
import { systemFace } from '../modules/system/index.ts';
import { tradingFace } from '../modules/trading/index.ts';
import { usersFace } from '../modules/users/index.ts';
import { router } from '../trpc/init.ts';
import type { ModuleFace, RestRoute } from '../trpc/rest.ts';

/** By the first half of their procedures' names, in the order of the documents. */
const faces = {
  auth: authFace,
  users: usersFace,
  marketData: marketDataFace,
  accounts: accountsFace,
  trading: tradingFace,
  portfolio: portfolioFace,
  notifications: notificationsFace,
  signals: signalsFace,
  admin: adminFace,
  system: systemFace,
} satisfies Record<string, ModuleFace>;

type Routers = { [Name in keyof typeof faces]: ReturnType<(typeof faces)[Name]['createRouter']> };
export const createAppRouter = (routers: Routers) => router(routers);
/** Clients import this type and nothing else of the server. */
export type AppRouter = ReturnType<typeof createAppRouter>;

const all = Object.entries<ModuleFace>(faces);
export const restTable: readonly RestRoute[] = all.flatMap(([module, { rest }]) =>
  Object.entries(rest).map(([name, row]) => ({ ...row, procedure: `${module}.${name}` })),
);
/** What the documents say of each module. */
export const restTags: Readonly<Record<string, string>> = Object.fromEntries(
  all.map(([module, { about }]) => [module, about]),
);

/** The procedures over services that do nothing and answer nothing: to be described, and to be asked up to their input. */
export function describeRouter(): AnyTRPCRouter {
  const nothing = new Proxy({}, { get: () => () => undefined }) as never;
  return router(Object.fromEntries(all.map(([module, { createRouter }]) => [module, createRouter(nothing)])));
}
