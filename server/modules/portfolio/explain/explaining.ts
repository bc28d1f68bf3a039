// The use case that explains a figure: it is asked for as its own call asks, and comes with the terms that make it.
import type {
  AskExplain,
  Explanation,
  MoneyFigure,
  RatioFigure,
} from '../../../../shared/portfolio-explain.ts';
import type { Missing } from '../../../../shared/portfolio.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { LedgerReading } from '../reading.ts';
import { listed } from './draft.ts';
import {
  explainCash,
  explainDisposal,
  explainHolding,
  explainValue,
  type CashFigure,
  type HoldingFigure,
} from './of-holdings.ts';
import { explainOfPeriod, type Explained, type PeriodFigure } from './of-period.ts';
import { explainRatio } from './of-returns.ts';

const ratios = new Set<string>([
  'timeWeighted',
  'timeWeightedAnnual',
  'modifiedDietz',
  'moneyWeighted',
  'maxDrawdown',
  'volatility',
  'sharpe',
  'sortino',
  'calmar',
] satisfies RatioFigure[]);
const ofPeriod = new Set<string>([
  'valueAtBegin',
  'valueAtEnd',
  'flows',
  'gain',
  'contribution',
] satisfies PeriodFigure[]);
const isRatio = (figure: AskExplain['figure']): figure is RatioFigure => ratios.has(figure);
const isOfPeriod = (figure: MoneyFigure): figure is PeriodFigure => ofPeriod.has(figure);
const mostMissing = 100;

type Asked = AskExplain & { figure: MoneyFigure };
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
    const { made } = explained.term;
    if (asked.figure === 'contribution' && made.is === 'sum' && made.parts().length === 0)
      refuse('of', 'is nothing of this portfolio in the period: take it from `contributions` of performance');
    return { portfolio, ...explained };
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

  return {
    /**
     * The figure that its own call tells, with the terms that evaluate to it. Throws portfolio.not_found, request.invalid for what the
     * figure's call refuses, for a field that the figure needs and has not, and for a thing that the portfolio has not.
     */
    async explain(userId: string, asked: AskExplain): Promise<Explanation> {
      const { figure, method, limit } = asked;
      if (isRatio(figure)) {
        const { portfolio, entries, question } = await periodOf(userId, asked);
        const explained = explainRatio(figure, entries, question, limit);
        return { portfolioId: portfolio.id, baseCurrency: portfolio.baseCurrency, method, ...explained };
      }
      const explain = isOfPeriod(figure)
        ? explainPeriod(userId, { ...asked, figure })
        : (figure.startsWith('disposal') ? explainGain : explainInstant)(userId, { ...asked, figure });
      const { portfolio, missing, formula, term } = await explain;
      return {
        figure,
        portfolioId: portfolio.id,
        baseCurrency: portfolio.baseCurrency,
        method,
        formula,
        missing: missing.slice(0, mostMissing),
        value: term.value,
        currency: term.currency!,
        term: listed(term, limit),
      };
    },
  };
}

function required(
  asked: Asked,
  field: 'of' | 'instrument' | 'currency' | 'acquiredBy' | 'disposedBy',
): string {
  return asked[field] ?? refuse(field, `is needed for ${asked.figure}`);
}
function refuse(field: string, problem: string): never {
  throw new AppError('request.invalid', { fields: { [field]: problem } });
}
