// The money figures of a period as terms: values at its ends, flows, gain, a contribution. Pure.
import type { MoneyFigure } from '../../../../shared/portfolio-explain.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { dayAfter, type PeriodDays } from '../performance/days.ts';
import { performanceInParts, type PerformanceQuestion } from '../performance/period.ts';
import { cashPart, flowsWithin, gainsWithin } from '../valuation/ledger-day.ts';
import { minus, sumOf, totalled, type Draft } from './draft.ts';
import { flowsTerm, lessPosting, worthTerms } from './ledger.ts';

export type PeriodFigure = Extract<
  MoneyFigure,
  'valueAtBegin' | 'valueAtEnd' | 'flows' | 'gain' | 'contribution'
>;
/** A money figure, with its formula in the names of its terms. */
export interface Explained {
  formula: string;
  term: Draft;
}

/** `of` is whose contribution it is. `entries` are those up to the end of the period. */
export function explainOfPeriod(
  figure: PeriodFigure,
  entries: readonly LedgerEntry[],
  asked: PerformanceQuestion,
  of: string,
): Explained & { missing: readonly Missing[] } {
  const { from, to, base } = asked;
  const { performance, days } = performanceInParts(entries, asked);
  const ofPeriod = entries.filter(({ on }) => on >= from && on <= to);
  const rates = { currency: base, book: asked.book };
  const named = (name: string) => ({ name, currency: base });
  const valueOn = (name: string, on: string, value: string | null) =>
    sumOf(named(name), value, () => {
      const { holdings, cash } = worthTerms(entries, on, asked);
      return [...holdings.values(), ...cash.values()];
    });
  const begin = valueOn('valueAtBegin', dayAfter(from, -1), performance.valueAtBegin);
  const end = valueOn('valueAtEnd', to, performance.valueAtEnd);
  const flows = flowsTerm(flowsWithin(ofPeriod, rates), performance.flows, asked);
  const explained = (): Explained => {
    switch (figure) {
      case 'valueAtBegin':
      case 'valueAtEnd':
        return {
          formula: 'Σ units × price × rate + Σ cash × rate',
          term: figure === 'valueAtEnd' ? end : begin,
        };
      case 'flows':
        return { formula: '−Σ capital × rate', term: flows };
      case 'gain':
        return {
          formula: 'valueAtEnd − valueAtBegin − flows',
          term: sumOf(named('gain'), performance.gain, () => [end, minus(begin), minus(flows)]),
        };
      case 'contribution':
        return {
          formula: 'value at the end − value at the beginning − Σ posting × rate',
          term: totalled(named(of), contributionParts(entries, ofPeriod, days, asked, of)),
        };
    }
  };
  return { missing: performance.missing, ...explained() };
}

function contributionParts(
  entries: readonly LedgerEntry[],
  ofPeriod: readonly LedgerEntry[],
  { begin, end }: PeriodDays,
  asked: PerformanceQuestion,
  of: string,
): Draft[] {
  const { base, book } = asked;
  const worthOn = ({ on, holdings, cash }: PeriodDays['end']): Draft[] => {
    const terms = worthTerms(entries, on, asked);
    if (of === cashPart) return cash.map(({ currency }) => terms.cash.get(currency)!);
    return holdings.some(({ instrument }) => instrument === of) ? [terms.holdings.get(of)!] : [];
  };
  return [
    ...worthOn(end),
    ...worthOn(begin).map(minus),
    ...gainsWithin(ofPeriod, { currency: base, book })
      .filter((part) => part.of === of)
      .map((part) => lessPosting(part, asked)),
  ];
}
