// A signal comes in: who sends it, whether it is let through, what is dealt, and what its owner is told.
import type { ReceiveSignal, SignalOutcome } from '../../../shared/signals.ts';
import { reasonText } from '../../../shared/deal-words.ts';
import type { Transaction } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import type { AuditWho } from '../../trpc/context.ts';
import { toAppError } from '../../trpc/errors.ts';
import type { SignalDealing } from './ports.ts';
import { askedBy, asksToClose, closingOf, isSecretOf, refuseBeyond, type Asked } from './signal.ts';
import type { SignalNews } from './news.ts';
import type { SignalRow, SignalStore } from './store.ts';

const [minuteMs, dayMs] = [60_000, 86_400_000];

/** A signal that is let through. `isRepeat`: it was dealt before. */
interface Admitted {
  row: SignalRow;
  asked: Asked;
  isRepeat: boolean;
}
export type ReceiveSignals = ReturnType<typeof createReceiveSignals>;

export function createReceiveSignals({
  store,
  transaction,
  dealing,
  news,
  waitMs = 1_500,
  clock,
  logger,
}: {
  store: SignalStore;
  transaction: Transaction;
  dealing: SignalDealing;
  news: SignalNews;
  /** Alert services give up soon (TradingView after 3 s): a deal that takes longer goes on by itself. */
  waitMs?: number;
  clock: Clock;
  logger: Logger;
}) {
  /** Throws request.invalid, signals.*, request.limited. */
  async function letThrough(found: SignalRow, sent: Omit<ReceiveSignal, 'id' | 'secret'>): Promise<Admitted> {
    const asked = askedBy(found, sent, waitMs);
    // What came of it stands already: whatever has changed since, it is told again and nothing is dealt.
    if (await dealing.isKeyUsed(found.userId, asked.key)) return { row: found, asked, isRepeat: true };
    if (found.state === 'paused') throw new AppError('signals.paused');
    const row = await transaction(async (tx) => {
      const held = await store.lock(tx, found.id);
      if (!held) throw new AppError('signals.unknown');
      if (held.state === 'paused') throw new AppError('signals.paused');
      const now = clock.now();
      refuseBeyond(held, asked, now);
      for (const [spanMs, most, span] of [
        [minuteMs, held.perMinute, 'minute'],
        [dayMs, held.perDay, 'day'],
      ] as const) {
        const { count, first } = await store.takenSince(
          tx,
          held.id,
          asked.key,
          new Date(now.getTime() - spanMs),
        );
        if (count >= most)
          throw new AppError('request.limited', {
            message: `This signal is let through ${most} times in a ${span}.`,
            retryAfterMs: Math.max(1, (first ?? now).getTime() + spanMs - now.getTime()),
          });
      }
      await store.take(tx, held.id, asked.key, now);
      await store.note(tx, held.id, { lastTakenAt: now });
      return held;
    });
    return { row, asked, isRepeat: false };
  }

  async function dealtBy({ row, asked }: Admitted): Promise<SignalOutcome> {
    const { userId, accountId, dryRun } = row;
    const outcome = {
      signalId: row.id,
      action: asked.action,
      dryRun,
      idempotencyKey: asked.key,
      deal: null,
      target: null,
      previews: null,
    };
    if (asked.action === 'open') {
      if (!dryRun) return { ...outcome, deal: await dealing.open(userId, asked.order) };
      const { idempotencyKey: _key, waitMs: _wait, ...openPosition } = asked.order;
      return { ...outcome, previews: [await dealing.preview(userId, { openPosition })] };
    }
    if (!dryRun)
      return { ...outcome, target: await dealing.setTarget(userId, closingOf(row, asked, waitMs)) };
    const previews = [];
    for (const dealId of await dealing.openIn(accountId, asked.epic))
      previews.push(await dealing.preview(userId, { closePosition: asksToClose(accountId, dealId) }));
    return { ...outcome, previews };
  }
  /** Best effort: what is not noted is found by `tellLost`, and looked for among the deals. */
  const ended = ({ row, asked }: Admitted, outcome: string) =>
    store
      .end(row.id, asked.key, outcome)
      .catch((err: unknown) => logger.warn({ err, signal: row.id }, 'how a signal ended could not be kept'));

  return {
    /**
     * The secret first, whatever else is wrong; then all that may refuse it. Its owner is told of a refusal. Throws signals.unknown
     * (no such signal, another secret, or a disabled user), request.invalid, signals.*, request.limited.
     */
    async admit(
      { id, secret, ...sent }: ReceiveSignal,
      identify: (who: AuditWho) => void,
    ): Promise<Admitted> {
      const row = await store.findLive(id);
      if (!isSecretOf(row, secret)) throw new AppError('signals.unknown');
      identify({ userId: row!.userId, sessionId: row!.id });
      try {
        return await letThrough(row!, sent);
      } catch (thrown) {
        await news.refused(row!, toAppError(thrown));
        throw thrown;
      }
    },
    /** Deals, or says what would be dealt. Throws accounts.*, trading.*, market_data.unknown_epic, broker.*. */
    async act(admitted: Admitted): Promise<SignalOutcome> {
      try {
        const outcome = await dealtBy(admitted);
        if (admitted.isRepeat) return outcome;
        const { deal, dryRun } = outcome;
        await ended(admitted, dryRun ? 'previewed' : deal?.status === 'denied' ? 'denied' : 'dealt');
        if (deal?.status === 'denied')
          await news.denied(admitted.row, `The deal was denied: ${reasonText(deal.reason!)}`);
        return outcome;
      } catch (thrown) {
        const failure = toAppError(thrown);
        await ended(admitted, failure.code);
        await news.refused(admitted.row, failure);
        throw thrown;
      }
    },
  };
}
