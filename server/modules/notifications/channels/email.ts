// E-mail to the user's confirmed address: one letter for a notification, or for several of one kind.
import { eq } from 'drizzle-orm';
import { users } from '../../../../drizzle/schema/index.ts';
import type { Environment } from '../../../../shared/primitives.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import { letterOf, utcText, type LetterText, type Paragraph } from '../../../lib/letter.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Letters } from '../ports.ts';
import type { NotificationStore, StoredNotification } from '../store.ts';
import type { Channel } from './channel.ts';

/** SMTP has time limits of its own, for each step. */
const deadlineMs = 60_000;
/** Of a digest so many are told; the others are counted. */
const mostTold = 50;

/** How the subject names where it happened: an account that holds money in capitals. */
const environmentWords: Record<Environment, string> = {
  live: ' LIVE',
  demo: ' demo',
  simulated: ' simulated',
};
const gravestFirst: readonly Environment[] = ['live', 'demo', 'simulated'];

export function createEmailChannel({
  db,
  notifications,
  letters,
  logger,
}: {
  db: Db;
  notifications: NotificationStore;
  letters: Letters;
  logger: Logger;
}): Channel {
  async function addressOf(
    userId: string,
    on: Db | Tx = db,
  ): Promise<{ email: string } | { problem: string }> {
    if (letters.problem !== null) return { problem: letters.problem };
    const [user] = await on.select().from(users).where(eq(users.id, userId));
    if (!user || user.disabledAt || user.deletedAt) return { problem: 'The account is disabled.' };
    if (!user.emailVerifiedAt)
      return {
        problem: 'The e-mail address is not confirmed: POST /api/auth/verify-email/resend sends a code.',
      };
    return { email: user.email };
  }
  return {
    name: 'email',
    usual: (severity) => severity !== 'info',
    mayBeMuted: () => true,
    leaving: {
      digests: true,
      keepsQuiet: true,
      mostAtOnce: 16,
      mostPerUser: 2,
      mostPerLane: 2,
      deadlineMs,
      async problemOf(userId, on) {
        const found = await addressOf(userId, on);
        return 'problem' in found ? found.problem : null;
      },
      targetsOf: async (_tx, userId) => [{ lane: userId, webhookId: null }],
      async prepare({ id, userId, kind, notificationIds }) {
        const to = await addressOf(userId);
        if ('problem' in to) return { cancel: to.problem };
        const told = await notifications.findAll(userId, notificationIds);
        if (told.length === 0 && notificationIds.length > 0) return { cancel: 'The notification is gone.' };
        const letter = told.length === 0 ? testLetter() : notificationLetter(kind, told);
        return {
          async send(signal) {
            try {
              await letters.send({ to: to.email, ...letter, messageId: `${id}@ftrader` }, signal);
              return { is: 'delivered' };
            } catch (error) {
              if (signal.aborted) throw error; // how that is told is its caller's
              logger.warn({ err: error, deliveryId: id }, 'an e-mail of a notification was not taken over');
              return { is: 'failed', error: whyNotTaken(error) };
            }
          },
        };
      },
      nameOf: async () => 'e-mail',
    },
  };
}

/** Where the mail server is, and what it says of itself, is its operator's to know. */
function whyNotTaken(error: unknown): string {
  const code = (error as { responseCode?: unknown } | undefined)?.responseCode;
  return typeof code === 'number'
    ? `The mail server answered ${code}.`
    : 'The mail server cannot be reached now.';
}

const testLetter = () =>
  letterOf('FTrader: a test', [
    'You asked for this e-mail to see whether notifications reach you here. They do.',
  ]);

/** `told` are of one kind, oldest first, and there is one at least. */
export function notificationLetter(kind: string, told: readonly StoredNotification[]): LetterText {
  const environments = new Set(told.map(({ environment }) => environment ?? null));
  const gravest = gravestFirst.find((each) => environments.has(each));
  const head = `FTrader${gravest ? environmentWords[gravest] : ''}`;
  const [only] = told;
  if (told.length === 1) return letterOf(`${head}: ${only!.title}`, [only!.body, whereOf(only!)]);
  const shown = told.slice(-mostTold);
  const left = told.length - shown.length;
  return letterOf(`${head}: ${told.length} × ${kind}`, [
    `${told.length} notifications of one kind, the newest last.`,
    ...(left > 0 ? [`The first ${left} are left out here: GET /api/notifications lists all.`] : []),
    ...shown.flatMap((each): Paragraph[] => [{ heading: each.title }, each.body, whereOf(each)]),
  ]);
}

const whereOf = ({ at, accountId, environment }: StoredNotification): string =>
  `${utcText(at)}${accountId === null ? '' : `, account ${accountId}`}${environment ? ` (${environment})` : ''}`;
