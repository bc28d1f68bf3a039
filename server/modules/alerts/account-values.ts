// What alerts on accounts are compared with: now, and in the past as far as candles tell it.
import type { Candle } from '../../../shared/candles.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { AccountSummary } from '../../../shared/trading.ts';
import type { AlertGap } from '../../../drizzle/schema/index.ts';
import { createBackCheck, type LateTurn } from './back-check.ts';
import { askCandles, minutesOf } from './past.ts';
import type { PastCandles, ValuedAccount } from './ports.ts';
import type { AccountAlert } from './rows.ts';
import { unitsOf } from './units.ts';

type Condition = AccountAlert['condition'];
type ProfitAt = NonNullable<ReturnType<ValuedAccount['profitSince']>>;

/** Of a margin level; the rest of the division says nothing to anybody. */
const levelPlaces = 6;
/** The margin level of an account without margin: above every level that can be asked for (`DecimalInput`). */
const aboveAll = unitsOf(`1${'0'.repeat(15)}`) + 1n;

/** What an alert on an account is compared with, in units; null: not known now, `gone`: its position is not among the open ones. */
export function valueOf(
  condition: Condition,
  account: Pick<ValuedAccount, 'summary' | 'position'>,
): bigint | null | 'gone' {
  if (condition.kind === 'margin_level') return marginLevelOf(account.summary);
  const position = account.position(condition.dealId);
  if (!position) return 'gone';
  const { priceStale, runningProfit } = position;
  return priceStale || runningProfit === null ? null : unitsOf(runningProfit);
}
function marginLevelOf({ equity, margin, stale }: AccountSummary): bigint | null {
  if (stale) return null;
  if (decimal.compare(margin, '0') <= 0) return aboveAll;
  return unitsOf(decimal.divide(decimal.multiply(equity, '100'), margin, levelPlaces, 'half-even'));
}

/**
 * What the profit of a position would have done in a gap, by the candles of its market; undefined where they cannot tell: of a margin
 * level, which hangs on all positions and on cash, and of a position that is not as it was or whose profit needs a rate. `whole` as in
 * `PastCandles`.
 */
export async function checkOf(
  { condition, rearmBand, repeat, expiresAt, id }: AccountAlert,
  {
    account,
    gap,
    sinceMs,
    candles,
  }: { account: ValuedAccount; gap: AlertGap; sinceMs: number; candles: PastCandles },
): Promise<{ whole: boolean; turns(alert: AccountAlert, sinceMs: number): LateTurn[] } | undefined> {
  if (condition.kind !== 'position_profit') return undefined;
  const position = account.position(condition.dealId);
  const profitAt = account.profitSince(condition.dealId, new Date(gap.fromMs));
  const question = minutesOf(gap);
  const { startMs: lastMs } = minutesOf({ fromMs: gap.toMs, toMs: gap.toMs }).span;
  if (!position || !profitAt || lastMs < sinceMs) return undefined; // no candle began since it is as it is
  const { feed } = account;
  const { epic } = position;
  const { direction, amount: level } = condition;
  const found = await askCandles(candles, { feed, epic }, question);
  const check = createBackCheck(found.candles.map((candle) => profitsOf(candle, profitAt)));
  const asPrice = { kind: 'price', feed, epic, side: 'bid', direction, level } as const;
  return {
    whole: found.whole,
    turns: ({ state, firedCount }, since) =>
      check({ id, repeat, rearmBand, expiresAt, state, firedCount, condition: asPrice, sinceMs: since }),
  };
}

/** A candle of prices as one of what a position made at them, in place of the bid. */
function profitsOf(candle: Candle, profitAt: ProfitAt): Candle {
  const at = (name: 'open' | 'high' | 'low' | 'close') => profitAt(candle[name]);
  const [high, low] = [at('high'), at('low')];
  const isFalling = high !== null && low !== null && decimal.compare(high, low) < 0;
  const asBid = (bid: string | null) => ({ bid, offer: null });
  return {
    ...candle,
    open: asBid(at('open')),
    high: asBid(isFalling ? low : high),
    low: asBid(isFalling ? high : low),
    close: asBid(at('close')),
  };
}
