// What the owner of a signal is told: that one was refused, and that one was lost.
import type { Transaction } from '../../db/transaction.ts';
import type { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Notify } from '../notifications/index.ts';
import type { SignalDealing } from './ports.ts';
import type { SignalRow, SignalStore } from './store.ts';

/** Refusals of one signal that are told one by one in an hour: a service that is set up wrongly sends thousands. */
const toldInHour = 20;
const hourMs = 3_600_000;
/** Longer than any call is let run. */
const lostAfterMs = 120_000;

export type SignalNews = ReturnType<typeof createSignalNews>;

export function createSignalNews({
  store,
  transaction,
  dealing,
  notify,
  wake,
  clock,
  logger,
}: {
  store: SignalStore;
  transaction: Transaction;
  dealing: Pick<SignalDealing, 'isKeyUsed'>;
  notify: Notify;
  wake: (userId: string) => void;
  clock: Clock;
  logger: Logger;
}) {
  async function tellRefused({ id, userId, accountId, environment }: SignalRow, why: string): Promise<void> {
    const isTold = await transaction(async (tx) => {
      const row = await store.lock(tx, id);
      if (!row) return false;
      const now = clock.now();
      const isNew = !row.toldSince || now.getTime() - row.toldSince.getTime() >= hourMs;
      const told = isNew ? 1 : row.told + 1;
      const toldSince = isNew ? now : row.toldSince;
      await store.note(tx, id, {
        lastRefusedAt: now,
        lastRefusal: why,
        ...(told <= toldInHour && { told, toldSince }),
      });
      if (told > toldInHour) return false;
      const data = { name: row.name, why, isLastTold: told === toldInHour };
      await notify(tx, { kind: 'signal.refused', data, userId, at: now, accountId, environment });
      return true;
    });
    if (isTold) wake(userId);
  }
  /** Never rejects: whoever sent it is to learn why it was refused. */
  const refused = (row: SignalRow, why: string): Promise<void> =>
    tellRefused(row, why).catch((err: unknown) =>
      logger.error({ err, signal: row.id }, 'that a signal was refused could not be told'),
    );
  return {
    denied: refused,
    refused: (row: SignalRow, { message }: AppError): Promise<void> => refused(row, message),
    /** Those whose process died before anything was dealt: their owner is told, once. What was dealt is told by its deal. */
    async tellLost(): Promise<void> {
      const before = new Date(clock.now().getTime() - lostAfterMs);
      for (const { key, at, signal } of await store.listOpen(before)) {
        const { id, name, userId, accountId, environment } = signal;
        const isDealt = await dealing.isKeyUsed(userId, key);
        const isTold = await transaction(async (tx) => {
          if (!(await store.endOpen(tx, id, key, isDealt ? 'dealt' : 'lost')) || isDealt) return false;
          await notify(tx, {
            kind: 'signal.lost',
            data: { name, at },
            userId,
            at: clock.now(),
            accountId,
            environment,
          });
          return true;
        });
        if (isTold) wake(userId);
      }
    },
  };
}
