// The lists of markets that a connected account has at IG, over its own login.
import type { BrokerWatchlists } from '../modules/market-data/ports.ts';
import type { PricesOf } from './login-prices.ts';

export const createBrokerWatchlists = (pricesOf: PricesOf): BrokerWatchlists => ({
  list: async (account) =>
    (await (await pricesOf(account)).watchlists()).map(({ id, name, defaultSystemWatchlist }) => ({
      id,
      name,
      isBrokers: defaultSystemWatchlist ?? false,
    })),
  epics: async (account, id) => (await pricesOf(account)).watchlist(id),
});
