// What activity and transaction history share: an account's decisions, newest first, and how IG writes times, sizes and amounts. Builds no row.
import { newestFirst } from './persistent.ts';
import { accountOf } from './state.ts';
import type { Decision, Direction, State } from './types.ts';

/** An account's decisions that are kept, newest first; `at` (ISO UTC, never rising) is what ranges are applied to. */
export const decisionsOf = (state: State, accountId: string): Generator<Decision> => newestFirst(accountOf(state, accountId).history);

/** `2018-04-26T23:42:58`; `offsetMs` is what the account's clock is ahead of UTC. */
export const localSecond = (at: string, offsetMs: number) => new Date(Date.parse(at) + offsetMs).toISOString().slice(0, 19);
/** `26/04/18` of a second. */
export const shortDate = (second: string) => second.slice(2, 10).split('-').reverse().join('/');
/** How IG marks amounts; no ISO code for every account. */
export const currencySign = (currency: string) => ({ GBP: '£', USD: 'US' })[currency] ?? currency;
/** `+0.60`: two places at least. */
export const signedSize = (direction: Direction, size: string) => `${direction === 'BUY' ? '+' : '-'}${/\.\d{2}/.test(size) ? size : Number(size).toFixed(2)}`;
