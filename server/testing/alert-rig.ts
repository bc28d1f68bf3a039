// Recorded ticks, alerts around them that follow from a seed, and the rows and candles of small tests.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { alertWindows } from '../../shared/alerts.ts';
import type { Candle } from '../../shared/candles.ts';
import { between, seededRandom } from '../ig-simulator/random.ts';
import { createAlertEngine, type LiveAlert } from '../modules/alerts/engine.ts';
import type { AlertRow } from '../modules/alerts/store.ts';
import { spanAt } from '../modules/market-data/index.ts';
import type { RecordedTick, ReferenceAlert } from './alert-reference.ts';

export const alertEpic = 'CS.D.EURUSD.CFD.IP';

export const recordings = (folder: string): string[] =>
  readdirSync(path.join(folder, 'ticks')).filter((name) => name.endsWith('.csv.gz'));
export function readTicks(folder: string, name: string): RecordedTick[] {
  const text = gunzipSync(readFileSync(path.join(folder, 'ticks', name))).toString();
  return text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [at, bid, offer] = line.split(',') as [string, string, string];
      return { atMs: Date.parse(at), bid, offer };
    });
}

export const quoteOf = ({ atMs, bid, offer }: RecordedTick) => ({ bid, offer, atMs, receivedAtMs: atMs });
export const alertEngine = () =>
  createAlertEngine({ spanAt: ({ resolution, zone }, atMs) => spanAt(resolution, zone, atMs) });

/** Alerts of every kind, whose levels lie among the prices of a recording: at some of them exactly. */
export function seededAlerts(
  seed: string,
  ticks: readonly RecordedTick[],
  count: number,
  kinds: readonly LiveAlert['condition']['kind'][] = ['price', 'move', 'candle_close'],
): (LiveAlert & ReferenceAlert)[] {
  const random = seededRandom(seed);
  const one = <Value>(values: readonly Value[]): Value => values[between(random, [0, values.length - 1])]!;
  return Array.from({ length: count }, (_, index) => {
    const { bid, offer } = one(ticks);
    const market = { epic: alertEpic, feed: 'simulated', side: one(['bid', 'offer', 'mid'] as const) };
    const level = one([bid, offer]);
    const step = Math.abs(Number(offer) - Number(bid));
    const direction = one(['up', 'down'] as const);
    const kind = one(kinds);
    const condition =
      kind === 'price'
        ? { kind, ...market, direction, level }
        : kind === 'candle_close'
          ? {
              kind,
              ...market,
              direction,
              level,
              resolution: one(['MINUTE', 'MINUTE_5', 'MINUTE_15', 'HOUR', 'HOUR_4'] as const),
              zone: 'UTC',
            }
          : {
              kind,
              ...market,
              direction: one(['up', 'down', 'either'] as const),
              percent: one(['0.01', '0.02', '0.05', '0.1', '0.2', '0.5', '1']),
              windowSeconds: one(alertWindows),
            };
    const bands = kind === 'move' ? ['0', '0.005', '0.01'] : ['0', step.toFixed(6), (10 * step).toFixed(6)];
    return {
      id: `alert_${index}`,
      condition,
      repeat: one(['once', 'every', 'every'] as const),
      rearmBand: one(bands),
      expiresAt: null,
      firedCount: 0,
      state: kind === 'candle_close' ? 'armed' : 'waiting',
    } as LiveAlert & ReferenceAlert;
  });
}

/** A row of an alert on EUR/USD that has done nothing yet; whose, and on what, is to be given. */
export const alertRow = (
  now: Date,
  given: Pick<AlertRow, 'userId' | 'condition'> & Partial<AlertRow>,
): AlertRow => ({
  id: 'alert_1',
  feed: null,
  epic: null,
  accountId: null,
  environment: null,
  name: 'EUR/USD',
  repeat: 'once',
  rearmBand: '0',
  expiresAt: null,
  note: null,
  state: 'armed',
  stateAt: now,
  firedCount: 0,
  lastFiredAt: null,
  lastFiredLate: false,
  lastValue: null,
  seenAt: now,
  revision: 1,
  createdAt: now,
  updatedAt: now,
  ...given,
});
/** A minute that begins then, at 1.1 but for its highest price; bid and offer alike. */
export function minuteAt(startAt: Date, peak: string): Candle {
  const both = (price: string) => ({ bid: price, offer: price });
  const [usual, high] = [both('1.1'), both(peak)];
  const endAt = new Date(startAt.getTime() + 60_000);
  return {
    startAt,
    endAt,
    open: usual,
    high,
    low: usual,
    close: usual,
    ticks: 9,
    complete: true,
    revision: 0,
  };
}
