// Short texts to every process that shares the database, by PostgreSQL's NOTIFY: hints to look, lost by whoever does not listen.
import { again } from '../lib/again.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { waitAtMost } from '../lib/within.ts';
import type { Database } from './client.ts';
import { defaultListenerLimits, startListener, type ListenerLimits } from './listener.ts';

/** PostgreSQL: a payload must be shorter than 8,000 bytes. */
const maxTextBytes = 7_999;
/** Texts waiting while the database is slow; beyond, the oldest is dropped. */
const maxWaiting = 10_000;
const textsPerStatement = 500;
const closeTimeoutMs = 3_000;

export interface Notices {
  /** Fire and forget: never blocks, never throws. Lost while the database is away. */
  send(text: string): void;
  /** Gets every text from now on, this process's own as well; once a process. `onGap`: some may have been missed. */
  listen(listener: { onText: (text: string) => void; onGap: () => void }): void;
  /** Sends what waits (bounded), and stops listening. */
  close(): Promise<void>;
}

/** `channel` names the installation, at most 63 bytes; `name` is unique to this process. Costs a connection once it listens. */
export function createNotices({
  database: { pool },
  url,
  channel,
  name,
  clock,
  logger,
  limits = {},
}: {
  database: Database;
  url: string;
  channel: string;
  name: string;
  clock: Clock;
  logger: Logger;
  limits?: Partial<ListenerLimits>;
}): Notices {
  const waiting: string[] = [];
  let failing = false;
  let stopListening: (() => Promise<void>) | undefined;
  let closed = false;

  const tell = (texts: readonly string[]) =>
    pool.query('select pg_notify($1, text) from unnest($2::text[]) as text', [channel, texts]);
  const sendWaiting = again(async () => {
    while (waiting.length > 0) {
      try {
        await tell(waiting.splice(0, textsPerStatement));
        failing = false;
      } catch (err) {
        if (!failing) logger.warn({ err }, 'processes that share the database could not be told (said once)');
        failing = true;
      }
    }
  });
  return {
    send(text) {
      if (closed) return;
      if (Buffer.byteLength(text) > maxTextBytes)
        return logger.error({ bytes: Buffer.byteLength(text) }, 'a notice is too long and was not sent');
      waiting.push(text);
      if (waiting.length > maxWaiting) waiting.shift();
      sendWaiting();
    },
    listen({ onText, onGap }) {
      if (closed) return;
      stopListening ??= startListener({
        url,
        channel,
        name,
        tell: (text) => tell([text]),
        onText,
        onGap,
        clock,
        logger,
        limits: { ...defaultListenerLimits, ...limits },
      });
    },
    async close() {
      closed = true;
      await stopListening?.();
      await waitAtMost(clock, closeTimeoutMs, sendWaiting.idle());
    },
  };
}
