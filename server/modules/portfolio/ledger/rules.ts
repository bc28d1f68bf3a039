// What the ledger lets in: whether the transactions of an instrument, in their order, can have happened. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import { afterSplit, isNegative, isPositive, isZero, magnitude, negate, sum } from './amount.ts';
import type { LedgerEntry } from './entry.ts';
import { isHundredth, moneyOf } from './quotes.ts';

/** Why not: the field of the terms, and what is wrong with it and what to do. */
export interface Refusal {
  field: string;
  problem: string;
}
type Entry = Pick<LedgerEntry, 'id' | 'on' | 'terms'>;
const named = ({ id, on, terms }: Entry) => `the ${terms.kind} ${id} of ${on}`;

/** What can be said of terms alone. */
export function problemOfTerms(terms: TransactionTerms): Refusal | undefined {
  if (terms.kind === 'exchange') {
    const hundredth = [
      ['sold', terms.sold.currency],
      ['bought', terms.bought.currency],
    ].find(([, currency]) => isHundredth(currency!));
    if (hundredth) return notMoney(`${hundredth[0]}.currency`, hundredth[1]!);
    if (terms.sold.currency === terms.bought.currency)
      return { field: 'bought.currency', problem: 'is the currency that is sold: write two different ones' };
    return undefined;
  }
  if ('amount' in terms && isHundredth(terms.currency)) return notMoney('currency', terms.currency);
  return 'lots' in terms && terms.lots ? problemOfNames(terms.lots, terms.quantity) : undefined;
}
/** More than is closed cannot be taken, and of a lot that is named twice nobody could say how much is. */
function problemOfNames(
  lots: readonly { transactionId: string; quantity: string }[],
  closed: string,
): Refusal | undefined {
  const ids = lots.map(({ transactionId }) => transactionId);
  const again = ids.findIndex((id, index) => ids.indexOf(id) < index);
  if (again >= 0)
    return {
      field: `lots[${again}].transactionId`,
      problem: `is ${ids[again]}, which lots[${ids.indexOf(ids[again]!)}] is too: write one of them`,
    };
  const wanted = sum(lots.map(({ quantity }) => quantity));
  return decimal.compare(wanted, closed) > 0
    ? { field: 'lots', problem: `are ${wanted} together, and ${closed} are closed: write less` }
    : undefined;
}
const notMoney = (field: string, currency: string): Refusal => ({
  field,
  problem: `is ${currency}, in which prices are quoted and nothing is paid: write the amount in ${moneyOf(currency)}`,
});

/** Of an instrument: its units, and by which trade it is kept in which money. */
export interface Position {
  units: string;
  money: { currency: string; by: Entry } | undefined;
}

/**
 * The first transaction of an instrument that could not have happened, and why; undefined when all could. `entries` stand, are in order
 * and have to do with one instrument; `before` is how it stood before them: then lots that were
 * opened before them are not known.
 */
export function firstImpossible<Each extends Entry>(
  entries: readonly Each[],
  before: Position = { units: '0', money: undefined },
): ({ entry: Each } & Refusal) | undefined {
  let { units, money } = before;
  /** Of each opening transaction the units that no closing one has named. */
  const opened = new Map<string, string>();
  for (const entry of entries) {
    const { terms } = entry;
    const refusal =
      problemOfUnits(terms, units) ?? problemOfMoney(terms, money) ?? problemOfLots(terms, opened);
    if (refusal) return { entry, ...refusal };
    if ('quantity' in terms) money ??= { currency: moneyOf(terms.currency), by: entry };
    if (terms.kind === 'split') {
      units = afterSplit(units, terms);
      for (const [id, quantity] of opened) opened.set(id, afterSplit(quantity, terms));
    }
    const change = unitsOf(terms);
    units = decimal.add(units, change);
    if (opens(terms)) opened.set(entry.id, magnitude(change));
    if ('lots' in terms)
      for (const { transactionId, quantity } of terms.lots ?? [])
        opened.set(transactionId, decimal.subtract(opened.get(transactionId)!, quantity));
    if (isZero(units)) opened.clear();
  }
  return undefined;
}

const opens = (terms: TransactionTerms) =>
  terms.kind === 'buy' || terms.kind === 'short' || (terms.kind === 'transfer' && terms.direction === 'in');

/** Above zero: came. */
function unitsOf(terms: TransactionTerms): string {
  if (!('quantity' in terms)) return '0';
  const comes =
    terms.kind === 'buy' || terms.kind === 'cover' || (terms.kind === 'transfer' && terms.direction === 'in');
  return comes ? terms.quantity : negate(terms.quantity);
}

function problemOfUnits(terms: TransactionTerms, units: string): Refusal | undefined {
  const have = isNegative(units) ? `${magnitude(units)} are sold short by then` : `${units} are held by then`;
  const refused = (problem: string): Refusal => ({ field: 'quantity', problem: `${problem}: ${have}` });
  switch (terms.kind) {
    case 'sell':
      if (isNegative(units))
        return {
          field: 'kind',
          problem: `is sell, and ${have}: write cover to close, or short to sell more`,
        };
      return decimal.compare(terms.quantity, units) > 0
        ? refused('is more than is held; sell what is held, and what is more as a short of its own')
        : undefined;
    case 'cover':
      if (isPositive(units))
        return { field: 'kind', problem: `is cover, and ${have}: write sell to close, or buy to buy more` };
      return decimal.compare(terms.quantity, magnitude(units)) > 0
        ? refused('is more than was sold short; cover what is short, and buy what is more')
        : undefined;
    case 'buy':
      return isNegative(units)
        ? { field: 'kind', problem: `is buy, and ${have}: write cover until none are` }
        : undefined;
    case 'short':
      return isPositive(units)
        ? { field: 'kind', problem: `is short, and ${have}: write sell until none are` }
        : undefined;
    case 'transfer':
      if (isNegative(units)) return { field: 'kind', problem: `is transfer, and ${have}: cover them first` };
      return terms.direction === 'out' && decimal.compare(terms.quantity, units) > 0
        ? refused('is more than is held; transfer what is held')
        : undefined;
    case 'split':
      if (isZero(units))
        return { field: 'instrument', problem: 'is not held by then: leave the split out, or date it later' };
      return problemOfSplit(units, afterSplit(units, terms));
    default:
      return undefined;
  }
}

/** As many as can be traded at once: what they are worth can then be computed, and told, to the last digit. */
const mostUnits = '999999999999999';
function problemOfSplit(before: string, after: string): Refusal | undefined {
  const refused = (problem: string): Refusal => ({
    field: 'newUnits',
    problem: `${problem}: correct the split`,
  });
  if (isZero(after)) return refused(`leaves less than a unit’s twelfth place of ${before}`);
  return decimal.compare(magnitude(after), mostUnits) > 0
    ? refused(`makes ${magnitude(after)} units, and ${mostUnits} is the most`)
    : undefined;
}

/** Dividends and costs may come in any money: only what is traded must be comparable. */
function problemOfMoney(
  terms: TransactionTerms,
  money: { currency: string; by: Entry } | undefined,
): Refusal | undefined {
  if (!money || !('quantity' in terms) || moneyOf(terms.currency) === money.currency) return undefined;
  return {
    field: 'currency',
    problem: `is ${terms.currency}, and ${named(money.by)} is paid in ${money.currency}: keep one instrument in one money, under another name if it is dealt in two`,
  };
}

function problemOfLots(terms: TransactionTerms, opened: ReadonlyMap<string, string>): Refusal | undefined {
  if (!('lots' in terms) || !terms.lots) return undefined;
  for (const [index, { transactionId, quantity }] of terms.lots.entries()) {
    const has = opened.get(transactionId);
    if (has === undefined)
      return {
        field: `lots[${index}].transactionId`,
        problem: `is ${transactionId}, which opened nothing that is left by then: name a transaction that did`,
      };
    if (decimal.compare(quantity, has) > 0)
      return {
        field: `lots[${index}].quantity`,
        problem: `is more than the ${has} of ${transactionId} that no other names: write less`,
      };
  }
  return undefined;
}
