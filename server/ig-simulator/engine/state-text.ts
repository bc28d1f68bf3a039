// The canonical text of a state, for snapshots and comparison, and the state of a text.
import { createHash } from 'node:crypto';
import { bandOf } from './book.ts';
import { chunkLength, PersistentMap } from './persistent.ts';
import { emptyState, hasConfirm } from './state.ts';
import type { Account, State } from './types.ts';

/** Changes when an older snapshot's text can no longer be read; the journal is then replayed from its start. */
export const stateFormat = 2;

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
  const all = Object.values(accounts);
  const held = Map.groupBy(
    all.flatMap((account) => account.positions),
    ({ epic }) => epic,
  );
  const resting = Map.groupBy(
    all.flatMap((account) => account.orders),
    ({ epic }) => epic,
  );
  for (const epic of new Set([...held.keys(), ...resting.keys()])) {
    const [positions, orders] = [held.get(epic) ?? [], resting.get(epic) ?? []];
    const book = { positions, orders, quiet: bandOf(positions, orders) };
    state = { ...state, books: state.books.with(epic, book) };
  }
  return state;
}
