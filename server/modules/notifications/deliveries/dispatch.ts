// From notifications to deliveries: what nobody has looked at yet is looked at once, in one transaction with what is made of it. Whoever dies meanwhile leaves it as it was.
import type { Database } from '../../../db/client.ts';
import { inTransaction, type Tx } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { UserEvents } from '../../events/index.ts';
import { leavingOf, type Channels, type LeavingChannel } from '../channels.ts';
import type { DeliveryRow } from '../channels/channel.ts';
import { severityOf } from '../kinds.ts';
import { mutesAny, wants } from '../preferences/choices.ts';
import { quietUntil } from '../preferences/quiet-hours.ts';
import type { PreferencesStore, StoredPreferences } from '../preferences/store.ts';
import type { NotificationService } from '../service.ts';
import type { StoredNotification } from '../store.ts';
import { digestMs, gatherDigests } from './digest.ts';
import { createDispatchStore } from './dispatch-store.ts';
import type { DeliveryStore } from './store.ts';

/** Of one look. */
const mostUsers = 100;
/** Of one transaction. */
const mostNotifications = 200;

export interface DispatchDeps {
  database: Database;
  store: DeliveryStore;
  preferences: Pick<PreferencesStore, 'find'>;
  channels: Channels;
  notifications: Pick<NotificationService, 'markReadIn'>;
  events: Pick<UserEvents, 'lock' | 'wake'>;
  ids: Ids;
  clock: Clock;
}

export const newDelivery = (
  row: Pick<
    DeliveryRow,
    | 'id'
    | 'userId'
    | 'channel'
    | 'webhookId'
    | 'lane'
    | 'kind'
    | 'notificationIds'
    | 'messageId'
    | 'body'
    | 'dueAt'
    | 'createdAt'
  >,
): DeliveryRow => ({
  state: 'waiting',
  claim: null,
  claimedUntil: null,
  attempts: 0,
  failures: 0,
  triedSince: null,
  failedAt: null,
  lastStatus: null,
  lastError: null,
  endedAt: null,
  ...row,
});

/** When what is due `at` may be sent; null: then. */
export const heldUntil = (
  { quietHours }: Pick<StoredPreferences, 'quietHours'>,
  { leaving }: LeavingChannel,
  kind: string,
  at: Date,
): Date | null =>
  quietHours && leaving.keepsQuiet && severityOf(kind) !== 'critical' ? quietUntil(quietHours, at) : null;

export function createDispatch(deps: DispatchDeps) {
  const { database, store, preferences, channels, notifications, events, ids, clock } = deps;
  const outbox = createDispatchStore(database.db);

  /** Looks at some, and says whether there may be more. */
  async function dispatchUser(userId: string): Promise<{ isMore: boolean }> {
    const { found, muted } = await inTransaction(database.db, async (tx) => {
      if (!(await outbox.lockDispatch(tx, userId))) return { found: 0, muted: 0 };
      const chosen = await preferences.find(userId, tx);
      const mutes = mutesAny(chosen.choices, 'in_app');
      // As whoever marks as read: before the rows.
      if (mutes) events.lock(tx, userId, 'notifications');
      const rows = await outbox.undispatched(tx, userId, mostNotifications);
      if (rows.length === 0) return { found: 0, muted: 0 };
      const now = clock.now();
      const made: DeliveryRow[] = [];
      for (const channel of leavingOf(channels)) {
        const wanted = rows.filter(({ kind }) => wants(chosen.choices, kind, channel));
        if (wanted.length === 0 || (await channel.leaving.problemOf(userId, tx)) !== null) continue;
        for (const [kind, ofKind] of Map.groupBy(wanted, (row) => row.kind))
          made.push(...(await deliveriesOf(tx, { userId, channel, kind, rows: ofKind, chosen, now })));
      }
      if (made.length > 0) await store.insert(tx, made);
      await outbox.markDispatched(
        tx,
        rows.map(({ id }) => id),
        now,
      );
      const unwanted = mutes ? rows.filter(({ kind }) => !wants(chosen.choices, kind, channels.in_app)) : [];
      if (unwanted.length > 0)
        await notifications.markReadIn(
          tx,
          userId,
          unwanted.map(({ id }) => id),
        );
      return { found: rows.length, muted: unwanted.length };
    });
    if (muted > 0) events.wake(userId, 'notifications');
    return { isMore: found === mostNotifications };
  }

  /** Those of one kind by one channel. */
  async function deliveriesOf(
    tx: Tx,
    {
      userId,
      channel,
      kind,
      rows,
      chosen,
      now,
    }: {
      userId: string;
      channel: LeavingChannel;
      kind: string;
      rows: StoredNotification[];
      chosen: StoredPreferences;
      now: Date;
    },
  ): Promise<DeliveryRow[]> {
    const { name, leaving } = channel;
    const targets = await leaving.targetsOf(tx, userId, kind);
    const held = (at: Date) => heldUntil(chosen, channel, kind, at);
    const common = { userId, channel: name, kind, createdAt: now };
    if (!leaving.digests)
      return targets.flatMap((target) =>
        rows.map((row) =>
          newDelivery({
            ...common,
            ...target,
            id: ids.next('dlv'),
            notificationIds: [row.id],
            messageId: row.id,
            body: leaving.bodyOf?.(row) ?? null,
            dueAt: held(now) ?? now,
          }),
        ),
      );
    const made: DeliveryRow[] = [];
    for (const target of targets) {
      const since = new Date(now.getTime() - digestMs);
      const soFar = await outbox.kindSoFar(tx, { ...common, now, since });
      const { fresh, joined } = gatherDigests(
        rows.map(({ id }) => id),
        soFar,
        { now, heldUntil: held, nextId: () => ids.next('dlv') },
      );
      for (const { id, notificationIds } of joined) await outbox.join(tx, id, notificationIds);
      made.push(
        ...fresh.map(({ id, dueAt, notificationIds }) =>
          newDelivery({
            ...common,
            ...target,
            id,
            dueAt,
            notificationIds: [...notificationIds],
            messageId: id,
            body: null,
          }),
        ),
      );
    }
    return made;
  }

  return {
    /** Looks at all there are, user by user. `onFailed` gets what went wrong with one: the others are looked at all the same. */
    async run(onFailed: (error: unknown, userId: string) => void): Promise<void> {
      for (let after = ''; ;) {
        const users = await outbox.undispatchedUsers(after, mostUsers);
        for (const userId of users) {
          try {
            while ((await dispatchUser(userId)).isMore);
          } catch (error) {
            onFailed(error, userId);
          }
        }
        if (users.length < mostUsers) return;
        after = users.at(-1)!;
      }
    },
  };
}
