// What positions are worth: profit, margin and an account's figures from state and quotes. Changes nothing.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instrument.ts';
import { maxPlaces, rounded } from '../numbers.ts';
import { accountOf } from './state.ts';
import type { Position } from './decisions.ts';
import type { Account, Market, Quote, State } from './types.ts';
import type { Direction } from './words.ts';

/** Money has two places, halves away from zero. */
const toMoney = (amount: string) => decimal.round(amount, 2, 'half-up');
const product = (...factors: string[]) => factors.reduce((a, b) => decimal.multiply(a, b));

/** What a move of 1.0 in the quote is worth at size 1, in the instrument's currency: a bet is per point, all else moves by its contract size. */
export const unitValue = ({ unit, scaling, contractSize }: Instrument): string =>
  unit === 'AMOUNT' ? String(scaling) : (contractSize ?? '1');
/** Points as a move of the quote. */
export const moveOf = ({ scaling }: Instrument, points: string) =>
  decimal.divide(points, String(scaling), maxPlaces, 'half-up');
/** A move of the quote in points. */
export const pointsOf = ({ scaling }: Instrument, move: string) =>
  rounded(decimal.multiply(move, String(scaling)));
/** What `points` are worth at `size`, in the account's currency. */
export const pointsValue = (instrument: Instrument, points: string, size: string, rate: string) =>
  toMoney(product(moveOf(instrument, points), size, unitValue(instrument), rate));

export const opposite = (direction: Direction): Direction => (direction === 'BUY' ? 'SELL' : 'BUY');
/** The level a deal of this direction gets: BUY the offer, SELL the bid. */
export const fillLevel = (quote: Quote, direction: Direction) =>
  decimal.canonical(direction === 'BUY' ? quote.offer : quote.bid);
/** How far `level` lies behind `from` for a position of this direction: positive where a stop belongs. */
export const behind = (direction: Direction, level: string, from: string) =>
  direction === 'BUY' ? decimal.subtract(from, level) : decimal.subtract(level, from);
/** `from` into `to`; '1' for equal currencies, undefined when unknown. */
export const rateOf = (market: Market, from: string, to: string) =>
  from === to ? '1' : market.rate(from, to);

/** Profit of `size` of a position opened at `openLevel` and closed at `closeLevel`, in the account's currency. */
export const profitOf = (
  instrument: Instrument,
  direction: Direction,
  openLevel: string,
  closeLevel: string,
  size: string,
  rate: string,
): string => toMoney(product(behind(direction, openLevel, closeLevel), size, unitValue(instrument), rate));

/** Exposure of `size` at `level`, in the account's currency, unrounded. */
export const exposureOf = (instrument: Instrument, size: string, level: string, rate: string) =>
  product(level, size, unitValue(instrument), rate);
/** Margin of `size` at `level`, in the account's currency: each band of sizes at its own rate. */
export function marginOf(instrument: Instrument, size: string, level: string, rate: string): string {
  const { marginPct, marginBands = [[0, marginPct]] } = instrument;
  let weighted = '0'; // size × per cent
  for (const [i, [from, pct]] of marginBands.entries()) {
    if (decimal.compare(size, String(from)) <= 0) break;
    const end = marginBands[i + 1]?.[0];
    const upTo = end !== undefined && decimal.compare(size, String(end)) > 0 ? String(end) : size;
    weighted = decimal.add(weighted, decimal.multiply(decimal.subtract(upTo, String(from)), String(pct)));
  }
  return decimal.divide(exposureOf(instrument, weighted, level, rate), '100', 2, 'half-up');
}

/** The margin a position takes at `level`: the usual one, or with a guaranteed stop the most that can be lost, its premium included. */
export function depositOf(
  position: Pick<Position, 'direction' | 'size' | 'level' | 'stopLevel' | 'guaranteed'>,
  instrument: Instrument,
  level: string,
  rate: string,
): string {
  const { direction, size, stopLevel, guaranteed } = position;
  if (!guaranteed || stopLevel === null) return marginOf(instrument, size, level, rate);
  const risk = profitOf(instrument, direction, stopLevel, position.level, size, rate);
  return decimal.add(
    decimal.compare(risk, '0') > 0 ? risk : '0',
    pointsValue(instrument, guaranteed.premium, size, rate),
  );
}

/** Running profit and margin of a position at the price it could be closed at; both 0 while there is no price or rate. */
export function positionFigures(
  position: Position,
  accountCurrency: string,
  market: Market,
): { profitLoss: string; deposit: string } {
  const quote = market.quote(position.epic);
  const instrument = market.instrument(position.epic);
  const rate = rateOf(market, position.currency, accountCurrency);
  if (!quote || !instrument || rate === undefined) return { profitLoss: '0', deposit: '0' };
  const level = fillLevel(quote, opposite(position.direction));
  return {
    profitLoss: profitOf(instrument, position.direction, position.level, level, position.size, rate),
    deposit: depositOf(position, instrument, level, rate),
  };
}

/**
 * IG's account figures, canonical decimal text in the account's currency; `equityUsedPct` is deposit ÷ equity × 100,
 * `limitedRisk` the part of profit and deposit of positions with a guaranteed stop.
 */
export interface AccountFigures {
  cash: string;
  deposit: string;
  profitLoss: string;
  available: string;
  equity: string;
  equityUsedPct: string;
  limitedRisk: { profitLoss: string; deposit: string };
}

export function figuresOf(
  { cash, currency, positions }: Pick<Account, 'cash' | 'currency' | 'positions'>,
  market: Market,
): AccountFigures {
  const total = { profitLoss: '0', deposit: '0' };
  const limitedRisk = { profitLoss: '0', deposit: '0' };
  for (const position of positions) {
    const figures = positionFigures(position, currency, market);
    for (const sum of position.guaranteed ? [total, limitedRisk] : [total]) {
      sum.deposit = decimal.add(sum.deposit, figures.deposit);
      sum.profitLoss = decimal.add(sum.profitLoss, figures.profitLoss);
    }
  }
  const { profitLoss, deposit } = total;
  const equity = decimal.add(cash, profitLoss);
  const solvent = decimal.compare(equity, '0') > 0;
  const equityUsedPct =
    deposit === '0'
      ? '0'
      : solvent
        ? decimal.divide(decimal.multiply(deposit, '100'), equity, 2, 'half-up')
        : '100';
  return {
    cash,
    deposit,
    profitLoss,
    available: decimal.subtract(equity, deposit),
    equity,
    equityUsedPct,
    limitedRisk,
  };
}
/** Figures of one account now (IG REST: GET /accounts `balance`). Throws RangeError for an unknown account. */
export const accountFigures = (state: State, accountId: string, market: Market): AccountFigures =>
  figuresOf(accountOf(state, accountId), market);
