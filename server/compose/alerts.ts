// Alerts: evaluated in the gateway and the worker, changed by the API.
import type { Config } from '../config.ts';
import { createAlerts, createAlertsTap, startAlertWork } from '../modules/alerts/index.ts';
import type { AlertMarkets, PastCandles } from '../modules/alerts/ports.ts';
import type { PriceTap } from '../modules/market-data/ports.ts';
import { createStandingInterest } from '../realtime/standing-interest.ts';
import type { Brokers } from './broker.ts';
import { composePastCandles } from './candles.ts';
import type { Ground } from './ground.ts';
import type { MarketData } from './market-data.ts';
import type { Trading, Writers } from './money.ts';

/** Candles read at once, and pages of one gap: a week of minutes. */
const pageSize = 500;
const maxPages = 21;

const tellingOf = ({ logger, ...ground }: Ground, { notifications, events }: Writers) => ({
  ...ground,
  logger: logger.child({ part: 'alerts' }),
  notify: notifications.notify,
  wake: (userId: string) => events.wake(userId, 'notifications'),
});

/** What sees raw ticks and tells alerts by them. */
export function composeAlertTap(
  ground: Ground,
  writers: Writers,
  parts: { brokers: Brokers; config: Config },
): PriceTap {
  const tap = createAlertsTap({ ...tellingOf(ground, writers), candles: pastCandlesOf(ground, parts) });
  ground.lifecycle.onClose('alerts', () => tap.close());
  return tap;
}

function pastCandlesOf(ground: Ground, parts: { brokers: Brokers; config: Config }): PastCandles {
  const reader = composePastCandles(ground, parts);
  type Question = Parameters<PastCandles['bought']>;
  async function pages<Page extends { nextMs: number | null }>(
    [key, resolution, zone, { startMs, endMs }]: Question,
    read: (question: Parameters<typeof reader.read>[0]) => Promise<Page>,
  ): Promise<{ pages: Page[]; isAll: boolean }> {
    const found: Page[] = [];
    for (let fromMs: number | null = startMs; fromMs !== null; fromMs = found.at(-1)!.nextMs) {
      if (found.length === maxPages) return { pages: found, isAll: false };
      const range = { startMs: fromMs, endMs };
      found.push(await read({ key, resolution, zone, range, limit: pageSize }));
    }
    return { pages: found, isAll: true };
  }
  return {
    stored: async (...question) =>
      (await pages(question, reader.read)).pages.flatMap(({ candles }) => candles),
    async bought(...question) {
      const { pages: found, isAll } = await pages(question, reader.page);
      if (!isAll)
        ground.logger.warn(
          { part: 'alerts', ...question[0], from: new Date(question[3].startMs) },
          `prices were missed for longer than is checked: ${maxPages * pageSize} candles from there on were`,
        );
      const gaps = found.flatMap((page) => page.gaps);
      return {
        candles: found.flatMap(({ candles }) => candles),
        whole: !isAll || gaps.every(({ reason }) => reason === 'not_kept'),
      };
    },
  };
}

/** After the jobs are started. */
export function startAlerts(
  ground: Ground,
  writers: Writers,
  { trading, ...parts }: { trading: Trading; brokers: Brokers; config: Config },
): void {
  const { lifecycle, bus, clock, ids } = ground;
  const interest = createStandingInterest({ bus, clock, source: ids.next('alerts'), class: 'alerts' });
  lifecycle.onClose('interest of alerts', () => interest.close());
  const stop = startAlertWork({
    ...tellingOf(ground, writers),
    valuations: trading.valuation,
    candles: pastCandlesOf(ground, parts),
    interest,
  });
  lifecycle.onClose('alerts on accounts', stop);
}

/** What the API asks. */
export function composeAlerts(
  { database, bus, clock, ids }: Ground,
  { trading, marketData, writers }: { trading: Trading; marketData: MarketData; writers: Writers },
) {
  const markets: AlertMarkets = {
    async market(userId, { epic, feed: asked }) {
      const market = await marketData.market({ userId, epic, feed: asked });
      const { feed, name } = market;
      // As new as can be had: it decides whether an alert is already true.
      const [tick] = await marketData
        .prices({ userId, epics: [epic], feed })
        .then(({ prices }) => prices)
        .catch(() => []);
      const { marketState, bid, offer } = tick ?? { ...market, bid: null, offer: null };
      return { feed, name, marketState, bid, offer };
    },
  };
  const { events } = writers;
  return createAlerts({ database, bus, clock, ids, markets, events, valuations: trading.valuation });
}
