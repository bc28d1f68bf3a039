// The use case that explains a figure: it is asked for as its own call asks, and comes with the terms that make it.
import {
  BenchmarkFigure,
  NumberFigure,
  RatioFigure,
  type AskExplain,
  type Explanation,
  type MoneyFigure,
  type TradesFigure,
  type YearFigure,
} from '../../../../shared/portfolio-explain.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import { AppError } from '../../../lib/app-error.ts';
import { countsOn, taxYearOf } from '../lots/round-trips.ts';
import type { LedgerReading } from '../reading.ts';
import { isEmpty, listed } from './draft.ts';
import {
  explainCash,
  explainDisposal,
  explainHolding,
  explainValue,
  type CashFigure,
  type HoldingFigure,
} from './of-holdings.ts';
import { explainBenchmark } from './of-benchmark.ts';
import { explainOfPeriod, type Explained, type PeriodFigure } from './of-period.ts';
import { explainRatio } from './of-returns.ts';
import { explainShare } from './of-share.ts';
import { explainTrades } from './of-trades.ts';
import { explainYear } from './of-year.ts';

const ratios = new Set<string>(RatioFigure.options);
const ofPeriod = new Set<string>([
  'valueAtBegin',
  'valueAtEnd',
  'flows',
  'gain',
  'contribution',
] satisfies PeriodFigure[]);
const numbers = new Set<string>(NumberFigure.options);
const isNumber = (figure: AskExplain['figure']): figure is NumberFigure => numbers.has(figure);
const besideBenchmark = new Set<string>(BenchmarkFigure.options);
const isBeside = (figure: AskExplain['figure']): figure is BenchmarkFigure => besideBenchmark.has(figure);
const isRatio = (figure: AskExplain['figure']): figure is RatioFigure => ratios.has(figure);
const isOfPeriod = (figure: AskExplain['figure']): figure is PeriodFigure => ofPeriod.has(figure);
const isOfTrades = (figure: AskExplain['figure']): figure is TradesFigure => figure.startsWith('trades');
const isOfYear = (figure: AskExplain['figure']): figure is YearFigure => figure.startsWith('year');
const mostMissing = 100;

type Asked = AskExplain & { figure: MoneyFigure | NumberFigure };
interface Made extends Explained {
  portfolio: { id: string; baseCurrency: string };
  missing: readonly Missing[];
}

export type Explaining = ReturnType<typeof createExplaining>;

export function createExplaining({
  ofPeriod: periodOf,
  ofInstant,
  matchesOf,
}: Pick<LedgerReading['parts'], 'ofPeriod' | 'ofInstant' | 'matchesOf'>) {
  async function explainPeriod(userId: string, asked: Asked & { figure: PeriodFigure }): Promise<Made> {
    const { portfolio, entries, question } = await periodOf(userId, asked);
    const of = asked.figure === 'contribution' ? required(asked, 'of') : '';
    const explained = explainOfPeriod(asked.figure, entries, question, of);
    if (asked.figure === 'contribution' && isEmpty(explained.term)) refuseContribution();
    return { portfolio, ...explained };
  }

  async function explainOfShare(userId: string, asked: AskExplain): Promise<Explanation> {
    const { portfolio, entries, question } = await periodOf(userId, asked);
    const of = required(asked, 'of');
    const explained = explainShare(entries, question, of, asked.limit);
    if (!explained) refuseContribution();
    const { id: portfolioId, baseCurrency } = portfolio;
    return { portfolioId, baseCurrency, method: asked.method, ...explained! };
  }

  async function explainClosed(userId: string, asked: AskExplain & { figure: TradesFigure }): Promise<Made> {
    const { portfolio, entries, question } = await periodOf(userId, asked);
    return { portfolio, ...explainTrades(asked.figure, entries, question) };
  }

  async function explainInstant(userId: string, asked: Asked): Promise<Made> {
    const { portfolio, entries, question, held } = await ofInstant(userId, asked);
    const { figure } = asked;
    const explained = (): Explained => {
      if (figure === 'value') return explainValue(entries, held, question);
      const name = figure.startsWith('cash') ? 'currency' : 'instrument';
      const of = required(asked, name);
      return (
        (name === 'currency'
          ? explainCash(figure as CashFigure, of, entries, held, question)
          : explainHolding(figure as HoldingFigure, of, entries, held, question)) ??
        refuse(name, `is not part of this portfolio by then: GET /api/portfolio/{id}/holdings lists what is`)
      );
    };
    return { portfolio, missing: held.missing, ...explained() };
  }

  async function explainGain(userId: string, asked: Asked): Promise<Made> {
    const [acquiredBy, disposedBy] = [required(asked, 'acquiredBy'), required(asked, 'disposedBy')];
    const { id, method } = asked;
    const all = await matchesOf(userId, { id, method }, ({ disposed }) => disposed.on);
    const [first, ...others] = all.matches.filter(
      ({ match: { acquired, disposed } }) =>
        acquired.transactionId === acquiredBy && disposed.transactionId === disposedBy,
    );
    if (!first)
      refuse('disposedBy', 'is not matched with acquiredBy by this method: take both from a row of gains');
    const isBase = asked.figure === 'disposalGainBase';
    const explained = explainDisposal(isBase, [first!, ...others], all.entries, all.base);
    return { portfolio: all.portfolio, missing: all.missing, ...explained };
  }

  async function explainTaxYear(userId: string, asked: Asked & { figure: YearFigure }): Promise<Made> {
    const year = required(asked, 'year');
    const all = await matchesOf(userId, asked, countsOn);
    const own = all.matches.filter(({ match }) => taxYearOf(countsOn(match), asked.taxYear) === year);
    if (own.length === 0)
      refuse('year', 'has no disposal by this method: take it, and taxYear, from `years` of gains');
    const explained = explainYear(asked.figure, own, all.entries, all.base);
    return { portfolio: all.portfolio, missing: all.missing, ...explained };
  }

  return {
    /**
     * The figure that its own call tells, with the terms that evaluate to it. Throws portfolio.not_found, request.invalid for what the
     * figure's call refuses, for a field that the figure needs and has not, and for a thing that the portfolio has not.
     */
    async explain(userId: string, asked: AskExplain): Promise<Explanation> {
      const { figure, method, limit } = asked;
      if (isRatio(figure) || isBeside(figure)) {
        if (isBeside(figure)) required(asked, 'benchmark');
        const { portfolio, entries, question } = await periodOf(userId, asked);
        const explained = isBeside(figure)
          ? explainBenchmark(figure, entries, { ...question, comparedWith: question.comparedWith! }, limit)
          : explainRatio(figure, entries, question, limit);
        return { portfolioId: portfolio.id, baseCurrency: portfolio.baseCurrency, method, ...explained };
      }
      if (figure === 'contributionShare') return explainOfShare(userId, asked);
      const explain = (): Promise<Made> => {
        if (isOfPeriod(figure)) return explainPeriod(userId, { ...asked, figure });
        if (isOfTrades(figure)) return explainClosed(userId, { ...asked, figure });
        if (isOfYear(figure)) return explainTaxYear(userId, { ...asked, figure });
        return (figure.startsWith('disposal') ? explainGain : explainInstant)(userId, { ...asked, figure });
      };
      const { portfolio, missing, formula, term } = await explain();
      const common = {
        portfolioId: portfolio.id,
        baseCurrency: portfolio.baseCurrency,
        method,
        formula,
        missing: missing.slice(0, mostMissing),
        term: listed(term, limit),
      };
      const { value, currency } = term;
      if (!isNumber(figure)) return { figure, ...common, value, currency: currency! };
      if (value !== null) return { figure, ...common, value: Number(value), reason: null };
      const isRateMissing = missing.length > 0;
      const reason = isRateMissing ? 'rates are missing: see missing' : 'there is nothing to divide by';
      return { figure, ...common, value, reason };
    },
  };
}

function required(
  asked: AskExplain,
  field: 'of' | 'instrument' | 'currency' | 'acquiredBy' | 'disposedBy' | 'year' | 'benchmark',
): string {
  return asked[field] ?? refuse(field, `is needed for ${asked.figure}`);
}
const refuseContribution = () =>
  refuse('of', 'is nothing of this portfolio in the period: take it from `contributions` of performance');
function refuse(field: string, problem: string): never {
  throw new AppError('request.invalid', { fields: { [field]: problem } });
}
