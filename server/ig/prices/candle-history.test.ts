// What an answer of IG's history covers, whose clocks stood differently then than they do now.
import { expect, test } from 'vitest';
import type { CandleHistory } from '../../modules/market-data/ports.ts';
import { candleKey as key, candleRig } from '../../testing/candle-rig.ts';
import { createIgCandleHistory } from './candle-history.ts';
import type { IgClient } from './client.ts';
import { PricesAnswer, toPage, type HistoryQuestion } from './history.ts';

const minute = 60_000;
const hour = 60 * minute;
const changeAt = Date.parse('2026-03-29T01:00:00Z');
/** London's. */
const offsetAt = (atMs: number) => (atMs < changeAt ? 0 : 60);
const local = (atMs: number) => new Date(atMs + offsetAt(atMs) * minute).toISOString().slice(0, 19);

/** IG for a London login in summer: it has a candle of every minute, and is asked in local time. */
function londonHistory(): { history: CandleHistory; asked: HistoryQuestion[] } {
  const asked: HistoryQuestion[] = [];
  const client = {
    login: { feed: key.feed },
    async priceHistory(question: HistoryQuestion) {
      asked.push(question);
      const askedOffsetMinutes = question.offsetMinutes ?? 60;
      const text = (at: Date) =>
        new Date(at.getTime() + askedOffsetMinutes * minute).toISOString().slice(0, 19);
      const [from, to] = [text(question.from), text(question.to)];
      const prices = [];
      for (let at = question.from.getTime() - 3 * hour; at < question.to.getTime() + 3 * hour; at += minute) {
        if (local(at) < from || local(at) > to) continue;
        const price = { bid: '1.1', ask: '1.2' };
        prices.push({
          snapshotTime: local(at).replace('T', ' ').replaceAll('-', '/'),
          snapshotTimeUTC: new Date(at).toISOString().slice(0, 19),
          openPrice: price,
          closePrice: price,
          highPrice: price,
          lowPrice: price,
          lastTradedVolume: '5',
        });
      }
      const metadata = {
        allowance: { remainingAllowance: '1', totalAllowance: '1', allowanceExpiry: '1' },
        pageData: { totalPages: '1' },
      };
      return { ...toPage(PricesAnswer.parse({ prices, metadata }), new Date(0)), askedOffsetMinutes };
    },
  } as unknown as IgClient;
  return { history: createIgCandleHistory({ clients: [client], loginFeed: async () => null }), asked };
}

test.each([
  ['in summer', Date.parse('2026-07-01T09:00:00Z'), 1],
  ['in winter, when the clocks stood differently', Date.parse('2026-01-14T09:00:00Z'), 2],
  ['around the hour in which they changed', changeAt - 90 * minute, 3],
])('a range %s is bought whole', async (_, startMs, requests) => {
  const { history, asked } = londonHistory();
  await using rig = await candleRig({ nowAt: '2026-08-01T00:00:00Z', history });
  const span = { startMs, endMs: startMs + 3 * hour };
  await rig.buyGaps(key, 'MINUTE', span, { most: 1_000 });
  expect(await rig.store.gaps(key, 'MINUTE', span)).toEqual([]);
  const candles = await rig.store.read(key, 'MINUTE', span, 1_000);
  expect(candles.map((candle) => candle.startMs)).toEqual(
    Array.from({ length: 180 }, (__, n) => startMs + n * minute),
  );
  expect(asked.length).toBeLessThanOrEqual(requests);
});
