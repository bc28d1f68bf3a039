// A connection to RabbitMQ that is made again after every loss, until it is closed. What lives on it is rabbit-link.ts's part.
//
// amqplib can recover connections itself, but nobody listens to the errors of one that opens after `close` was called there, and an
// error that nobody listens to ends the process.
import { connect, type ChannelModel } from 'amqplib';
import { pause, type Clock } from '../lib/clock.ts';
import { backoffMs } from '../lib/retry.ts';
import { BusClosed } from './bus.ts';

const connectTimeoutMs = 10_000;
const retry = { firstMs: 100, maxMs: 5_000 };

export interface KeepConnection {
  url: string;
  /** What the broker's own lists call this connection. */
  name: string;
  /** Builds what lives on a connection that has just opened. One whose setup rejects is closed, and the next one tried. */
  setup: (model: ChannelModel) => Promise<void>;
  onConnected: () => void;
  /** Told of each connection that `onConnected` told of, unless it ends by `close`. */
  onLost: (err: Error) => void;
  onFailed: (err: unknown) => void;
  clock: Clock;
}

export interface KeptConnection {
  /** Resolves at the first connection; rejects when closed before. */
  ready(): Promise<void>;
  /** Says good-bye to the broker and ends every attempt to reach it. Never rejects; a broker that does not answer may keep it waiting. */
  close(): Promise<void>;
}

/** Connects in the background, again after 100 ms to 5 s when it fails or is lost. */
export function keepConnected(deps: KeepConnection): KeptConnection {
  const { url, name, setup, onConnected, onLost, onFailed, clock } = deps;
  const closing = new AbortController();
  const first = Promise.withResolvers<void>();
  first.promise.catch(() => {}); // nobody may be waiting for it
  let failures = 0;

  /** One connection from its opening to its end; rejects when it could not be made. */
  async function connectOnce() {
    const clientProperties = { connection_name: name };
    const model = await connect(url, { noDelay: true, timeout: connectTimeoutMs, clientProperties });
    let reason: Error | undefined;
    model.on('error', (err) => (reason = err)); // 'close' follows
    const ended = new Promise((resolve) => model.once('close', resolve));
    // amqplib never answers a close that the loss of the connection overtakes.
    const end = () => Promise.race([ended, model.close().catch(() => {})]);
    closing.signal.addEventListener('abort', end, { once: true });
    try {
      closing.signal.throwIfAborted();
      await setup(model);
      closing.signal.throwIfAborted();
    } catch (err) {
      await end();
      throw reason ?? err; // what the broker said, not that a channel was told no more
    }
    failures = 0;
    onConnected();
    first.resolve();
    await ended;
    closing.signal.removeEventListener('abort', end);
    if (!closing.signal.aborted) onLost(reason ?? new Error('the broker closed the connection'));
  }
  async function run() {
    while (!closing.signal.aborted) {
      await connectOnce().catch((err: unknown) => void (closing.signal.aborted || onFailed(err)));
      await pause(clock, backoffMs(failures++, retry), closing.signal);
    }
  }
  const running = run();
  return {
    ready: () => first.promise,
    async close() {
      closing.abort();
      first.reject(new BusClosed('the bus is closed'));
      await running;
    },
  };
}
