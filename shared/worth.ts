// What positions are worth: value of a quote unit, profit, margin, rates between currencies. Pure, on decimal text; null where something is not known.
import { decimal } from './decimal.ts';
import type { Market } from './market-data.ts';
import type { Direction } from './trading.ts';

export type Priced = { bid: string | null; offer: string | null };
/** Money has two places in every currency IG keeps accounts in but the yen, and there it shows them too. */
const moneyPlaces = 2;
const ratePlaces = 12;

/**
 * What a move of 1.0 in the quote is worth at size 1, in the market's currency. A spread bet is per point (points = quote ×
 * scalingFactor), all else moves by its contract size. IG publishes no profit of a position; this agrees with its ACCOUNT figures.
 */
export function quoteUnitValue({
  unit,
  scalingFactor,
  contractSize,
  valueOfOnePip,
}: Pick<Market, 'unit' | 'scalingFactor' | 'contractSize' | 'valueOfOnePip'>): string {
  if (unit === 'AMOUNT') return scalingFactor;
  return contractSize ?? (valueOfOnePip === null ? '1' : decimal.multiply(valueOfOnePip, scalingFactor));
}

/** Running profit in the market's currency at the price it could be closed at: a BUY at the bid, a SELL at the offer. Unrounded. */
export function runningProfit(
  { direction, size, level }: { direction: Direction; size: string; level: string },
  { bid, offer }: Priced,
  unitValue: string,
): string | null {
  const closing = direction === 'BUY' ? bid : offer;
  if (closing === null) return null;
  const move = direction === 'BUY' ? decimal.subtract(closing, level) : decimal.subtract(level, closing);
  return decimal.multiply(decimal.multiply(move, size), unitValue);
}

/** The deposit IG asks for at `level`, in the market's currency, unrounded; null where the market tells no margin factor. */
export function requiredMargin(
  size: string,
  level: string,
  market: Pick<
    Market,
    'marginFactor' | 'marginFactorUnit' | 'scalingFactor' | 'unit' | 'contractSize' | 'valueOfOnePip'
  >,
): string | null {
  const { marginFactor, marginFactorUnit, scalingFactor } = market;
  if (marginFactor === null || marginFactorUnit === null) return null;
  const perQuoteUnit = decimal.multiply(size, quoteUnitValue(market));
  return marginFactorUnit === 'percentage'
    ? decimal.divide(
        decimal.multiply(decimal.multiply(perQuoteUnit, level), marginFactor),
        '100',
        ratePlaces,
        'up',
      )
    : decimal.divide(decimal.multiply(perQuoteUnit, marginFactor), scalingFactor, ratePlaces, 'up');
}

/** What a position of this size stands for at `level`, in the market's currency, unrounded: size × contract size × level. */
export const exposureAt = (
  size: string,
  level: string,
  market: Pick<Market, 'unit' | 'scalingFactor' | 'contractSize' | 'valueOfOnePip'>,
): string => decimal.multiply(decimal.multiply(size, quoteUnitValue(market)), level);

/** `amount` × `rate` as money; null without a rate. */
export const toMoney = (amount: string, rate: string | null): string | null =>
  rate === null ? null : decimal.round(decimal.multiply(amount, rate), moneyPlaces, 'half-up');

const pairEpic = (base: string, quote: string) => `CS.D.${base}${quote}.CFD.IP`;
const pivot = 'USD';

/** The markets whose quotes may lead from one currency to another; empty when they are the same. */
export function rateEpics(from: string, to: string): string[] {
  if (from === to) return [];
  const pairs: [string, string][] = [
    [from, to],
    [to, from],
    [from, pivot],
    [pivot, from],
    [to, pivot],
    [pivot, to],
  ];
  return [
    ...new Set(pairs.filter(([base, quote]) => base !== quote).map(([base, quote]) => pairEpic(base, quote))),
  ];
}

/** A quote of a pair, and what makes it a rate: `points = quote × scalingFactor`, and a pip is so much of the currency (`0.0001 USD/EUR`). */
export type PairQuote = Priced & Pick<Market, 'scalingFactor' | 'onePipMeans'>;

/** How much of `to` one `from` is, at the mid of the pair or over the dollar; '1' for the same, null when no quote leads there. */
export function rateBetween(
  from: string,
  to: string,
  quoteOf: (epic: string) => PairQuote | undefined,
): string | null {
  if (from === to) return '1';
  const direct = (base: string, quote: string): string | null => {
    if (base === quote) return '1';
    const straight = midOf(quoteOf(pairEpic(base, quote)));
    if (straight !== null) return straight;
    const inverse = midOf(quoteOf(pairEpic(quote, base)));
    return inverse === null ? null : decimal.divide('1', inverse, ratePlaces, 'half-even');
  };
  const straight = direct(from, to);
  if (straight !== null) return straight;
  const [first, second] = [direct(from, pivot), direct(pivot, to)];
  return first === null || second === null ? null : decimal.multiply(first, second);
}

/** Some feeds quote pairs in points (11745.0), so the quote is scaled to what one pip says it means. */
function midOf(quote: PairQuote | undefined): string | null {
  if (!quote || quote.bid === null || quote.offer === null) return null;
  const pip =
    /^\d+(\.\d+)?/.exec(quote.onePipMeans ?? '')?.[0] ??
    decimal.divide('1', quote.scalingFactor, ratePlaces, 'half-even');
  const mid = decimal.divide(decimal.add(quote.bid, quote.offer), '2', ratePlaces, 'half-even');
  const rate = decimal.multiply(decimal.multiply(mid, pip), quote.scalingFactor);
  return decimal.compare(rate, '0') > 0 ? rate : null;
}
