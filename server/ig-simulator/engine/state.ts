// State as the fold of decisions, and its canonical text for snapshots and comparison. Decides nothing.
import { createHash } from 'node:crypto';
import { decimal } from '../../../shared/decimal.ts';
import { append, chunkLength, newestFirst, PersistentMap } from './persistent.ts';
import type {
  Account,
  Book,
  Closing,
  DealDecision,
  Dealt,
  Decision,
  OrderChanged,
  Position,
  PositionAmended,
  State,
  WorkingOrder,
} from './types.ts';

/** How many of an account's latest decisions are kept: its activity and transactions, and the references it remembers. */
export const maxHistory = 160 * chunkLength;
/** Changes when an older snapshot's text can no longer be read; the journal is then replayed from its start. */
export const stateFormat = 2;

export const emptyState: State = { decisions: 0, accounts: new PersistentMap(), books: new PersistentMap() };

/** What a decision adds to its account's cash. */
export function cashOf(decision: Decision): string {
  switch (decision.type) {
    case 'accountCreated':
      return decision.cash;
    case 'cashAdjusted':
      return decision.amount;
    case 'dealt':
      return decision.closings.reduce(
        (sum, { profit, premium = '0' }) => decimal.subtract(decimal.add(sum, profit), premium),
        '0',
      );
    case 'funded':
      return decision.charges.reduce((sum, { amount }) => decimal.add(sum, amount), '0');
    default:
      return '0';
  }
}

/** The state after `decision`. Throws RangeError when it does not fit: such a journal was not written by this engine. */
export function evolve(state: State, decision: Decision): State {
  const decisions = state.decisions + 1;
  const { accountId } = decision;
  const before = decision.type === 'accountCreated' ? created(state, decision) : accountOf(state, accountId);
  const account = record(changed(before, decision), decision);
  const after: State = { ...state, decisions, accounts: state.accounts.with(accountId, account) };
  if (decision.type !== 'dealt' && decision.type !== 'positionAmended' && decision.type !== 'orderChanged')
    return after;
  const { epic } = decision;
  const book = bookAfter(state.books.get(epic), decision);
  return { ...after, books: book ? state.books.with(epic, book) : state.books.without(epic) };
}

/** The account with this id. Throws RangeError when there is none. */
export function accountOf(state: State, accountId: string): Account {
  const account = state.accounts.get(accountId);
  if (!account) throw new RangeError(`no account ${accountId}`);
  return account;
}
/** An account's decisions that are kept, newest first; `at` (ISO UTC, never rising) is what ranges are applied to. */
export const decisionsOf = (state: State, accountId: string): Generator<Decision> =>
  newestFirst(accountOf(state, accountId).history);

function created(
  state: State,
  { accountId, login, accountType, currency, credentials, at }: Extract<Decision, { type: 'accountCreated' }>,
): Account {
  if (state.accounts.get(accountId)) throw new RangeError(`account ${accountId} exists`);
  return {
    accountId,
    login,
    accountType,
    currency,
    createdAt: at,
    ...(credentials && { credentials }),
    cash: '0',
    positions: [],
    orders: [],
    trailingStopsEnabled: true,
    watchlists: [],
    fundedTo: at,
    history: [],
    broughtForward: '0',
    references: new PersistentMap(),
  };
}

/** What a decision changes of its account, but for cash and history. */
function changed(account: Account, decision: Decision): Account {
  switch (decision.type) {
    case 'dealt':
    case 'positionAmended':
    case 'orderChanged':
      return {
        ...account,
        positions: positionsAfter(account.positions, decision),
        orders: ordersAfter(account.orders, decision),
      };
    case 'funded':
      return { ...account, fundedTo: decision.night };
    case 'preferencesSet':
      return { ...account, trailingStopsEnabled: decision.trailingStopsEnabled };
    case 'watchlistSet': {
      const { id, name, epics } = decision;
      const i = account.watchlists.findIndex((list) => list.id === id);
      const watchlists =
        epics === null
          ? account.watchlists.filter((list) => list.id !== id)
          : account.watchlists.toSpliced(i < 0 ? account.watchlists.length : i, i < 0 ? 0 : 1, {
              id,
              name,
              epics,
            });
      return { ...account, watchlists };
    }
    default:
      return account;
  }
}

const isDeal = (decision: Decision): decision is DealDecision => 'dealReference' in decision;
const hasConfirm = (decision: Decision): decision is DealDecision =>
  isDeal(decision) && decision.confirmAt !== null;
function record(account: Account, decision: Decision): Account {
  const { chunks, dropped } = append(account.history, decision, maxHistory / chunkLength);
  let { references, broughtForward } = account;
  for (const old of dropped) {
    broughtForward = decimal.add(broughtForward, cashOf(old));
    if (isDeal(old) && references.get(old.dealReference) === old)
      references = references.without(old.dealReference);
  }
  if (hasConfirm(decision)) references = references.with(decision.dealReference, decision);
  return {
    ...account,
    cash: decimal.add(account.cash, cashOf(decision)),
    history: chunks,
    broughtForward,
    references,
  };
}

type BookDecision = Dealt | PositionAmended | OrderChanged;
function indexOf(items: readonly { dealId: string }[], dealId: string): number {
  const i = items.findIndex((item) => item.dealId === dealId);
  if (i < 0) throw new RangeError(`no position or order ${dealId}`);
  return i;
}
function positionsAfter(positions: readonly Position[], decision: BookDecision): readonly Position[] {
  if (decision.type === 'dealt') return dealtPositions(positions, decision.closings, decision.opening);
  return decision.type === 'positionAmended'
    ? positions.with(indexOf(positions, decision.position.dealId), decision.position)
    : positions;
}
function ordersAfter(orders: readonly WorkingOrder[], decision: BookDecision): readonly WorkingOrder[] {
  if (decision.type === 'positionAmended' || decision.order === undefined) return orders;
  const { order } = decision;
  if (decision.type === 'orderChanged' && decision.change === 'OPENED') return [...orders, order];
  const i = indexOf(orders, order.dealId);
  return decision.type === 'orderChanged' && decision.change === 'AMENDED'
    ? orders.with(i, order)
    : orders.toSpliced(i, 1);
}
/** `positions` after a deal took `closings` from them and added `opening`. */
export function dealtPositions(
  positions: readonly Position[],
  closings: readonly Closing[],
  opening: Position | null,
): readonly Position[] {
  let after = positions;
  for (const { position, remaining } of closings) {
    const i = indexOf(after, position.dealId);
    after = remaining === '0' ? after.toSpliced(i, 1) : after.with(i, { ...after[i]!, size: remaining });
  }
  return opening ? [...after, opening] : after;
}

type Band = Book['quiet'];
const wide: Band = { bidAbove: -Infinity, bidBelow: Infinity, offerAbove: -Infinity, offerBelow: Infinity };
/** What is triggered once the bid (or offer) is at `low` or below, or at `high` or above. */
const within = (band: Band, side: 'bid' | 'offer', low: number, high: number): Band =>
  side === 'bid'
    ? { ...band, bidAbove: Math.max(band.bidAbove, low), bidBelow: Math.min(band.bidBelow, high) }
    : { ...band, offerAbove: Math.max(band.offerAbove, low), offerBelow: Math.min(band.offerBelow, high) };
/**
 * The band without what would trigger `position`. Floats suffice: conversion from text never turns an order round,
 * so a quote strictly inside is inside exactly, and one on the edge is compared as text.
 */
function aroundPosition(band: Band, { direction, stopLevel, limitLevel, trailing }: Position): Band {
  if (stopLevel === null && limitLevel === null) return band;
  const buy = direction === 'BUY';
  const [stop, limit] = [
    stopLevel === null ? NaN : Number(stopLevel),
    limitLevel === null ? NaN : Number(limitLevel),
  ];
  const known = (value: number, otherwise: number) => (Number.isNaN(value) ? otherwise : value);
  const [low, high] = buy
    ? [known(stop, -Infinity), known(limit, Infinity)]
    : [known(limit, -Infinity), known(stop, Infinity)];
  const moves = trailing ? Number(trailing.movesAt) : NaN;
  return buy
    ? within(band, 'bid', low, Math.min(high, known(moves, Infinity)))
    : within(band, 'offer', Math.max(low, known(moves, -Infinity)), high);
}
/** A BUY is filled at the offer, a SELL at the bid; a LIMIT waits for a better price, a STOP for a worse one. */
function aroundOrder(band: Band, { direction, kind, level }: WorkingOrder): Band {
  const [side, below] =
    direction === 'BUY' ? (['offer', kind === 'LIMIT'] as const) : (['bid', kind === 'STOP'] as const);
  return below ? within(band, side, Number(level), Infinity) : within(band, side, -Infinity, Number(level));
}
const bandOf = (positions: readonly Position[], orders: readonly WorkingOrder[]) =>
  orders.reduce(aroundOrder, positions.reduce(aroundPosition, wide));
function bookAfter(
  book: Book = { positions: [], orders: [], quiet: wide },
  decision: BookDecision,
): Book | undefined {
  const positions = positionsAfter(book.positions, decision);
  const orders = ordersAfter(book.orders, decision);
  if (positions.length === 0 && orders.length === 0) return undefined;
  const onlyOpened =
    decision.type === 'dealt' &&
    decision.closings.length === 0 &&
    decision.order === undefined &&
    decision.opening !== null;
  return {
    positions,
    orders,
    quiet: onlyOpened ? aroundPosition(book.quiet, decision.opening!) : bandOf(positions, orders),
  };
}

/**
 * Canonical JSON of `state` without what follows from the rest, in pieces of one account: keys sorted, accounts by id.
 * With `memo` the text of full chunks of history, which never change, is kept from one call to the next.
 */
export function* statePieces(
  { decisions, accounts }: State,
  memo?: WeakMap<object, string>,
): Generator<string> {
  let before = '{"accounts":{';
  for (const [id, { references: _, ...account }] of [...accounts.entries()].sort(([a], [b]) =>
    a < b ? -1 : 1,
  )) {
    yield `${before}${JSON.stringify(id)}:${canonical(account, memo)}`;
    before = ',';
  }
  yield `${before === ',' ? '' : before}},"decisions":${decisions}}`;
}
export const stateText = (state: State, memo?: WeakMap<object, string>) =>
  [...statePieces(state, memo)].join('');
function canonical(value: unknown, memo?: WeakMap<object, string>): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = memo?.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const text = `[${value.map((item) => canonical(item, memo)).join()}]`;
    if (value.length === chunkLength) memo?.set(value, text);
    return text;
  }
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field, memo)}`).join()}}`;
}

/** SHA-256 of `stateText`: equal for equal states, whatever path led there. */
export const stateHash = (state: State) => createHash('sha256').update(stateText(state)).digest('hex');

/** The state that `stateText` wrote. Throws SyntaxError or TypeError on anything else. */
export function restoreState(text: string): State {
  const { decisions, accounts } = JSON.parse(text) as {
    decisions: number;
    accounts: Record<string, Omit<Account, 'references'>>;
  };
  let state: State = { ...emptyState, decisions };
  for (const account of Object.values(accounts)) {
    let references: Account['references'] = new PersistentMap();
    for (const decision of account.history.flat())
      if (hasConfirm(decision)) references = references.with(decision.dealReference, decision);
    state = { ...state, accounts: state.accounts.with(account.accountId, { ...account, references }) };
  }
  const positions = Map.groupBy(
    Object.values(accounts).flatMap((account) => account.positions),
    ({ epic }) => epic,
  );
  const orders = Map.groupBy(
    Object.values(accounts).flatMap((account) => account.orders),
    ({ epic }) => epic,
  );
  for (const epic of new Set([...positions.keys(), ...orders.keys()])) {
    const [held, resting] = [positions.get(epic) ?? [], orders.get(epic) ?? []];
    state = {
      ...state,
      books: state.books.with(epic, { positions: held, orders: resting, quiet: bandOf(held, resting) }),
    };
  }
  return state;
}
