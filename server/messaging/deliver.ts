// What both buses do with a handler: retries in place, the verdict, faults contained. Knows neither broker nor queue.
import { pause, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { backoffMs } from '../lib/retry.ts';
import { SendFailed, type BusStats, type ConsumeOptions } from './bus.ts';
import type { DurableChannel, DurableMessage } from './channels.ts';
import { shardOf, type BusLimits } from './topology.ts';

export interface BusDeps {
  logger: Logger;
  clock: Clock;
  limits: BusLimits;
}

export interface Delivery<M> extends ConsumeOptions {
  message: M;
  handler: (message: M) => Promise<void>;
  /** Aborts when the message is no longer ours: it will be delivered again, to whoever consumes then. */
  signal: AbortSignal;
}

/** The shard of a message on its way out. Throws SendFailed when it is not one of the channel: nobody could read it. */
export function shardFor<M extends DurableMessage>({ schema, keyOf }: DurableChannel<M>, message: M): number {
  const { success, data, error } = schema.safeParse(message);
  if (!success) throw new SendFailed('this is not a message of the channel', 'no', { cause: error });
  return shardOf(keyOf(data));
}

/**
 * Calls the handler until it resolves (`done`), has failed `maxDeliveries` times (`dead`) or the signal aborts between two
 * attempts (`abandoned`). Retrying here and not through the broker keeps the order and allows a pause. Never rejects.
 */
export async function deliver<M extends DurableMessage>(
  { message, handler, signal, countsAsFailure = () => true, onDead }: Delivery<M>,
  { logger, clock, limits, stats, guard }: BusDeps & { stats: BusStats; guard: Guard },
): Promise<'done' | 'dead' | 'abandoned'> {
  let failures = 0;
  for (let attempt = 0; !signal.aborted; attempt++) {
    try {
      await handler(message);
      return 'done';
    } catch (err) {
      stats.failed++;
      if (guard.call('countsAsFailure threw', () => countsAsFailure(err)) ?? true) failures++;
      const facts = { err, eventId: message.eventId, attempt: attempt + 1 };
      if (failures >= limits.maxDeliveries) {
        stats.deadLettered++;
        logger.error(facts, 'a durable message failed too often and is now a dead letter');
        await guard.told(onDead, { message, error: err });
        return 'dead';
      }
      logger.warn(facts, 'the handler of a durable message failed, trying again');
      await pause(
        clock,
        backoffMs(attempt, { firstMs: limits.retryFirstMs, maxMs: limits.retryMaxMs }),
        signal,
      );
    }
  }
  return 'abandoned';
}

/** Keeps what is not ours from breaking the bus. A flood of one fault is one line in the log. */
export function createGuard(logger: Logger, stats: BusStats) {
  const said = new Set<string>();
  const once = (text: string, facts: object) => {
    if (!said.has(text)) logger.error(facts, `${text} (said once)`);
    said.add(text);
  };
  /** The result of `run`, or undefined when it throws. */
  function call<T>(text: string, run: () => T): T | undefined {
    try {
      return run();
    } catch (err) {
      once(text, { err });
      return undefined;
    }
  }
  return {
    once,
    call,
    /** Tells of a dead letter. */
    async told(
      onDead: ConsumeOptions['onDead'],
      dead: Parameters<NonNullable<ConsumeOptions['onDead']>>[0],
    ): Promise<void> {
      try {
        await onDead?.(dead);
      } catch (err) {
        logger.error({ err, eventId: dead.message?.eventId }, 'nobody could be told of a dead letter');
      }
    },
    /** Hands a transient message to its subscriber. */
    run<M>(channel: string, handler: (message: M, key: string) => void, message: M, key: string): void {
      try {
        handler(message, key);
      } catch (err) {
        stats.failed++;
        once(`a subscriber to ${channel} threw`, { err, key });
      }
    },
  };
}
export type Guard = ReturnType<typeof createGuard>;
