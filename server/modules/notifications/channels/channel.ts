// What every channel answers. The channels are the other files here; ../channels.ts lists them.
import type { deliveries } from '../../../../drizzle/schema/index.ts';
import type { ChannelName } from '../../../../shared/notification-preferences.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import type { Severity } from '../../../../shared/notifications.ts';
import type { StoredNotification } from '../store.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;

/** How an attempt ended. `gone`: nobody is there any more, now and later. `error` is a sentence. */
export type Outcome =
  | { is: 'delivered'; status?: number }
  | {
      is: 'failed' | 'gone';
      status?: number;
      error: string;
      /** It has failed for so long that its user is to be told, and was not yet. */
      failsForLong?: boolean;
    };

/** When an attempt began and ended. */
export interface Attempted {
  startedAt: Date;
  at: Date;
}

/** Where a message of some user goes. */
export interface Target {
  /** What has few under way at a time, so that it keeps nothing else from being sent. */
  lane: string;
  webhookId: string | null;
}

/** A channel by which messages leave this installation. */
export interface Leaving {
  /** Whether many of one kind within a minute become one message, which is then written when it is sent. */
  digests: boolean;
  /** Whether what is not critical waits for the end of quiet hours. */
  keepsQuiet: boolean;
  /** In one process: attempts under way at once, in all, of one user and in one lane; and how long each may take. */
  mostAtOnce: number;
  mostPerUser: number;
  mostPerLane: number;
  deadlineMs: number;
  /** Why nothing leaves by it to this user, as a sentence that says what to do; null: it does. */
  problemOf(userId: string, on?: Db | Tx): Promise<string | null>;
  /** Where notifications of this kind go. */
  targetsOf(tx: Db | Tx, userId: string, kind: string): Promise<Target[]>;
  /** The exact bytes of the message, where they are written beforehand. */
  bodyOf?(notification: StoredNotification): string;
  /** Reads what one attempt needs. `cancel`: it is not to be sent any more, with the reason as a sentence. */
  prepare(
    delivery: DeliveryRow,
  ): Promise<{ send: (signal: AbortSignal) => Promise<Outcome> } | { cancel: string }>;
  /**
   * With the transaction that stores the outcome, before the delivery itself is changed. Gives what the outcome is by now: `gone` is a
   * failure where another address has been given since.
   */
  settle?(tx: Tx, delivery: DeliveryRow, outcome: Outcome, when: Attempted): Promise<Outcome>;
  /** What failed, as a user calls it. */
  nameOf(delivery: DeliveryRow, on: Db | Tx): Promise<string>;
}

export interface Channel {
  name: ChannelName;
  /** Whether notifications of this severity go by it where nothing was chosen. */
  usual(severity: Severity): boolean;
  /** Whether its user may do without notifications of this severity. */
  mayBeMuted(severity: Severity): boolean;
  /** Null: the notification itself is the message, and is there already. */
  leaving: Leaving | null;
}
