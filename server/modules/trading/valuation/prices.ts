// Prices and rules of an account's own feed, over market data's parts. Decides nothing about deals.
import type { LivePrices, MarketCatalogue } from '../../market-data/ports.ts';
import type { PriceFeed } from '../ports.ts';

const details = { maxAgeMs: Number.POSITIVE_INFINITY };
const forDeal = { forDeal: true };

export function createPriceFeed({
  catalogue,
  prices,
}: {
  catalogue: MarketCatalogue;
  prices: LivePrices;
}): PriceFeed {
  return {
    async quote(feed, epic) {
      const live = prices.latest(feed, epic);
      if (live && !live.stale) {
        const [market] = await catalogue.getMany(feed, [epic], { ...details, ...forDeal });
        return market ? { market, tick: live } : null;
      }
      const [tick] = await catalogue.quotes(feed, [epic], forDeal);
      const [market] = await catalogue.getMany(feed, [epic], { ...details, ...forDeal });
      return market && tick ? { market, tick } : null;
    },
    latest: (feed, epic) => prices.latest(feed, epic),
    markets: (feed, epics, options) =>
      epics.length === 0 ? Promise.resolve([]) : catalogue.getMany(feed, epics, { ...details, ...options }),
    quotes: (feed, epics) => (epics.length === 0 ? Promise.resolve([]) : catalogue.quotes(feed, epics)),
    watch: (feed, epics, signal) =>
      prices.subscribe({
        feed,
        epics,
        signal,
        socket: undefined,
        fallback: async (missing) =>
          (await catalogue.quotes(feed, missing)).map((tick) => ({ ...tick, stale: true })),
      }),
  };
}
