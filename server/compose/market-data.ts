// Market data over the price plane: markets that are stored and refreshed, and the lists that users keep.
import { createMarketDataModule, type CandleService } from '../modules/market-data/index.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';
import type { Trading, Writers } from './money.ts';
import type { Prices } from './prices.ts';

export type MarketData = ReturnType<typeof composeMarketData>;

/** Defines a job: before they are started. */
export function composeMarketData(
  { database, clock, ids, logger }: Ground,
  { accounts }: Brokers,
  { jobs }: Writers,
  { catalogue, hub, watchlists }: Prices,
  trading: Trading,
  candles: CandleService | undefined,
) {
  /** What accounts have something in, on the feeds that count for them; what is not connected any more has none. */
  async function needed() {
    const open = await trading.openEpics();
    if (open.length === 0) return [];
    const feeds = new Map((await accounts.all()).map(({ id, feed }) => [id, feed]));
    return open.flatMap(({ accountId, epic }) => {
      const feed = feeds.get(accountId);
      return feed === undefined ? [] : [{ feed, epic }];
    });
  }
  return createMarketDataModule({
    database,
    catalogue,
    prices: hub,
    ...(candles && { candles }),
    access: accounts.feeds,
    accounts,
    watchlists,
    jobs,
    needed,
    ids,
    clock,
    logger: logger.child({ part: 'market data' }),
  });
}
