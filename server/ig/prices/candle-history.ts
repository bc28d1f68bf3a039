// IG's price history as candles of UTC: which login answers for a feed, and what an answer in its local time covers.
import { AppError } from '../../lib/app-error.ts';
import { maxCandlesPerPurchase, type CandleHistory } from '../../modules/market-data/ports.ts';
import { pointsLeft } from '../rest/history-points-rules.ts';
import type { LoginFeedClient } from './catalogue.ts';
import type { IgClient } from './client.ts';
import type { HistoryPage } from './history.ts';

const lengthMs = { SECOND: 1_000, MINUTE: 60_000, HOUR: 3_600_000 } as const;

/** Over the logins of `clients`, which serve everybody, and of accounts' own feeds. */
export function createIgCandleHistory({
  clients,
  loginFeed,
}: {
  clients: readonly IgClient[];
  loginFeed: LoginFeedClient;
}): CandleHistory {
  const common = new Map(clients.map((client) => [client.login.feed, client]));
  async function clientOf(feed: string): Promise<IgClient> {
    const client = common.get(feed) ?? (await loginFeed(feed));
    if (!client) throw new AppError('market_data.unknown_feed');
    return client;
  }
  return {
    async buy({ feed, epic }, { resolution, span, offsetMinutes }) {
      const size = (span.endMs - span.startMs) / lengthMs[resolution];
      if (!(size >= 1 && size <= maxCandlesPerPurchase))
        throw new Error(`invariant: ${size} candles of history in one purchase`);
      const client = await clientOf(feed);
      const page = await client.priceHistory({
        epic,
        resolution,
        from: new Date(span.startMs),
        to: new Date(span.endMs - lengthMs[resolution]), // the start of the last one
        page: 1,
        size,
        offsetMinutes,
      });
      return {
        candles: page.candles.map(({ at, open, high, low, close, ticks }) => ({
          startMs: at.getTime(),
          open,
          high,
          low,
          close,
          ticks: Number(ticks ?? 0),
        })),
        known: knownBy(page, span),
        offsetMinutes: page.offsetsMinutes?.last ?? null,
      };
    },
    async points(feed) {
      const points = await (await clientOf(feed)).historyPoints();
      return { granted: points.granted, left: pointsLeft(points) };
    },
  };
}

/**
 * Of when an answer tells all. The range went out in local time: where the clocks stood differently then, it was another range; where
 * they changed within it, what both readings have in common. An answer without candles does not tell, and is taken for what was asked.
 */
function knownBy(
  { askedOffsetMinutes, offsetsMinutes, candles }: HistoryPage,
  { startMs, endMs }: { startMs: number; endMs: number },
) {
  if (!offsetsMinutes || candles.length === 0) return { startMs, endMs };
  const moved = [offsetsMinutes.first, offsetsMinutes.last].map(
    (offset) => (askedOffsetMinutes - offset) * 60_000,
  );
  const range = { startMs: startMs + Math.max(...moved), endMs: endMs + Math.min(...moved) };
  return range.startMs < range.endMs ? range : { startMs, endMs: startMs };
}
