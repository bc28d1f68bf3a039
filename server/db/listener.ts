// One connection that listens to a channel of PostgreSQL and comes back after every loss. What arrives means nothing here.
import pg from 'pg';
import { pause, type Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { backoffMs } from '../lib/retry.ts';
import { waitAtMost, within } from '../lib/within.ts';
import { Session } from './session.ts';

export const defaultListenerLimits = {
  connectTimeoutMs: 10_000,
  retryFirstMs: 100,
  retryMaxMs: 5_000,
  /** A probe finds a connection that was lost without an error, and a pooler that passes no notifications on. One takes a round trip. */
  probeEveryMs: 30_000,
  probeWithinMs: 5_000,
  closeTimeoutMs: 2_000,
};
export type ListenerLimits = typeof defaultListenerLimits;

export interface ListenerDeps {
  url: string;
  channel: string;
  /** Unique to this process: tells its probes from others'. */
  name: string;
  /** Tells the channel something over another connection. */
  tell: (text: string) => Promise<unknown>;
  onText: (text: string) => void;
  /** What was told until now may have been missed: after each connection, and now and then while nothing arrives. */
  onGap: () => void;
  clock: Clock;
  logger: Logger;
  limits: ListenerLimits;
}

/** What probes begin with; they are not handed on. */
export const probeMark = '?';

/** Listens at once, and until the returned function is called. It never rejects and never gives up. */
export function startListener(deps: ListenerDeps): () => Promise<void> {
  const { tell, onText, onGap, clock, logger, limits } = deps;
  const closing = new AbortController();
  let probes = 0;
  let awaited: { text: string; heard: () => void } | undefined;

  function received(text: string) {
    if (text === awaited?.text) awaited.heard();
    else if (!text.startsWith(probeMark)) onText(text);
  }
  /** Whether a notification sent now arrives here in time. */
  async function probe(gone: AbortSignal): Promise<boolean> {
    const text = `${probeMark}${deps.name} ${++probes}`;
    const { promise, resolve: heard, reject: lost } = Promise.withResolvers<void>();
    awaited = { text, heard };
    gone.addEventListener('abort', lost, { once: true });
    try {
      tell(text).catch(lost);
      await within(clock, limits.probeWithinMs, () => promise);
      return true;
    } catch {
      return false;
    } finally {
      gone.removeEventListener('abort', lost);
    }
  }

  let failing = false;
  function trouble(text: string, facts: object = {}) {
    if (!failing && !closing.signal.aborted) logger.warn(facts, text);
    failing = true;
  }
  function recovered() {
    if (failing) logger.info('what other processes tell by the database is heard again');
    failing = false;
    onGap();
  }

  /** Keeps one connection until it is of no more use. Gives whether anything ever arrived on it; rejects when it cannot be made. */
  async function listenOnce(): Promise<boolean> {
    const line = openLine(deps, received);
    const leave = () => line.lose();
    closing.signal.addEventListener('abort', leave, { once: true });
    try {
      await line.ready;
      let heard = false;
      while (!line.gone.aborted && (await probe(line.gone))) {
        if (!heard) recovered();
        heard = true;
        await pause(clock, limits.probeEveryMs, line.gone);
      }
      return heard || line.gone.aborted;
    } finally {
      closing.signal.removeEventListener('abort', leave);
      await line.close();
    }
  }
  async function run() {
    for (let failures = 0; !closing.signal.aborted;) {
      try {
        if (await listenOnce()) failures = 0;
        else {
          trouble(
            'notifications of the database do not arrive here, as behind a pooler in transaction mode: what a command in another process changes is seen when it is next looked for',
          );
          onGap();
          await pause(clock, limits.probeEveryMs, closing.signal);
        }
      } catch (err) {
        trouble('the database cannot be listened to, trying again until it can (said once)', { err });
      }
      const { retryFirstMs: firstMs, retryMaxMs: maxMs } = limits;
      await pause(clock, backoffMs(failures++, { firstMs, maxMs }), closing.signal);
    }
  }
  const running = run();
  return () => {
    closing.abort();
    return running;
  };
}

/** A connection of its own that listens. `ready` rejects when it cannot; `gone` aborts when it is lost. */
function openLine(
  { url, channel, clock, limits }: ListenerDeps,
  received: (text: string) => void,
): { ready: Promise<unknown>; gone: AbortSignal; lose(): void; close(): Promise<void> } {
  const gone = new AbortController();
  const client = new Session({
    connectionString: url,
    application_name: 'ftrader-listen',
    connectionTimeoutMillis: limits.connectTimeoutMs,
    keepAlive: true,
  });
  client.on('error', () => gone.abort());
  client.on('end', () => gone.abort());
  client.on('notification', ({ payload = '' }) => received(payload));
  return {
    ready: client.connect().then(() => client.query(`listen ${pg.escapeIdentifier(channel)}`)),
    gone: gone.signal,
    lose: () => gone.abort(),
    // A line that is dead never answers the good-bye.
    close: () => waitAtMost(clock, limits.closeTimeoutMs, client.end()),
  };
}
