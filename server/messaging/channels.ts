// The durable channels: what a message of each looks like, and what its order is kept by. Their queues follow from it in topology.ts.
import { z } from 'zod';

/** What every durable message bears: by it a consumer recognises one that was delivered before. */
export interface DurableMessage {
  eventId: string;
}

export interface DurableChannel<M extends DurableMessage> {
  /** Plain JSON, as it travels. A body in another shape is a dead letter. */
  schema: z.ZodType<M>;
  /** Messages with one key keep their order and are handled one at a time: the id of an account, of a user, a feed … */
  keyOf(message: M): string;
}

/** A kind of message for each name. */
export type DurableKinds = Record<string, DurableMessage>;
export type DurableTable<Kinds extends DurableKinds> = {
  readonly [Name in keyof Kinds]: DurableChannel<Kinds[Name]>;
};

export const durableChannel = <M extends DurableMessage>(
  schema: z.ZodType<M>,
  keyOf: (message: M) => string,
): DurableChannel<M> => ({ schema, keyOf });

/** The channels of the product: scarce, stored, in order per key, delivered at least once. A new one is an entry here. */
export const durableChannels = {
  /** What the broker's streams tell of accounts. */
  account: durableChannel(
    z.looseObject({ eventId: z.string(), accountId: z.string() }),
    ({ accountId }) => accountId,
  ),
};
export type DurableMessages = {
  [Name in keyof typeof durableChannels]: z.output<(typeof durableChannels)[Name]['schema']>;
};
