// Ticks of markets without a price: they say what is known of them. Pure.
import { noQuote, type Tick } from '../../shared/market-data.ts';

/** In place of a price that nobody has; `now` where the market's time would stand. */
export const priceless = (feed: string, epic: string, now: Date): Tick => ({
  feed,
  epic,
  seq: 0,
  ...noQuote,
  at: now,
  receivedAt: now,
  stale: true,
});

/** In place of a price of what is no market of the feed. */
export const noMarket = (feed: string, epic: string, now: Date): Tick => ({
  ...priceless(feed, epic, now),
  staleReason: {
    code: 'unknown_epic',
    message: `The feed ${feed} has no market ${epic}: look for it by its name, it may have another epic now.`,
  },
});
