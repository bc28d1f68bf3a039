// Which holding made how much of a period's gain: the parts sum to the whole, exactly. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { Contribution } from '../../../../shared/portfolio-performance.ts';
import { known, negate } from '../ledger/amount.ts';
import { cashPart, type LedgerDay } from '../valuation/ledger-day.ts';
import type { PeriodDays } from './days.ts';

/**
 * By instrument: what it is worth at the end less at the beginning, less what was put into it, plus its income less its costs, all in
 * the base currency at the rates of the transactions. Null where a price or a rate is missing.
 */
export function contributionsOf({ begin, days, end }: PeriodDays): Omit<Contribution, 'share'>[] | null {
  const parts = new Map<string, string>();
  const add = (of: string, amount: string) => parts.set(of, decimal.add(parts.get(of) ?? '0', amount));
  const ends = [
    ...worthsOf(end),
    ...worthsOf(begin).map(({ of, worth }) => ({ of, worth: known(negate, worth) })),
  ];
  for (const { of, worth } of ends) {
    if (worth === null) return null;
    add(of, worth);
  }
  for (const { gains } of days) {
    if (gains === null) return null;
    for (const { of, gain } of gains) add(of, gain);
  }
  return [...parts].map(([of, gain]) => ({ of, gain })).toSorted((a, b) => decimal.compare(b.gain, a.gain));
}

const worthsOf = ({ holdings, cash }: LedgerDay) => [
  ...holdings.map(({ instrument, worth }) => ({ of: instrument, worth })),
  ...cash.map(({ worth }) => ({ of: cashPart, worth })),
];
