// Matches as clients see them: round trips, and gains by tax year. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Gain, GainsOfYear, RoundTrip, TaxYear } from '../../../../shared/portfolio-gains.ts';
import { isZero, known } from '../ledger/amount.ts';
import { endsOf, gainOf, type Match } from './lot.ts';

export interface InstrumentMatch {
  instrument: string;
  currency: string;
  match: Match;
}

/** The day that decides when it counts: of the disposal where UK rules say so, else of the closing. */
export const countsOn = (match: Match) => (match.rule === null ? endsOf(match).closed : match.disposed).on;

export function toRoundTrip({ instrument, currency, match }: InstrumentMatch): RoundTrip {
  const { opened, closed } = endsOf(match);
  const { gross, costs, net, netBase } = gainOf(match);
  return {
    instrument,
    currency,
    side: match.side,
    quantity: match.quantity,
    openedBy: opened.transactionId,
    openedAt: opened.at,
    closedBy: closed.transactionId,
    closedAt: closed.at,
    opened: opened.value,
    closed: closed.value,
    dealingCosts: costs,
    profit: net,
    profitBase: netBase,
    return: isZero(opened.value) ? null : Number(decimal.divide(gross, opened.value, 20, 'half-even')),
    rule: match.rule,
  };
}

export function toGain({ instrument, currency, match }: InstrumentMatch, taxYear: TaxYear): Gain {
  const { acquired, disposed, side, quantity, rule } = match;
  const { costs, costsBase, net, netBase } = gainOf(match);
  const on = countsOn(match);
  return {
    taxYear: taxYearOf(on, taxYear),
    on,
    instrument,
    side,
    quantity,
    acquiredOn: acquired.on,
    disposedOn: disposed.on,
    currency,
    proceeds: disposed.value,
    cost: acquired.value,
    dealingCosts: costs,
    gain: net,
    proceedsBase: disposed.valueBase,
    costBase: acquired.valueBase,
    dealingCostsBase: costsBase,
    gainBase: netBase,
    rule,
    acquiredBy: acquired.transactionId,
    disposedBy: disposed.transactionId,
  };
}

/** `2025`, or `2025/26` for a day from 6 April 2025 to 5 April 2026. */
export function taxYearOf(on: string, taxYear: TaxYear): string {
  const year = Number(on.slice(0, 4));
  if (taxYear === 'calendar') return String(year);
  const first = on.slice(5) >= '04-06' ? year : year - 1;
  return `${first}/${String((first + 1) % 100).padStart(2, '0')}`;
}

/** The years of `gains`, in order; a sum is null where one of its rows is. */
export function gainsByYear(gains: readonly Gain[]): GainsOfYear[] {
  const add = (a: string | null, b: string | null) => known(decimal.add, a, b);
  const years = new Map<string, GainsOfYear>();
  for (const gain of gains) {
    const { taxYear, proceedsBase, costBase, dealingCostsBase, gainBase } = gain;
    const before = years.get(taxYear);
    years.set(taxYear, {
      taxYear,
      disposals: (before?.disposals ?? 0) + 1,
      proceedsBase: add(before ? before.proceedsBase : '0', proceedsBase),
      costBase: add(before ? before.costBase : '0', costBase),
      dealingCostsBase: add(before ? before.dealingCostsBase : '0', dealingCostsBase),
      gainBase: add(before ? before.gainBase : '0', gainBase),
    });
  }
  return [...years.values()].toSorted((a, b) => (a.taxYear < b.taxYear ? -1 : 1));
}

const columns = [
  'taxYear',
  'on',
  'instrument',
  'side',
  'quantity',
  'acquiredOn',
  'disposedOn',
  'currency',
  'proceeds',
  'cost',
  'dealingCosts',
  'gain',
  'proceedsBase',
  'costBase',
  'dealingCostsBase',
  'gainBase',
  'rule',
  'acquiredBy',
  'disposedBy',
] as const satisfies readonly (keyof Gain)[];
/** RFC 4180: a header row, CRLF, empty for what is null. No field of a gain holds a comma, a quote or a line's end. */
export const gainsCsv = (gains: readonly Gain[]): string =>
  [columns.join(','), ...gains.map((gain) => columns.map((column) => gain[column] ?? '').join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
