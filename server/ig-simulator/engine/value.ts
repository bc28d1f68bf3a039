// What positions are worth: profit, margin and an account's figures from state and quotes. Changes nothing.
import { decimal } from '../../../shared/decimal.ts';
import type { Instrument } from '../market/instruments.ts';
import { accountOf } from './state.ts';
import type { Account, Direction, Market, Position, Quote, State } from './types.ts';

/** Money has two places, halves away from zero. */
const toMoney = (amount: string) => decimal.round(amount, 2, 'half-up');

/** What a move of 1.0 in the quote is worth at size 1, in the instrument's currency: a bet is per point, all else moves by its contract size. */
export const unitValue = ({ unit, scaling, contractSize }: Instrument): string => (unit === 'AMOUNT' ? String(scaling) : (contractSize ?? '1'));

export const opposite = (direction: Direction): Direction => (direction === 'BUY' ? 'SELL' : 'BUY');
/** The level a deal of this direction gets: BUY the offer, SELL the bid. */
export const fillLevel = (quote: Quote, direction: Direction) => decimal.canonical(direction === 'BUY' ? quote.offer : quote.bid);
/** `from` into `to`; '1' for equal currencies, undefined when unknown. */
export const rateOf = (market: Market, from: string, to: string) => (from === to ? '1' : market.rate(from, to));

/** Profit of `size` of a position opened at `openLevel` and closed at `closeLevel`, in the account's currency. */
export function profitOf(instrument: Instrument, direction: Direction, openLevel: string, closeLevel: string, size: string, rate: string): string {
  const move = direction === 'BUY' ? decimal.subtract(closeLevel, openLevel) : decimal.subtract(openLevel, closeLevel);
  return toMoney(decimal.multiply(decimal.multiply(move, size), decimal.multiply(unitValue(instrument), rate)));
}
/** Margin of `size` at `level`, in the account's currency. */
export function marginOf(instrument: Instrument, size: string, level: string, rate: string): string {
  const exposure = decimal.multiply(decimal.multiply(level, size), decimal.multiply(unitValue(instrument), rate));
  return decimal.divide(decimal.multiply(exposure, String(instrument.marginPct)), '100', 2, 'half-up');
}

/** Running profit and margin of a position at the price it could be closed at; both 0 while there is no price or rate. */
export function positionFigures(position: Position, accountCurrency: string, market: Market): { profitLoss: string; deposit: string } {
  const quote = market.quote(position.epic);
  const instrument = market.instrument(position.epic);
  const rate = rateOf(market, position.currency, accountCurrency);
  if (!quote || !instrument || rate === undefined) return { profitLoss: '0', deposit: '0' };
  const level = fillLevel(quote, opposite(position.direction));
  return { profitLoss: profitOf(instrument, position.direction, position.level, level, position.size, rate), deposit: marginOf(instrument, position.size, level, rate) };
}

/** IG's account figures, canonical decimal text in the account's currency; `equityUsedPct` is deposit ÷ equity × 100. */
export interface AccountFigures { cash: string; deposit: string; profitLoss: string; available: string; equity: string; equityUsedPct: string }

export function figuresOf({ cash, currency, positions }: Pick<Account, 'cash' | 'currency' | 'positions'>, market: Market): AccountFigures {
  let deposit = '0';
  let profitLoss = '0';
  for (const position of positions) {
    const figures = positionFigures(position, currency, market);
    deposit = decimal.add(deposit, figures.deposit);
    profitLoss = decimal.add(profitLoss, figures.profitLoss);
  }
  const equity = decimal.add(cash, profitLoss);
  const solvent = decimal.compare(equity, '0') > 0;
  const equityUsedPct = deposit === '0' ? '0' : solvent ? decimal.divide(decimal.multiply(deposit, '100'), equity, 2, 'half-up') : '100';
  return { cash, deposit, profitLoss, available: decimal.subtract(equity, deposit), equity, equityUsedPct };
}
/** Figures of one account now (IG REST: GET /accounts `balance`). Throws RangeError for an unknown account. */
export const accountFigures = (state: State, accountId: string, market: Market): AccountFigures => figuresOf(accountOf(state, accountId), market);
