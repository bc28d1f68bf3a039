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
  /** The bus has not taken even the order to read everything, though it was offered many times: no news of the account gets through. */
  overdue(): boolean;
  /** Resolves when a send under way has ended. */
  close(): Promise<void>;
}

interface OutboxDeps {
  bus: Bus;
  clock: Clock;
  logger: Logger;
  limits: GatewayLimits;
  /** Of the lease while this process surely holds the stream. */
  epoch: () => number | undefined;
  /** Told when events were given up: makes the `reconnected` that covers them. */
  onGap: () => AccountEvent;
}

export function createOutbox({ bus, clock, logger, limits, epoch, onGap }: OutboxDeps): Outbox {
  let queue: AccountEvent[] = [];
  const closing = new AbortController();

  let failures = 0;
  const overdueAfter = 2 * limits.maxSendAttempts;
  /**
   * The reads that follow see all that these events tell, and more. Only `reconnected` is never given up, since nothing else would make
   * up for it: it is one, it is tried every few seconds at most, and from some time on it is told as overdue.
   */
  function giveUp(why: string) {
    logger.warn({ events: queue.length }, `${why}: everything will be read instead`);
    queue = [onGap()];
  }
  function failed(err: unknown) {
    logger.debug({ err }, 'an account event was not sent');
    if (failures >= limits.maxSendAttempts && queue.some(({ kind }) => kind !== 'reconnected'))
      giveUp('account events cannot be sent');
    const waitMs = backoffMs(failures++, { firstMs: limits.sendRetryFirstMs, maxMs: limits.sendRetryMaxMs });
    if (failures === overdueAfter)
      logger.error({ err, failures }, 'the news of an account does not get through to the workers');
    return waitMs;
  }
  function sent() {
    if (failures >= overdueAfter) logger.info({ failures }, 'the news of an account gets through again');
    failures = 0;
  }
  const send = again(async () => {
    await turn(); // the broker tells of one deal in several messages that arrive together
    for (let [first] = queue; first && !closing.signal.aborted; [first] = queue) {
      try {
        // Not for the moment, or no more: what is lost then is cleared.
        const present = epoch();
        if (present === undefined) throw new Error('the lease is not sure');
        const others = queue.slice(1, limits.maxEventsPerMessage);
        await bus.send('account', toMessage([first, ...others], present));
        sent();
        if (queue[0] === first) queue.splice(0, 1 + others.length);
      } catch (err) {
        await pause(clock, failed(err), closing.signal);
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
      failures = 0;
    },
    waiting: () => queue.length,
    overdue: () => queue.length > 0 && failures >= overdueAfter,
    async close() {
      closing.abort();
      await send.idle();
    },
  };
}
