// The ledger as the matching of lots reads it: trades and splits by instrument. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { known, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { signOf, valueOf } from '../ledger/postings.ts';
import { rateWithin, type Base } from '../valuation/rates.ts';
import type { LotEvent, Trade } from './trade.ts';

/** `entries` stand and are in order. What is transferred opens and closes lots as a trade at its price does. */
export function lotEventsOf(entries: readonly LedgerEntry[], base: Base): Map<string, LotEvent[]> {
  const byInstrument = new Map<string, LotEvent[]>();
  for (const entry of entries) {
    const event = eventOf(entry, base);
    if (!event) continue;
    const { instrument } = entry.terms as { instrument: string };
    const events = byInstrument.get(instrument);
    if (events) events.push(event);
    else byInstrument.set(instrument, [event]);
  }
  return byInstrument;
}

function eventOf(entry: LedgerEntry, base: Base): LotEvent | undefined {
  const { at, on, terms } = entry;
  switch (terms.kind) {
    case 'split':
      return { is: 'split', at, on, newUnits: terms.newUnits, oldUnits: terms.oldUnits };
    case 'buy':
    case 'short':
      return tradeOf(entry, terms, signOf[terms.kind], base);
    case 'sell':
    case 'cover':
      return { ...tradeOf(entry, terms, signOf[terms.kind], base), ...(terms.lots && { lots: terms.lots }) };
    case 'transfer':
      return tradeOf(entry, terms, terms.direction === 'in' ? '1' : '-1', base);
    default:
      return undefined;
  }
}

function tradeOf(
  entry: LedgerEntry,
  terms: {
    quantity: string;
    price: string;
    currency: string;
    fee?: string | undefined;
    tax?: string | undefined;
  },
  sign: '1' | '-1',
  base: Base,
): Trade {
  const { money, value } = valueOf(terms);
  const costs = sum([terms.fee ?? '0', terms.tax ?? '0']);
  const rate = rateWithin(entry, money, base);
  const inBase = (amount: string) => known((known) => decimal.multiply(amount, known), rate);
  return {
    is: 'trade',
    id: entry.id,
    at: entry.at,
    on: entry.on,
    quantity: decimal.multiply(terms.quantity, sign),
    value,
    costs,
    valueBase: inBase(value),
    costsBase: inBase(costs),
  };
}
