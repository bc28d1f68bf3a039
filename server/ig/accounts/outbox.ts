// Account events on their way to the bus: in order, those told at once in one message, tried again while it refuses, and replaced by one order to read everything when that lasts.
import { setImmediate as turn } from 'node:timers/promises';
import { again } from '../../lib/again.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { Bus } from '../../messaging/bus.ts';
import type { AccountEvent } from '../../modules/trading/ports.ts';
import { toMessage } from './events.ts';
import type { GatewayLimits } from '../limits.ts';

interface Outbox {
  add(event: AccountEvent): void;
  /** Forgets what waits: another process now holds the stream, and begins by ordering to read everything. */
  clear(): void;
  /** Events that are not safe with the bus yet. */
  waiting(): number;
  /** Resolves when a send under way has ended. */
  close(): Promise<void>;
}

interface OutboxDeps {
  bus: Bus;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
  /** Whether this process still holds the stream. */
  mayStillSend: () => boolean;
  /** Told when events were given up: makes the `reconnected` that covers them. */
  onGap: () => AccountEvent;
}

export function createOutbox({ bus, clock, logger, limits, mayStillSend, onGap }: OutboxDeps): Outbox {
  let queue: AccountEvent[] = [];
  const closing = new AbortController();

  /** The reads that follow see all that these events tell, and more. Only `reconnected` itself is tried for ever: it is one. */
  function giveUp(why: string) {
    logger.warn({ events: queue.length }, `${why}: everything will be read instead`);
    queue = [onGap()];
  }
  const send = again(async () => {
    let failures = 0;
    await turn(); // the broker tells of one deal in several messages that arrive together
    for (let [first] = queue; first && !closing.signal.aborted; [first] = queue) {
      try {
        // Not for the moment, or no more: what is lost then is cleared.
        if (!mayStillSend()) throw new Error('the lease is not sure');
        const others = queue.slice(1, limits.maxEventsPerMessage);
        await bus.send('account', toMessage([first, ...others]));
        failures = 0;
        if (queue[0] === first) queue.splice(0, 1 + others.length);
      } catch (err) {
        logger.debug({ err }, 'an account event was not sent');
        if (failures >= limits.maxSendAttempts && queue.some(({ kind }) => kind !== 'reconnected'))
          giveUp('account events cannot be sent');
        await pause(
          clock,
          backoffMs(failures++, { firstMs: limits.sendRetryFirstMs, maxMs: limits.sendRetryMaxMs }),
          closing.signal,
        );
      }
    }
  });
  return {
    add(event) {
      queue.push(event);
      if (queue.length > limits.maxWaitingEvents) giveUp('too many account events wait');
      send();
    },
    clear() {
      queue = [];
    },
    waiting: () => queue.length,
    async close() {
      closing.abort();
      await send.idle();
    },
  };
}
