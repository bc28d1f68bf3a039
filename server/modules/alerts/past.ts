// Which candles tell of prices that nobody here has seen, and what they say. What follows from it is back-check.ts's.
import type { AlertGap } from '../../../drizzle/schema/index.ts';
import type { AlertSide, MarketAlertCondition } from '../../../shared/alerts.ts';
import type { Candle } from '../../../shared/candles.ts';
import type { CandleKey, Span } from '../market-data/ports.ts';
import { pricesOf, type AlertEngineDeps, type LiveAlert, type MoveCondition, type Quote } from './engine.ts';
import type { PastPrices } from './extremes.ts';
import { pathOf } from './back-check.ts';
import type { PastCandles } from './ports.ts';
import { textOfUnits } from './units.ts';

const minuteMs = 60_000;
/** A window up to this long is filled by seconds, a longer one by minutes. */
const secondsForMs = 900_000;

type CandleCondition = MarketAlertCondition & { kind: 'candle_close' };
interface Question extends Pick<CandleCondition, 'resolution' | 'zone'> {
  /** What was missed. */
  span: Span;
  /** What is read before it, where a move may have begun. */
  beforeMs: number;
}

/** The prices of a window that ends now, as far as they are stored; each counts for the instant at which its candle began. */
export async function pastPrices(
  candles: PastCandles,
  { feed, epic, side, windowSeconds }: MoveCondition,
  nowMs: number,
): Promise<PastPrices<string>[]> {
  const windowMs = windowSeconds * 1_000;
  const resolution = windowMs <= secondsForMs ? 'SECOND' : 'MINUTE';
  const span = { startMs: nowMs - windowMs, endMs: nowMs };
  const found = await candles.stored({ feed, epic }, resolution, 'UTC', span);
  return found.flatMap((candle) => {
    const [path, atMs] = [pathOf(candle, side), candle.startAt.getTime()];
    return path ? [{ atMs, untilMs: atMs, low: textOfUnits(path.low), high: textOfUnits(path.high) }] : [];
  });
}

/** The same of prices that came here, each until the next; those that came with an earlier time than one before are left out. */
export function seenPrices(quotes: readonly Quote[], side: AlertSide): PastPrices<string>[] {
  const seen: PastPrices<string>[] = [];
  for (const quote of quotes) {
    const value = pricesOf(quote)[side];
    const last = seen.at(-1);
    if (value === undefined || (last && quote.atMs < last.atMs)) continue;
    if (last) last.untilMs = quote.atMs;
    const price = textOfUnits(value);
    seen.push({ atMs: quote.atMs, untilMs: Infinity, low: price, high: price });
  }
  return seen;
}

/** What to ask of a gap for alerts of one market, and for which of them the answer is. */
export function* questionsOf(
  alerts: readonly LiveAlert[],
  { fromMs, toMs }: AlertGap,
  spanAt: AlertEngineDeps['spanAt'],
): Generator<[Question, (alert: LiveAlert) => boolean]> {
  const onPrices = alerts.filter(({ condition }) => condition.kind !== 'candle_close');
  if (onPrices.length > 0) {
    const windows = onPrices.map(({ condition: of }) => (of.kind === 'move' ? of.windowSeconds * 1_000 : 0));
    yield [
      { ...minutesOf({ fromMs, toMs }), beforeMs: Math.max(...windows) },
      ({ condition }) => condition.kind !== 'candle_close',
    ];
  }
  const asked = new Set<string>();
  for (const { condition } of alerts) {
    if (condition.kind !== 'candle_close') continue;
    const { resolution, zone } = condition;
    if (asked.has(`${resolution} ${zone}`)) continue;
    asked.add(`${resolution} ${zone}`);
    // Those that ended in the gap; one that ends later closes as it is seen to.
    const span = { startMs: spanAt(condition, fromMs).startMs, endMs: spanAt(condition, toMs).startMs };
    if (span.startMs >= span.endMs) continue;
    yield [
      { resolution, zone, span, beforeMs: 0 },
      ({ condition: of }) => of.kind === 'candle_close' && of.resolution === resolution && of.zone === zone,
    ];
  }
}
/** The minutes in which a gap lies. */
export const minutesOf = ({ fromMs, toMs }: AlertGap): Question => ({
  resolution: 'MINUTE',
  zone: 'UTC',
  span: { startMs: floorTo(fromMs), endMs: floorTo(toMs) + minuteMs },
  beforeMs: 0,
});
const floorTo = (ms: number) => Math.floor(ms / minuteMs) * minuteMs;

export async function askCandles(
  candles: PastCandles,
  key: CandleKey,
  { resolution, zone, span, beforeMs }: Question,
): Promise<{ candles: readonly Candle[]; whole: boolean }> {
  const before =
    beforeMs === 0
      ? []
      : await candles.stored(key, resolution, zone, {
          startMs: span.startMs - beforeMs,
          endMs: span.startMs,
        });
  const missed = await candles.bought(key, resolution, zone, span);
  return { ...missed, candles: [...before, ...missed.candles] };
}
