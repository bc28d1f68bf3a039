// The job that sends auth's mails. A code is made here and not by whoever asks: it stands in no queue, and whether an address has an account changes no answer.
import { z } from 'zod';
import { Instant } from '../../../shared/primitives.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { JobKind } from '../../jobs/index.ts';
import type { Tx } from '../../db/transaction.ts';
import { codeLifetimeMs, securityNotices, type CodePurpose } from './domain.ts';
import { codeLetter, passwordChangedLetter, securityLetter } from './letters.ts';
import type { SendLetter } from './ports.ts';
import type { AuthStore } from './store.ts';
import { hashToken } from './tokens.ts';

const MailOrder = z.discriminatedUnion('kind', [
  z.object({ kind: z.enum(['verify_email', 'reset_password']), email: z.string() }),
  z.object({ kind: z.literal('password_changed'), email: z.string(), at: Instant }),
  z.object({
    kind: z.literal('security_notice'),
    email: z.string(),
    notice: z.enum(securityNotices),
    at: Instant,
  }),
]);
type MailOrder = z.output<typeof MailOrder>;

/** Tried again over some two hours. */
export const mailJob = {
  name: 'auth.send-mail',
  payload: MailOrder,
  retryLimit: 9,
  retryDelaySeconds: 15,
  expireInSeconds: 120,
  oneWaitingPerKey: true,
} satisfies JobKind<typeof MailOrder>;

/** With the transaction that causes it; many orders of one mail that waits are one. */
export type OrderMail = (tx: Tx, order: z.input<typeof MailOrder>) => Promise<void>;
export const orderKey = ({ kind, email, notice }: { kind: string; email: string; notice?: string }): string =>
  hashToken([kind, email, ...(notice ? [notice] : [])].join(' '));

/**
 * Codes of one purpose that are good at the same time. Beyond it none is sent, so that nobody can fill another's mailbox; whoever is
 * kept from one so has these in it, and as soon as one of them is too old there is room for the next.
 */
export const maxLiveCodes = 5;

export function createMails(deps: {
  store: AuthStore;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  send: SendLetter;
}) {
  const { store, ids, clock, logger, send } = deps;

  async function sendCode(email: string, purpose: CodePurpose): Promise<void> {
    const user = await store.findByEmail(email);
    const isWanted = user && !user.disabledAt && !(purpose === 'verify_email' && user.emailVerifiedAt);
    if (!isWanted) return;
    const now = clock.now();
    const code = ids.secret();
    const codeHash = hashToken(code);
    const expiresAt = new Date(now.getTime() + codeLifetimeMs[purpose]);
    const row = { codeHash, userId: user.id, purpose, email, expiresAt };
    if (!(await store.insertCode(row, { now, most: maxLiveCodes }))) {
      logger.warn({ userId: user.id, purpose }, 'a code was asked for too often: no mail was sent');
      return;
    }
    try {
      await send({ to: email, ...codeLetter[purpose](code) });
    } catch (thrown) {
      await store.deleteCode(codeHash); // the next try makes another
      throw thrown;
    }
  }
  return {
    /** What the job does. Rejects when the mail could not be handed over. */
    async sendMail(order: MailOrder): Promise<void> {
      const { email: to } = order;
      if (order.kind === 'password_changed') return send({ to, ...passwordChangedLetter(order.at) });
      if (order.kind === 'security_notice') return send({ to, ...securityLetter[order.notice](order.at) });
      return sendCode(to, order.kind);
    },
  };
}
