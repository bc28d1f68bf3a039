// Portfolios in words: kinds of transactions, methods, figures, spans of days, and what is missing. Pure.
import type {
  BenchmarkComparison,
  CostMethod,
  Figure,
  Missing,
  Performance,
  PortfolioTransaction,
  Statement,
  StatementDifference,
  TransactionKind,
  TransactionTerms,
} from '../../../client/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { levelText, money, percent, signed } from './format.ts';

export const kindName: Record<TransactionKind, string> = {
  buy: 'Buy',
  sell: 'Sell',
  short: 'Sell short',
  cover: 'Cover',
  dividend: 'Dividend',
  interest: 'Interest',
  fee: 'Fee',
  tax: 'Tax',
  deposit: 'Deposit',
  withdrawal: 'Withdrawal',
  split: 'Split',
  transfer: 'Transfer',
  funding: 'Funding',
  result: 'Result of a closed position',
  adjustment: 'Adjustment',
  exchange: 'Exchange',
};

/** Of a kind that comes as text. */
export const kindText = (kind: string): string =>
  (Object.hasOwn(kindName, kind) ? kindName[kind as TransactionKind] : kind).toLowerCase();

export const methodName: Record<CostMethod, string> = {
  fifo: 'FIFO: the oldest first',
  lifo: 'LIFO: the newest first',
  hifo: 'HIFO: the dearest first',
  average: 'Average of all',
  specific: 'The lots a sale names',
  section_104: 'UK section 104',
};

type FigureName = keyof Performance['figures'];
export const figureName: Record<FigureName, string> = {
  timeWeighted: 'Time-weighted return',
  timeWeightedAnnual: 'Time-weighted, a year',
  moneyWeighted: 'Money-weighted, a year',
  modifiedDietz: 'Modified Dietz return',
  maxDrawdown: 'Largest drawdown',
  volatility: 'Volatility, a year',
  sharpe: 'Sharpe ratio',
  sortino: 'Sortino ratio',
  calmar: 'Calmar ratio',
};
const ratios: ReadonlySet<string> = new Set([
  ...['sharpe', 'sortino', 'calmar'],
  ...['beta', 'correlation', 'informationRatio'],
]);
type BenchmarkFigure = keyof BenchmarkComparison['figures'];
export const benchmarkName: Record<BenchmarkFigure, string> = {
  return: 'Return of the benchmark',
  trackingDifference: 'Return above the benchmark',
  beta: 'Beta',
  correlation: 'Correlation',
  alpha: 'Alpha, a year',
  trackingError: 'Tracking error, a year',
  informationRatio: 'Information ratio',
};
export const noBrokerText: Record<NonNullable<Statement['noBroker']>, string> = {
  own_portfolio: 'No account fills this portfolio, so there is no balance to compare with.',
  part_of_account: 'It has a part of an account: see the portfolio of the whole account.',
  account_gone: 'Its account is no longer connected.',
  balance_unknown: 'The broker has not told the balance of the account yet.',
  history_begins_later: 'The history that was read of the broker begins after this day.',
  history_too_long: 'The broker’s history since this day is too long: choose a later day.',
  not_read_here: 'The broker’s history is not read here.',
};
export const differenceText: Record<StatementDifference['what'], string> = {
  ours_only: 'Only in our ledger',
  theirs_only: 'Only in the broker’s history',
  amounts: 'The amounts differ',
};

/** A return in percent, a ratio with two places; undefined where there is none. */
export function figureText(name: FigureName | BenchmarkFigure, { value }: Figure): string | undefined {
  if (value === null) return undefined;
  if (ratios.has(name)) return signed(value.toFixed(2), '');
  return name === 'volatility' || name === 'trackingError'
    ? fractionText(value).replace('+', '')
    : fractionText(value);
}
/** `0.1` → `+10.00 %`. */
export const fractionText = (fraction: number): string => percent(decimal.canonical(String(fraction * 100)));

/** Each is counted back from the last day. */
export const spanName = { month: '1 month', year_to_date: 'This year', year: '1 year', all: 'All' };
export type Span = keyof typeof spanName;

/** The first day of a span that ends `today`; not before the portfolio starts. */
export function firstDay(span: Span, today: string, startsOn: string): string {
  const [year, month, day] = today.split('-').map(Number) as [number, number, number];
  const before = (y: number, m: number) => {
    const last = new Date(Date.UTC(y, m, 0)).getUTCDate();
    return new Date(Date.UTC(y, m - 1, Math.min(day, last))).toISOString().slice(0, 10);
  };
  const first = {
    month: before(year, month - 1),
    year_to_date: `${year}-01-01`,
    year: before(year - 1, month),
    all: startsOn,
  }[span];
  return first < startsOn ? startsOn : first;
}

/** `2026-03-09` → `9 Mar 2026`. */
export const dayText = (on: string): string =>
  new Date(`${on}T00:00Z`).toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    timeZone: 'UTC',
  });

/** What is dealt and at what, without the kind: `1,000 VOD at 98.4 GBX`. */
export function termsText(terms: TransactionTerms): string {
  switch (terms.kind) {
    case 'split':
      return `${terms.instrument}, ${levelText(terms.newUnits)} for ${levelText(terms.oldUnits)}`;
    case 'exchange':
      return `${money(terms.sold.amount)} ${terms.sold.currency} for ${money(terms.bought.amount)} ${terms.bought.currency}`;
    case 'transfer':
      return `${terms.direction}: ${levelText(terms.quantity)} ${terms.instrument} at ${levelText(terms.price)} ${terms.currency}`;
    case 'buy':
    case 'sell':
    case 'short':
    case 'cover':
      return `${levelText(terms.quantity)} ${terms.instrument} at ${levelText(terms.price)} ${terms.currency}`;
    default: {
      const of = 'instrument' in terms && terms.instrument ? ` of ${terms.instrument}` : '';
      return `${signed(money(terms.amount), '')} ${terms.currency}${of}`;
    }
  }
}

/** What it did to the cash, currency by currency: `−984.00 GBP`; a split did nothing. */
export function cashOf({
  postings,
}: Pick<PortfolioTransaction, 'postings'>): [currency: string, amount: string][] {
  const sums = new Map<string, string>();
  for (const { account, currency, amount } of postings)
    if (account === 'cash') sums.set(currency, decimal.add(sums.get(currency) ?? '0', amount));
  return [...sums];
}

export interface MissingDays {
  what: Missing['what'];
  of: string;
  first: string;
  last: string;
  days: number;
}
/** Days on which the same is missing, as one; in the order in which it was first told. */
export function missingDays(missing: readonly Missing[]): MissingDays[] {
  const known = new Map<string, Set<string>>();
  for (const { what, of, on } of missing) {
    const key = `${what} ${of}`;
    known.set(key, (known.get(key) ?? new Set()).add(on));
  }
  return [...known].map(([key, days]) => {
    const [what, of] = key.split(' ') as [Missing['what'], string];
    const sorted = [...days].toSorted();
    return { what, of, first: sorted[0]!, last: sorted.at(-1)!, days: days.size };
  });
}
