// State as the fold of decisions, and its canonical text for snapshots and comparison. Decides nothing.
import { createHash } from 'node:crypto';
import { decimal } from '../../../shared/decimal.ts';
import { append, chunkLength, PersistentMap } from './persistent.ts';
import type { Account, Book, Closing, Decision, Position, State } from './types.ts';

/** How many of an account's latest decisions are kept: its activity and transactions, and the references it remembers. */
export const maxHistory = 160 * chunkLength;
/** Changes when an older snapshot's text can no longer be read; the journal is then replayed from its start. */
export const stateFormat = 1;

export const emptyState: State = { decisions: 0, accounts: new PersistentMap(), books: new PersistentMap() };

/** What a decision adds to its account's cash. */
export function cashOf(decision: Decision): string {
  if (decision.type === 'accountCreated') return decision.cash;
  if (decision.type === 'cashAdjusted') return decision.amount;
  return decision.type === 'dealt' ? decision.closings.reduce((sum, { profit }) => decimal.add(sum, profit), '0') : '0';
}

/** The state after `decision`. Throws RangeError when it does not fit: such a journal was not written by this engine. */
export function evolve(state: State, decision: Decision): State {
  const decisions = state.decisions + 1;
  const { accountId, at } = decision;
  if (decision.type === 'accountCreated') {
    const { login, accountType, currency, credentials } = decision;
    if (state.accounts.get(accountId)) throw new RangeError(`account ${accountId} exists`);
    const account: Account = { accountId, login, accountType, currency, createdAt: at, ...(credentials && { credentials }), cash: '0', positions: [], history: [], broughtForward: '0', references: new PersistentMap() };
    return { ...state, decisions, accounts: state.accounts.with(accountId, record(account, decision)) };
  }
  const account = accountOf(state, accountId);
  if (decision.type !== 'dealt') return { ...state, decisions, accounts: state.accounts.with(accountId, record(account, decision)) };
  const { epic, closings, opening } = decision;
  const positions = dealtPositions(account.positions, closings, opening);
  const book = bookAfter(state.books.get(epic), closings, opening);
  return { decisions, accounts: state.accounts.with(accountId, record({ ...account, positions }, decision)), books: book ? state.books.with(epic, book) : state.books.without(epic) };
}

/** The account with this id. Throws RangeError when there is none. */
export function accountOf(state: State, accountId: string): Account {
  const account = state.accounts.get(accountId);
  if (!account) throw new RangeError(`no account ${accountId}`);
  return account;
}

function record(account: Account, decision: Decision): Account {
  const { chunks, dropped } = append(account.history, decision, maxHistory / chunkLength);
  let { references, broughtForward } = account;
  for (const old of dropped) {
    broughtForward = decimal.add(broughtForward, cashOf(old));
    if ('dealReference' in old && references.get(old.dealReference) === old) references = references.without(old.dealReference);
  }
  if ('dealReference' in decision && decision.confirmAt !== null) references = references.with(decision.dealReference, decision);
  return { ...account, cash: decimal.add(account.cash, cashOf(decision)), history: chunks, broughtForward, references };
}

/** `positions` after a deal took `closings` from them and added `opening`. */
export function dealtPositions(positions: readonly Position[], closings: readonly Closing[], opening: Position | null): readonly Position[] {
  let after = positions;
  for (const { position, remaining } of closings) {
    const i = after.findIndex(({ dealId }) => dealId === position.dealId);
    if (i < 0) throw new RangeError(`no position ${position.dealId}`);
    after = remaining === '0' ? after.toSpliced(i, 1) : after.with(i, { ...after[i]!, size: remaining });
  }
  return opening ? [...after, opening] : after;
}

const wide: Book['quiet'] = { bidAbove: -Infinity, bidBelow: Infinity, offerAbove: -Infinity, offerBelow: Infinity };
/**
 * The band without what would trigger `position`. Floats suffice: conversion from text never turns an order round,
 * so a quote strictly inside is inside exactly, and one on the edge is compared as text.
 */
function narrow(quiet: Book['quiet'], { direction, stopLevel, limitLevel }: Position): Book['quiet'] {
  if (stopLevel === null && limitLevel === null) return quiet;
  const [below, above] = direction === 'BUY' ? [stopLevel, limitLevel] : [limitLevel, stopLevel];
  const low = below === null ? -Infinity : Number(below);
  const high = above === null ? Infinity : Number(above);
  return direction === 'BUY'
    ? { ...quiet, bidAbove: Math.max(quiet.bidAbove, low), bidBelow: Math.min(quiet.bidBelow, high) }
    : { ...quiet, offerAbove: Math.max(quiet.offerAbove, low), offerBelow: Math.min(quiet.offerBelow, high) };
}
function bookAfter(book: Book = { positions: [], quiet: wide }, closings: readonly Closing[], opening: Position | null): Book | undefined {
  const positions = dealtPositions(book.positions, closings, opening);
  if (positions.length === 0) return undefined;
  const freed = closings.some(({ position, remaining }) => remaining === '0' && (position.stopLevel ?? position.limitLevel) !== null);
  if (freed) return { positions, quiet: positions.reduce(narrow, wide) };
  return { positions, quiet: opening ? narrow(book.quiet, opening) : book.quiet };
}

/**
 * Canonical JSON of `state` without what follows from the rest, in pieces of one account: keys sorted, accounts by id.
 * With `memo` the text of full chunks of history, which never change, is kept from one call to the next.
 */
export function* statePieces({ decisions, accounts }: State, memo?: WeakMap<object, string>): Generator<string> {
  let before = '{"accounts":{';
  for (const [id, { references: _, ...account }] of [...accounts.entries()].sort(([a], [b]) => (a < b ? -1 : 1))) {
    yield `${before}${JSON.stringify(id)}:${canonical(account, memo)}`;
    before = ',';
  }
  yield `${before === ',' ? '' : before}},"decisions":${decisions}}`;
}
export const stateText = (state: State, memo?: WeakMap<object, string>) => [...statePieces(state, memo)].join('');
function canonical(value: unknown, memo?: WeakMap<object, string>): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const known = memo?.get(value);
  if (known !== undefined) return known;
  if (Array.isArray(value)) {
    const text = `[${value.map((item) => canonical(item, memo)).join()}]`;
    if (value.length === chunkLength) memo?.set(value, text);
    return text;
  }
  const fields = Object.entries(value).filter(([, field]) => field !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field, memo)}`).join()}}`;
}

/** SHA-256 of `stateText`: equal for equal states, whatever path led there. */
export const stateHash = (state: State) => createHash('sha256').update(stateText(state)).digest('hex');

/** The state that `stateText` wrote. Throws SyntaxError or TypeError on anything else. */
export function restoreState(text: string): State {
  const { decisions, accounts } = JSON.parse(text) as { decisions: number; accounts: Record<string, Omit<Account, 'references'>> };
  let state: State = { ...emptyState, decisions };
  for (const account of Object.values(accounts)) {
    let references: Account['references'] = new PersistentMap();
    for (const decision of account.history.flat()) if ('dealReference' in decision && decision.confirmAt !== null) references = references.with(decision.dealReference, decision);
    state = { ...state, accounts: state.accounts.with(account.accountId, { ...account, references }) };
  }
  const open = Object.values(accounts).flatMap(({ positions }) => positions).sort((a, b) => (a.dealId < b.dealId ? -1 : 1));
  for (const position of open) state = { ...state, books: state.books.with(position.epic, bookAfter(state.books.get(position.epic), [], position)!) };
  return state;
}
