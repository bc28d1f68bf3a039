// The money of lots and of gains, down to the trades that it came with and what matches took of it. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import { known, negate, sum } from '../ledger/amount.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { moneyOf } from '../ledger/quotes.ts';
import { gainOf, type History, type Leg, type Lot, type Match, type Move } from '../lots/lot.ts';
import type { Amounts } from '../lots/trade.ts';
import { draft, inTransaction, minus, sumOf, type Draft } from './draft.ts';
import { inBase, type Ground } from './ledger.ts';

export interface LotGround extends Ground {
  byId: ReadonlyMap<string, LedgerEntry>;
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
const entryOf = ({ byId }: LotGround, id: string): LedgerEntry => {
  const entry = byId.get(id);
  if (!entry) throw new Error(`invariant: the ledger has no transaction ${id} that a lot is of`);
  return entry;
};

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
        : historyTerm('joined', sumIn(what.history, field), what.history, field, ground);
    }
    const entry = entryOf(ground, what.by.id);
    const name = names[field];
    if (what.is === 'taken') {
      const { id, at, on, terms } = entry;
      const transaction = { id, at, on, kind: terms.kind };
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
/** Null where a rate is missing. */
function sumIn(history: History, field: Field): string | null {
  const amounts: (string | null)[] = [];
  for (let move = history; move !== null; move = move.before) {
    const { what } = move;
    if (what.is === 'joined') amounts.push(sumIn(what.history, field));
    else if (what.is === 'came') amounts.push(what.amounts[field]);
    else amounts.push(known(negate, what.amounts[field]));
  }
  return amounts.includes(null) ? null : sum(amounts as string[]);
}

/** Money of what is open of a lot. */
export const lotTerm = (lot: Lot, field: Field, ground: LotGround): Draft =>
  historyTerm(`${names[field]} of ${lot.openedBy}`, lot[field], lot.history, field, ground);

/** Money of one end of a match: its part of what was there, and what came to it beside. */
function legTerm(name: string, leg: Leg, field: Field, ground: LotGround): Draft {
  const currency = currencyOf(field, ground);
  const { history, part, of } = leg.from;
  const whole = historyTerm('all of it', sumIn(history, field), history, field, ground);
  const also = sumIn(leg.also, field);
  const share = (value: string | null) => draft({ name, currency }, value, { is: 'share', whole, part, of });
  if (leg.also === null) return share(leg[field]);
  const own = known(decimal.subtract, leg[field], also);
  return sumOf({ name, currency }, leg[field], () => [
    share(own),
    historyTerm('less than a unit’s last place', also, leg.also, field, ground),
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
