// State as the fold of decisions. Its text is in state-text.ts, and what a decision does to the positions and orders of a market in book.ts. Decides nothing.
import { decimal } from '../../../shared/decimal.ts';
import { bookAfter, ordersAfter, positionsAfter } from './book.ts';
import { append, chunkLength, newestFirst, PersistentMap } from './persistent.ts';
import type { DealDecision, Decision } from './decisions.ts';
import type { Account, State } from './types.ts';

/** How many of an account's latest decisions are kept: its activity and transactions, and the references it remembers. */
export const maxHistory = 160 * chunkLength;
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
export const hasConfirm = (decision: Decision): decision is DealDecision =>
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

/** Decisions one after the other, each made in the state that the ones before left behind. */
export function sequence(state: State) {
  const decisions: Decision[] = [];
  return {
    decisions,
    state: () => state,
    add(decision: Decision | undefined) {
      if (!decision) return;
      decisions.push(decision);
      state = evolve(state, decision);
    },
  };
}
/** The order in which what happens at once is decided. */
export const byDealId = (a: { dealId: string }, b: { dealId: string }) => (a.dealId < b.dealId ? -1 : 1);
