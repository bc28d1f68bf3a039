// What notifications need from outside: letters, and where webhooks may go.
import type { LetterText } from '../../lib/letter.ts';

/** How e-mail leaves this installation. */
export interface Letters {
  /** Why none leaves, as a sentence that says what to do; null: it does. */
  problem: string | null;
  /** Resolves when the next server has taken it over; a `messageId` is how mail programs recognise one that came before. */
  send(letter: LetterText & { to: string; messageId: string }): Promise<void>;
}
