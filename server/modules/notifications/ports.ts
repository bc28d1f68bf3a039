// What notifications have in common with those who tell something, and what they need from outside. No code.
import type { Environment } from '../../../shared/primitives.ts';
import type { Tx } from '../../db/transaction.ts';
import type { LetterText } from '../../lib/letter.ts';
import type { Notice } from './kinds.ts';

/** Whom a notice is for, and what it is about. */
export interface Addressed {
  userId: string;
  at: Date;
  accountId: string | null;
  environment?: Environment | null;
}

/** Tells a user something in the transaction that caused it. It locks the notifications counter: after `append`, last of all. */
export type Notify = (tx: Tx, notice: Notice & Addressed) => Promise<void>;

/** How e-mail leaves this installation. */
export interface Letters {
  /** Why none leaves, as a sentence that says what to do; null: it does. */
  problem: string | null;
  /** Resolves when the next server has taken it over, rejects at once when `signal` aborts; a `messageId` is how mail programs recognise one that came before. */
  send(letter: LetterText & { to: string; messageId: string }, signal: AbortSignal): Promise<void>;
}
