// The money of lots and of gains, down to the trades that it came with and what matches took of it. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { known } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { moneyOf } from '../ledger/quotes.ts';
import { gainOf, type History, type Leg, type Lot, type Match, type Move } from '../lots/lot.ts';
import type { Amounts } from '../lots/trade.ts';
import { draft, inTransaction, minus, sumOf, transactionOf, type Draft } from './draft.ts';
import { inBase, type Ground } from './ledger.ts';

export interface LotGround extends Ground {
  /** Throws for a transaction that the ledger has not. */
  entryOf: (id: string) => LedgerEntry;
  /** The money of the instrument. */
  currency: string;
}
export type Field = keyof Amounts;
const names: Record<Field, string> = {
  value: 'value',
  valueBase: 'value',
  costs: 'dealing costs',
  costsBase: 'dealing costs',
};
const currencyOf = (field: Field, { base, currency }: LotGround) =>
  field === 'value' || field === 'costs' ? currency : base;
/** Looks them all up once, when the first is wanted. */
export function entriesById(entries: readonly LedgerEntry[]): LotGround['entryOf'] {
  let byId: ReadonlyMap<string, LedgerEntry> | undefined;
  return (id) => {
    byId ??= new Map(entries.map((entry) => [entry.id, entry]));
    const entry = byId.get(id);
    if (!entry) throw new Error(`invariant: the ledger has no transaction ${id} that a lot is of`);
    return entry;
  };
}

/** What a history sums to. */
const historyTerm = (name: string, value: string | null, history: History, field: Field, ground: LotGround) =>
  sumOf({ name, currency: currencyOf(field, ground) }, value, () => movesOf(history, field, ground));
function movesOf(history: History, field: Field, ground: LotGround): Draft[] {
  const moves: Move[] = [];
  for (let move = history; move !== null; move = move.before) moves.push(move);
  return moves.toReversed().map(({ what }) => {
    const currency = currencyOf(field, ground);
    if (what.is === 'joined') {
      const parts = movesOf(what.history, field, ground);
      return parts.length === 1
        ? parts[0]!
        : historyTerm('joined', what.amounts[field], what.history, field, ground);
    }
    const entry = ground.entryOf(what.by.id);
    const name = names[field];
    if (what.is === 'taken') {
      const transaction = transactionOf(entry);
      const { part, of } = what;
      return minus(draft({ name, currency }, what.amounts[field], { is: 'taken', transaction, part, of }));
    }
    const own = what.amounts[field === 'value' || field === 'valueBase' ? 'value' : 'costs'];
    const money = 'currency' in entry.terms ? moneyOf(entry.terms.currency) : ground.currency;
    return field === 'value' || field === 'costs'
      ? inTransaction({ name, currency }, own, entry)
      : inBase(name, own, { entry, currency: money }, ground);
  });
}
/** Money of what is open of a lot. */
export const lotTerm = (lot: Lot, field: Field, ground: LotGround): Draft =>
  historyTerm(`${names[field]} of ${lot.openedBy}`, lot[field], lot.history, field, ground);

/** Money of one end of a match: its part of what was there, and what came to it beside. */
export function legTerm(name: string, leg: Leg, field: Field, ground: LotGround): Draft {
  const currency = currencyOf(field, ground);
  const { history, amounts, part, of } = leg.from;
  const whole = historyTerm('all of it', amounts[field], history, field, ground);
  const share = (value: string | null) => draft({ name, currency }, value, { is: 'share', whole, part, of });
  const own = leg.also.reduce((left, lot) => known(decimal.subtract, left, lot[field]), leg[field]);
  if (leg.also.length === 0) return share(own);
  return sumOf({ name, currency }, leg[field], () => [
    share(own),
    ...leg.also.map((lot) => lotTerm(lot, field, ground)),
  ]);
}

/** What a match made after what dealing cost: proceeds − cost − dealing costs of both. */
export function gainTerm(match: Match, isBase: boolean, ground: LotGround): Draft {
  const { acquired, disposed } = match;
  const [value, costs] = isBase ? (['valueBase', 'costsBase'] as const) : (['value', 'costs'] as const);
  const { net, netBase } = gainOf(match);
  const currency = currencyOf(value, ground);
  const name = `gain of ${acquired.transactionId} to ${disposed.transactionId}`;
  return sumOf({ name, currency }, isBase ? netBase : net, () => [
    legTerm('proceeds', disposed, value, ground),
    minus(legTerm('cost', acquired, value, ground)),
    minus(legTerm('dealing costs of acquiring', acquired, costs, ground)),
    minus(legTerm('dealing costs of disposing', disposed, costs, ground)),
  ]);
}
