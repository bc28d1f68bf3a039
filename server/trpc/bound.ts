// What a key that is bound to accounts may reach: the one place where that is decided. Whose an account is, the modules decide.
import { AppError } from '../lib/app-error.ts';
import type { Principal } from './context.ts';

/**
 * How the account of a call is told. `accountId`: by the input, which must name it; so it is of all that says nothing, but for scopes of
 * no account. `id`: the input's `id` is the account. `answer`: the answer's `accountId`, of a read. `filtered`: the procedure leaves out
 * whatever `isReached` says no of.
 */
export type BoundBy = 'accountId' | 'id' | 'answer' | 'filtered';
type Bound = Pick<Principal, 'accountIds'> | null;
interface Asked {
  scope: string;
  boundBy?: BoundBy;
}

/** Whether the caller may learn of this account; what is of no account is not a bound key's. */
export const isReached = (caller: Bound, accountId: string | null | undefined): boolean =>
  !caller?.accountIds || (accountId != null && caller.accountIds.has(accountId));

/** What is of no account where nothing else is said: markets, and the watchlists of a user. */
const ofNone = new Set(['public', 'market']);

/** Before anything is done. Throws accounts.not_found, auth.key_bound. */
export function requireReached(caller: Bound, { scope, boundBy }: Asked, input: unknown): void {
  if (!caller?.accountIds) return;
  const { accountId, id } = (input ?? {}) as { accountId?: string; id?: string };
  const named = boundBy === 'id' ? id : accountId;
  if (named !== undefined) {
    if (!isReached(caller, named)) throw new AppError('accounts.not_found');
    return;
  }
  const how = boundBy ?? (ofNone.has(scope) ? 'filtered' : 'accountId');
  if (how === 'accountId' || how === 'id') throw new AppError('auth.key_bound');
}

/** After a read whose account only its answer tells. Throws accounts.not_found. */
export function requireAnswerReached(caller: Bound, { boundBy }: Asked, output: unknown): void {
  if (boundBy === 'answer' && !isReached(caller, (output as { accountId?: string }).accountId))
    throw new AppError('accounts.not_found');
}
