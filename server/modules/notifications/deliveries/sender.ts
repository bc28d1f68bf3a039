// Sends what is due by one channel, and stores what became of it. Not a queue of pg-boss: its workers would be held by servers that never answer, and here each lane has room of its own.
import type { ChannelName } from '../../../../shared/notification-preferences.ts';
import type { Database } from '../../../db/client.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { again } from '../../../lib/again.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { Logger } from '../../../lib/logger.ts';
import { createTrouble } from '../../../lib/trouble.ts';
import { TooLate, waitAtMost, within } from '../../../lib/within.ts';
import type { UserEvents } from '../../events/index.ts';
import type { LeavingChannel } from '../channels.ts';
import type { DeliveryRow, Outcome } from '../channels/channel.ts';
import { wants } from '../preferences/choices.ts';
import type { PreferencesStore } from '../preferences/store.ts';
import type { NotificationService } from '../service.ts';
import { heldUntil } from './dispatch.ts';
import { nextAttempt } from './schedule.ts';
import type { DeliveryStore } from './store.ts';

/** A claim holds so much longer than an attempt may take: then its process is taken for dead. */
export const claimSlackMs = 30_000;
/** At a stop attempts under way may end for so long; then they are cut off, to be made again. */
const drainMs = 4_000;
/** More that is given up in one lane within it is not told. */
const toldEveryMs = 3_600_000;

export interface SenderDeps {
  channel: LeavingChannel;
  database: Database;
  store: DeliveryStore;
  preferences: Pick<PreferencesStore, 'find'>;
  notify: NotificationService['notify'];
  events: Pick<UserEvents, 'wake'>;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  random?: () => number;
  onAttempt: (channel: ChannelName, outcome: Outcome['is']) => void;
}
export type Sender = ReturnType<typeof createSender>;

export function createSender(deps: SenderDeps) {
  const { channel, database, store, preferences, notify, events, ids, clock, logger, random, onAttempt } =
    deps;
  const { name, leaving } = channel;
  const trouble = createTrouble(
    logger.child({ channel: name }),
    'deliveries cannot be looked after now',
    'deliveries are looked after again',
  );
  /** By claim and delivery. */
  const underWay = new Map<
    string,
    { lane: string; userId: string; cutOff: AbortController; ended: Promise<void> }
  >();
  let stopped = false;

  const look = again(async () => {
    const room = leaving.mostAtOnce - underWay.size;
    if (stopped || room <= 0) return;
    try {
      const now = clock.now();
      const found = await store.claim({
        channel: name,
        perLane: leaving.mostPerLane,
        perUser: leaving.mostPerUser,
        underWay: {
          lanes: countBy([...underWay.values()].map(({ lane }) => lane)),
          users: countBy([...underWay.values()].map(({ userId }) => userId)),
        },
        now,
        room,
        claimed: ids.next('claim'),
        until: new Date(now.getTime() + leaving.deadlineMs + claimSlackMs),
      });
      trouble.worked();
      for (const delivery of found) start(delivery);
    } catch (error) {
      trouble.failed(error);
    }
  });

  function start(delivery: DeliveryRow): void {
    const key = `${delivery.claim} ${delivery.id}`;
    const cutOff = new AbortController();
    const ended = deliver(delivery, cutOff.signal)
      .catch((error: unknown) => trouble.failed(error, { deliveryId: delivery.id })) // its claim lapses
      .finally(() => {
        underWay.delete(key);
        look(); // there is room
      });
    underWay.set(key, { lane: delivery.lane, userId: delivery.userId, cutOff, ended });
  }

  /** One claimed delivery: held back, cancelled, or attempted once. */
  async function deliver(delivery: DeliveryRow, cutOff: AbortSignal): Promise<void> {
    if (stopped) return void (await store.release(database.db, delivery, {}));
    const { userId, kind } = delivery;
    const isTest = delivery.notificationIds.length === 0;
    const chosen = await preferences.find(userId);
    if (!isTest && !wants(chosen.choices, kind, channel))
      return cancel(delivery, 'Its user does not want this kind by this channel any more.');
    const held = isTest ? null : heldUntil(chosen, channel, kind, clock.now());
    if (held) return void (await store.release(database.db, delivery, { dueAt: held }));
    const prepared = await leaving.prepare(delivery);
    if ('cancel' in prepared) return cancel(delivery, prepared.cancel);

    const at = clock.now();
    const beganMs = clock.monotonicMs();
    if (!(await inTransaction(database.db, (tx) => store.begin(tx, delivery, at)))) return;
    const outcome = await attempt(prepared.send, cutOff);
    const tookMs = Math.round(clock.monotonicMs() - beganMs);
    if (outcome === 'cut off') await giveBack(delivery, tookMs);
    else await settle(delivery, { outcome, tookMs, triedSince: delivery.triedSince ?? at });
  }

  async function attempt(
    send: (signal: AbortSignal) => Promise<Outcome>,
    cutOff: AbortSignal,
  ): Promise<Outcome | 'cut off'> {
    try {
      return await within(
        clock,
        leaving.deadlineMs,
        (late) => Promise.race([send(AbortSignal.any([late, cutOff])), untilAborted(cutOff)]),
        `There was no answer within ${leaving.deadlineMs / 1_000} s.`,
      );
    } catch (error) {
      if (cutOff.aborted) return 'cut off';
      if (error instanceof TooLate) return { is: 'failed', error: error.message };
      logger.error({ err: error, channel: name }, 'a message could not be sent');
      return { is: 'failed', error: 'It could not be sent, and that is a fault of this server.' };
    }
  }

  const cancel = async (delivery: DeliveryRow, why: string): Promise<void> =>
    void (await store.release(database.db, delivery, {
      state: 'cancelled',
      lastError: why,
      endedAt: clock.now(),
    }));

  /** Nobody knows whether it arrived: it is made again, at once. */
  const giveBack = (delivery: DeliveryRow, tookMs: number): Promise<void> =>
    inTransaction(database.db, async (tx) => {
      const number = delivery.attempts + 1;
      const error = 'This server stopped before it ended.';
      await store.release(tx, delivery, { failedAt: clock.now() });
      await store.endAttempt(tx, { deliveryId: delivery.id, number, tookMs, status: null, error });
    });

  async function settle(
    delivery: DeliveryRow,
    { outcome: met, tookMs, triedSince }: { outcome: Outcome; tookMs: number; triedSince: Date },
  ): Promise<void> {
    const now = clock.now();
    const startedAt = new Date(now.getTime() - tookMs);
    const status = met.status ?? null;
    const error = met.is === 'delivered' ? null : met.error;
    const told = await inTransaction(database.db, async (tx) => {
      const outcome = (await leaving.settle?.(tx, delivery, met, { startedAt, at: now })) ?? met;
      const number = delivery.attempts + 1;
      const next = afterwards(delivery, outcome, triedSince, now);
      const toldLately =
        next.state === 'dead' &&
        (await store.gaveUpSince(tx, delivery, new Date(now.getTime() - toldEveryMs)));
      const isOurs = await store.release(tx, delivery, {
        ...next,
        lastStatus: status,
        lastError: error,
        ...(error !== null && { failedAt: now }),
      });
      await store.endAttempt(tx, { deliveryId: delivery.id, number, tookMs, status, error });
      const isGone = isOurs && outcome.is === 'gone' && delivery.webhookId !== null;
      if (isGone) await store.cancelFor(tx, delivery.webhookId!, { at: now, why: error! });
      const isGivenUp = isOurs && next.state === 'dead' && !toldLately && delivery.notificationIds.length > 0;
      const failsForLong = outcome.is === 'failed' && outcome.failsForLong === true;
      const state = isGone ? 'gone' : isGivenUp ? 'given_up' : failsForLong ? 'failing' : null;
      if (state)
        await notify(tx, {
          kind: 'delivery.failed',
          data: { name: await leaving.nameOf(delivery, tx), error: error!, state },
          userId: delivery.userId,
          at: now,
          accountId: null,
        });
      return state !== null;
    });
    onAttempt(name, met.is);
    if (told) events.wake(delivery.userId, 'notifications');
  }

  /** What becomes of a delivery by an outcome; a test is tried once. */
  function afterwards(
    { failures: before, notificationIds }: DeliveryRow,
    outcome: Outcome,
    triedSince: Date,
    now: Date,
  ): Partial<DeliveryRow> {
    if (outcome.is === 'delivered') return { state: 'delivered', endedAt: now };
    const failures = before + 1;
    const isLast = outcome.is === 'gone' || notificationIds.length === 0;
    const dueAt = isLast ? null : nextAttempt({ failures, triedSince }, now, random);
    return dueAt ? { failures, dueAt } : { failures, state: 'dead', endedAt: now };
  }

  async function idle(): Promise<void> {
    for (;;) {
      await look.idle();
      if (underWay.size === 0) return;
      await Promise.all([...underWay.values()].map(({ ended }) => ended)); // then it looks again
    }
  }

  return {
    /** Looks for what is due now. */
    look,
    /** Resolves when nothing is under way and nothing more is due. */
    idle,
    /** Begins nothing more; what is under way ends, or is cut off to be made again. */
    async stop(): Promise<void> {
      stopped = true;
      const ended = idle();
      await waitAtMost(clock, drainMs, ended);
      for (const { cutOff } of underWay.values()) cutOff.abort();
      await ended;
    },
  };
}

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason as Error);
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });

function countBy(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return counts;
}
