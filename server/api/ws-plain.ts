// Plain JSON on a WebSocket: channels over the same subscriptions as tRPC's. What is said is in shared/sockets.ts; which channels there are, in channels.ts.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { getTRPCErrorFromUnknown, isTrackedEnvelope } from '@trpc/server';
import type { RawData, WebSocket } from 'ws';
import type { ServerMessage, Subscribe, SubscriptionId } from '../../shared/sockets.ts';
import { AppError } from '../lib/app-error.ts';
import { defaultFollowLimits } from '../realtime/limits.ts';
import { roomOn } from '../realtime/room.ts';
import type { Context, WrittenForm } from '../trpc/context.ts';
import { toAppError, toErrorBody } from '../trpc/errors.ts';
import { logFailure } from './answer.ts';
import type { Channels } from './channels.ts';
import { closeCodeOf, openLine, type Connection, type LineDeps } from './ws-connection.ts';
import { readClientMessage } from './ws-message.ts';

export interface PlainConnectionDeps extends LineDeps {
  channels: Channels;
  /** Named in errors until the caller is known. */
  requestId: string;
  /** Whether the upgrade bears the cookie of this installation, and nothing else that proves. */
  hasCookie: boolean;
}

interface Open {
  over: AbortController;
  ended: Promise<void>;
}

/** Serves `channels` on `ws`, which was made on `stream`. */
export function openPlainConnection(
  ws: WebSocket,
  stream: Duplex,
  req: IncomingMessage,
  deps: PlainConnectionDeps,
): Connection {
  const { channels, clock, limits, logger } = deps;
  let { requestId } = deps;
  let started: WrittenForm | undefined;
  const refusalText = (id: SubscriptionId | null, error: AppError) =>
    textOf({ type: 'error', id, error: toErrorBody(error, error.options.requestId ?? requestId) });
  const line = openLine(
    ws,
    stream,
    req,
    { errorText: (error) => refusalText(null, error), takeStarted: () => started },
    deps,
  );
  const { connection, socket } = line;
  /** The last of each id; one that was told to end may be on its way out still. */
  const open = new Map<SubscriptionId, Open>();
  let caller: Promise<Context> | undefined;
  let isFirst = true;
  let malformed = 0;
  let heardAtMs = clock.monotonicMs();
  let stopBeating = () => {};

  const say = (message: ServerMessage) => socket.send(textOf(message));
  const sayRefused = (id: SubscriptionId | null, error: AppError) => socket.send(refusalText(id, error));
  function refuse(thrown: unknown) {
    const error = toAppError(thrown);
    connection.end(closeCodeOf(error), error);
  }

  async function prove(token: string | undefined): Promise<Context> {
    const context = await line.prove(token === undefined ? null : { token });
    requestId = context.requestId;
    say({ type: 'authenticated', at: clock.now() });
    stopBeating();
    stopBeating = clock.every(limits.pingEveryMs, beat);
    return context;
  }
  function beat() {
    if (clock.monotonicMs() - heardAtMs > limits.pongWithinMs) return ws.terminate();
    say({ type: 'heartbeat', at: clock.now() });
    if (socket.open) ws.ping();
  }

  function onMessage(data: RawData, isBinary: boolean) {
    heardAtMs = clock.monotonicMs();
    if (line.closing) return;
    const message = readClientMessage(data, isBinary);
    const wasFirst = isFirst;
    isFirst = false;
    if (message instanceof AppError) {
      const isEnd = (wasFirst && !caller) || ++malformed >= limits.maxMalformed;
      return isEnd ? connection.end(4400, message) : sayRefused(null, message);
    }
    if (message.type === 'authenticate') {
      if (!wasFirst) return sayRefused(null, notFirst());
      const before = caller;
      caller = (before?.catch(() => {}) ?? Promise.resolve()).then(() => prove(message.token));
      return void caller.catch(refuse);
    }
    // What comes before the caller is known waits for that, in order.
    (caller ?? Promise.reject(new AppError('auth.required'))).then((context) => {
      if (line.closing) return;
      if (message.type === 'subscribe') void run(context, message);
      else unsubscribe(message.id);
    }, refuse);
  }
  function unsubscribe(id: SubscriptionId) {
    const over = open.get(id)?.over;
    if (over && !over.signal.aborted) return over.abort();
    sayRefused(null, invalid('id', 'is that of no open subscription on this socket'));
  }

  async function run(context: Context, { id, channel, input }: Subscribe) {
    const procedure = channels.get(channel);
    const before = open.get(id);
    if (before && !before.over.signal.aborted)
      return sayRefused(null, invalid('id', 'is that of a subscription that is open: choose another'));
    if (!procedure) return sayRefused(id, invalid('channel', `must be ${[...channels.keys()].join(' or ')}`));
    const over = new AbortController();
    const ended = Promise.withResolvers<void>();
    const self = { over, ended: ended.promise };
    open.set(id, self);
    // Whoever ends a subscription and begins another under its id at once reads the end of the one first.
    if (before) await before.ended;
    try {
      const values = (await procedure.call({
        ctx: context,
        path: procedure.name,
        type: 'subscription',
        getRawInput: async () => input ?? {},
        signal: over.signal,
        batchIndex: 0,
      })) as AsyncIterable<unknown>;
      say({ type: 'subscribed', id, channel });
      const opening = `{"type":"data","id":${JSON.stringify(id)},`;
      await deliver(values, opening, over.signal);
      say({ type: 'unsubscribed', id });
    } catch (thrown) {
      const error = toAppError(getTRPCErrorFromUnknown(thrown));
      logFailure(logger, error, { requestId, path: procedure.name });
      sayRefused(id, error);
    } finally {
      if (open.get(id) === self) open.delete(id);
      ended.resolve();
    }
  }
  /** Sends what is yielded, each when the client has room for it. What writes its messages itself yields nothing, and ends when it is over. */
  async function deliver(values: AsyncIterable<unknown>, opening: string, over: AbortSignal) {
    started = { form: 'plain', opening };
    const iterator = values[Symbol.asyncIterator]();
    started = undefined;
    while (await roomOn(socket, { clock, limits: defaultFollowLimits, over })) {
      const { done, value } = await iterator.next();
      if (done) return;
      const [place, data] = isTrackedEnvelope(value)
        ? [`"eventId":${JSON.stringify(value[0])},`, value[1]]
        : ['', value];
      socket.send(`${opening}${place}"data":${JSON.stringify(data)}}`);
    }
    await iterator.return?.();
  }

  ws.on('message', onMessage);
  ws.on('pong', () => (heardAtMs = clock.monotonicMs()));
  ws.once('close', () => {
    stopBeating();
    for (const { over } of open.values()) over.abort();
  });
  // Whoever sends a header means it. A cookie comes along by itself, perhaps a stale one: then the first message may still say who calls.
  if (req.headers.authorization !== undefined || deps.hasCookie) {
    caller = prove(undefined);
    caller.catch((thrown) => deps.hasCookie || refuse(thrown));
  }
  return connection;
}

const textOf = (message: ServerMessage) => JSON.stringify(message);
const invalid = (field: string, problem: string) =>
  new AppError('request.invalid', { fields: { [field]: problem } });
const notFirst = () =>
  invalid('type', 'may be authenticate in the first message only: open another socket for another login');
