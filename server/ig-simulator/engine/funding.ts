// Overnight funding: which nights are charged, for how many days, at which rate. Computes amounts, books nothing.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { londonOffsetMs } from '../market/hours.ts';
import type { FundingCharge, Position } from './decisions.ts';
import type { Account, Market } from './types.ts';
import type { Direction } from './words.ts';
import { exposureOf, rateOf } from './value.ts';

/** The London hour at which a trading day ends (IG's help pages: positions open after 22:00 UK time). */
const nightHour = 22;
const dayMs = 86_400_000;
/** Nights made up for at the most; a simulator that was away for longer forgives the rest. */
const maxNights = 400;
export const daysPerYear = '365';

/** Benchmark rates of currencies, per cent a year (plausible: the level of late 2025; IG publishes its own daily). */
const benchmarkPct: Record<string, number> = {
  GBP: 3.97,
  USD: 3.9,
  EUR: 1.93,
  JPY: 0.48,
  AUD: 3.6,
  CAD: 2.3,
  CHF: -0.05,
  NZD: 2.5,
};
/** What IG adds for itself, per cent a year (IG's product pages: 0.8 on currencies, 2.5 on the rest; crypto plausible). */
const adminPct = { currencies: 0.8, other: 2.5, crypto: 12 };
const isCrypto = ({ hours }: Instrument) => hours === 'crypto';
const pairOf = ({ type, marketId }: Instrument) =>
  type === 'CURRENCIES' && /^[A-Z]{6}$/.test(marketId)
    ? ([marketId.slice(0, 3), marketId.slice(3)] as const)
    : undefined;
const benchmark = (currency: string) => benchmarkPct[currency] ?? 0;

/** Per cent of exposure a year; positive: the holder pays. On currencies the difference of the two rates counts, else the benchmark. */
export function fundingPct(instrument: Instrument, direction: Direction): string {
  const pair = isCrypto(instrument) ? undefined : pairOf(instrument);
  const carry = pair ? benchmark(pair[1]) - benchmark(pair[0]) : benchmark(instrument.currency);
  const admin = isCrypto(instrument) ? adminPct.crypto : pair ? adminPct.currencies : adminPct.other;
  return ((direction === 'BUY' ? carry : -carry) + admin).toFixed(2);
}

/** Days that the night ending on London weekday `weekday` (0 Sunday) is charged for: three where the weekend falls into settlement, crypto every day. */
function fundingDays(instrument: Instrument, weekday: number): number {
  if (instrument.rolloverTime !== undefined) return 0; // the price of a date holds its funding
  if (isCrypto(instrument)) return 1;
  if (weekday === 0 || weekday === 6) return 0;
  return weekday === (pairOf(instrument) ? 3 : 5) ? 3 : 1;
}

/** Ends of trading days (22:00 London) within (afterMs, untilMs], oldest first, the newest `maxNights` of them. */
export function nightsBetween(afterMs: number, untilMs: number): number[] {
  const nights: number[] = [];
  for (
    let day = Math.floor(Math.max(afterMs, untilMs - maxNights * dayMs) / dayMs) * dayMs;
    day <= untilMs;
    day += dayMs
  ) {
    const night = day + nightHour * 3_600_000;
    const atMs = night - londonOffsetMs(night);
    if (atMs > afterMs && atMs <= untilMs) nights.push(atMs);
  }
  return nights;
}
/** The next end of a trading day after `afterMs`. */
export const nextNight = (afterMs: number) => nightsBetween(afterMs, afterMs + 2 * dayMs)[0]!;

/** What one night costs an account's positions that were open then, at today's prices; none where nothing is due. */
export function chargesOf(
  { positions, currency }: Account,
  nightMs: number,
  market: Market,
): FundingCharge[] {
  const night = new Date(nightMs);
  const weekday = new Date(nightMs + londonOffsetMs(nightMs)).getUTCDay();
  return positions
    .filter(({ openedAt }) => openedAt < night.toISOString())
    .flatMap((position) => chargeOf(position, weekday, currency, market) ?? []);
}
function chargeOf(
  { dealId, epic, direction, size, level: openLevel, currency }: Position,
  weekday: number,
  accountCurrency: string,
  market: Market,
): FundingCharge | undefined {
  const instrument = market.instrument(epic);
  const rate = rateOf(market, currency, accountCurrency);
  const days = instrument ? fundingDays(instrument, weekday) : 0;
  if (!instrument || rate === undefined || days === 0) return undefined;
  const quote = market.quote(epic);
  const level = quote ? decimal.divide(decimal.add(quote.bid, quote.offer), '2', 10, 'half-up') : openLevel;
  const ratePct = fundingPct(instrument, direction);
  const yearly = decimal.multiply(exposureOf(instrument, size, level, rate), ratePct);
  const paid = decimal.divide(
    decimal.multiply(yearly, String(days)),
    decimal.multiply('100', daysPerYear),
    2,
    'half-up',
  );
  return { dealId, epic, size, level, days, ratePct, amount: decimal.subtract('0', paid) };
}
