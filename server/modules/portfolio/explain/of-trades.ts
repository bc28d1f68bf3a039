// The statistics of what was closed in a period as terms: which round trips count, and what each made. Pure.
import type { TradesFigure } from '../../../../shared/portfolio-explain.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import { isNegative, isPositive } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { allMatches } from '../lots/all-matches.ts';
import { endsOf, gainOf } from '../lots/lot.ts';
import type { InstrumentMatch } from '../lots/round-trips.ts';
import { averagePlaces, ratioPlaces } from '../performance/trade-statistics.ts';
import type { PerformanceQuestion } from '../performance/period.ts';
import { eachOnce } from '../valuation/missing.ts';
import { missingRates } from '../valuation/rates.ts';
import { draft, largestOf, minus, quotientOf, totalled, transactionOf, type Draft } from './draft.ts';
import { entriesById, gainTerm, type LotGround } from './lots.ts';
import type { Explained } from './of-period.ts';

/** The transactions of a round trip, with the number that it counts as; null where it is not known whether it counts. */
export function tradeTerm(
  { instrument, match }: InstrumentMatch,
  value: string | null,
  entryOf: LotGround['entryOf'],
): Draft {
  const [opened, closed] = [endsOf(match).opened, endsOf(match).closed].map((leg) =>
    transactionOf(entryOf(leg.transactionId)),
  ) as [Ends, Ends];
  return draft({ name: instrument, currency: null }, value, { is: 'trade', opened, closed });
}
type Ends = ReturnType<typeof transactionOf>;

interface Closed extends InstrumentMatch {
  profit: string | null;
}
/** `entries` are those up to the end of the period. */
export function explainTrades(
  figure: TradesFigure,
  entries: readonly LedgerEntry[],
  { from, to, base, book, method }: PerformanceQuestion,
): Explained & { missing: readonly Missing[] } {
  const entryOf = entriesById(entries);
  const all: Closed[] = allMatches(entries, method, { currency: base, book })
    .filter(({ match }) => endsOf(match).closed.on >= from && endsOf(match).closed.on <= to)
    .map((each) => ({ ...each, profit: gainOf(each.match).netBase }));
  // Without its profit a trade may be of either side: what is made of it is not known.
  const won = all.filter(({ profit }) => profit === null || isPositive(profit));
  const lost = all.filter(({ profit }) => profit === null || isNegative(profit));
  const count = (name: string, trades: readonly Closed[]) =>
    totalled(
      { name, currency: null },
      trades.map((each) => tradeTerm(each, each.profit && '1', entryOf)),
    );
  const duration = (name: string, trades: readonly Closed[]) =>
    totalled(
      { name, currency: null },
      trades.map((each) => tradeTerm(each, each.profit && durationOf(each), entryOf)),
    );
  const gainsOf = (trades: readonly Closed[]) =>
    trades.map(({ match, currency }) => gainTerm(match, true, { base, book, currency, entryOf }));
  const total = (name: string, trades: readonly Closed[]) =>
    totalled({ name, currency: base }, gainsOf(trades));
  const largest = (name: string, trades: readonly Closed[]) =>
    largestOf({ name, currency: base }, gainsOf(trades));
  const average = (name: string, dividend: Draft, trades: readonly Closed[]) =>
    quotientOf({ name, currency: dividend.currency }, [dividend, count('trades', trades)], averagePlaces);
  const ratio = (name: string, dividend: Draft, divisor: Draft) =>
    quotientOf({ name, currency: null }, [dividend, divisor], ratioPlaces);
  const averageProfit = () => average('averageProfit', total('totalProfit', won), won);
  const averageLoss = () => average('averageLoss', total('totalLoss', lost), lost);
  const explained = (): Explained => {
    switch (figure) {
      case 'trades':
        return { formula: '1 for each trade', term: count('trades', all) };
      case 'tradesWon':
        return { formula: '1 for each trade with a profit', term: count('won', won) };
      case 'tradesLost':
        return { formula: '1 for each trade with a loss', term: count('lost', lost) };
      case 'tradesTotal':
        return { formula: 'Σ gain of each trade', term: total('total', all) };
      case 'tradesTotalProfit':
        return { formula: 'Σ gain of each trade with a profit', term: total('totalProfit', won) };
      case 'tradesTotalLoss':
        return { formula: 'Σ gain of each trade with a loss', term: total('totalLoss', lost) };
      case 'tradesLargestProfit':
        return { formula: 'the largest gain of a trade', term: largest('largestProfit', won) };
      case 'tradesLargestLoss':
        return { formula: 'the largest loss of a trade', term: largest('largestLoss', lost) };
      case 'tradesAverageProfit':
        return { formula: 'totalProfit ÷ trades with a profit', term: averageProfit() };
      case 'tradesAverageLoss':
        return { formula: 'totalLoss ÷ trades with a loss', term: averageLoss() };
      case 'tradesExpectancy':
        return { formula: 'total ÷ trades', term: average('expectancy', total('total', all), all) };
      case 'tradesWinRate':
        return { formula: 'won ÷ trades', term: ratio('winRate', count('won', won), count('trades', all)) };
      case 'tradesLossRate':
        return {
          formula: 'lost ÷ trades',
          term: ratio('lossRate', count('lost', lost), count('trades', all)),
        };
      case 'tradesProfitFactor':
        return {
          formula: 'totalProfit ÷ −totalLoss',
          term: ratio('profitFactor', total('totalProfit', won), minus(total('totalLoss', lost))),
        };
      case 'tradesPayoffRatio':
        return {
          formula: 'averageProfit ÷ −averageLoss',
          term: ratio('payoffRatio', averageProfit(), minus(averageLoss())),
        };
      case 'tradesLongestWinningRun':
        return {
          formula:
            '1 for each trade of the longest run of those with a profit, the first where several are as long',
          term: count('longestWinningRun', longestRun(all, isPositive)),
        };
      case 'tradesLongestLosingRun':
        return {
          formula:
            '1 for each trade of the longest run of those with a loss, the first where several are as long',
          term: count('longestLosingRun', longestRun(all, isNegative)),
        };
      case 'tradesAverageDurationMs':
        return {
          formula: 'Σ (closed − opened) of each trade ÷ trades',
          term: ratio('averageDurationMs', duration('durationMs', all), count('trades', all)),
        };
      case 'tradesAverageWinningDurationMs':
        return {
          formula: 'Σ (closed − opened) of each trade with a profit ÷ how many they are',
          term: ratio('averageWinningDurationMs', duration('durationMs', won), count('won', won)),
        };
      case 'tradesAverageLosingDurationMs':
        return {
          formula: 'Σ (closed − opened) of each trade with a loss ÷ how many they are',
          term: ratio('averageLosingDurationMs', duration('durationMs', lost), count('lost', lost)),
        };
    }
  };
  return { missing: eachOnce(missingRates(entries, { currency: base, book })), ...explained() };
}

function durationOf({ match }: InstrumentMatch): string {
  const { opened, closed } = endsOf(match);
  return String(closed.at.getTime() - opened.at.getTime());
}
/** Of trades in the order of closing; those that are not known, where there are any. */
function longestRun(trades: readonly Closed[], isOfIt: (profit: string) => boolean): readonly Closed[] {
  const unknown = trades.filter(({ profit }) => profit === null);
  if (unknown.length > 0) return unknown;
  let [first, longest, from] = [0, 0, 0];
  trades.forEach(({ profit }, n) => {
    if (!isOfIt(profit!)) first = n + 1;
    else if (n + 1 - first > longest) [from, longest] = [first, n + 1 - first];
  });
  return trades.slice(from, from + longest);
}
