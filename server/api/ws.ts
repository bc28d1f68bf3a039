// The WebSockets of one HTTP server, tRPC and plain: which upgrades are taken, which sockets there are, and how all of them end.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AnyTRPCRouter } from '@trpc/server';
import { WebSocketServer, type WebSocket } from 'ws';
import { AppError } from '../lib/app-error.ts';
import { pause, type Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Logger } from '../lib/logger.ts';
import type { ContextFactory } from './context.ts';
import { channelsOf, type ChannelTable } from './channels.ts';
import type { Holdings } from './holdings.ts';
import { rawAnswer } from './raw-answer.ts';
import { ambiguityOf, credentialInUrl, credentialsOf, wrongHost } from './request-rules.ts';
import { createUnproven, defaultUnprovenLimits } from './unproven.ts';
import { defaultSocketLimits, type Connection, type LineDeps } from './ws-connection.ts';
import { unreadInAddress } from './ws-message.ts';
import { openPlainConnection } from './ws-plain.ts';
import { openTrpcConnection } from './ws-trpc.ts';
import { createFrameWriter } from '../realtime/frames.ts';

export const defaultWsLimits = {
  ...defaultSocketLimits,
  ...defaultUnprovenLimits,
  /** In one process; 5,000 is what is promised. */
  maxSockets: 10_000,
  /** Of maxSockets, for callers who have not proved yet who they are: the others are kept for those who have. */
  unprovenShare: 0.1,
  /** At a shutdown, how long clients may move to another server by themselves before they are closed with 1012. */
  moveWithinMs: 500,
};
export type WsLimits = typeof defaultWsLimits;

export interface WsStats {
  sockets: number;
  /** What this process holds for all of them because they do not read it. */
  bufferedBytes: number;
  opened: number;
  refused: number;
  /** By the code this server closed with; 1000 counts those that left. */
  closed: Readonly<Record<number, number>>;
}

export interface WebSockets {
  stats(): WsStats;
  /** Takes no more sockets, asks clients to reconnect, then closes with 1012. Bounded by moveWithinMs + closeWithinMs. Safe to call twice. */
  shutdown(): Promise<void>;
}

export interface WsDeps {
  server: Server;
  router: AnyTRPCRouter;
  /** The plain sockets; without it there are none. */
  channels?: ChannelTable;
  contexts: Pick<ContextFactory, 'forSocket' | 'callerOf' | 'cookieName'>;
  isAllowedHost: (req: IncomingMessage) => boolean;
  /** A socket lives as long as what its caller proved with holds: the session, not the access token. */
  holdings: Pick<Holdings, 'hold'>;
  ids: Ids;
  logger: Logger;
  clock: Clock;
  limits?: Partial<WsLimits>;
}

/** Takes WebSocket upgrades of `server` at /trpc, and at /ws/PATH/ for each path of `channels`. */
export function attachWebSockets({
  server,
  router,
  channels = {},
  contexts,
  isAllowedHost,
  holdings,
  ids,
  logger,
  clock,
  limits: given,
}: WsDeps): WebSockets {
  const limits = { ...defaultWsLimits, ...given };
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: limits.maxMessageBytes,
    // One message a turn, however many have come: what one client sends holds up no other.
    allowSynchronousEvents: false,
  });
  const frames = createFrameWriter(clock);
  const plain = channelsOf(router, channels);
  const connections = new Set<Connection>();
  const unproven = createUnproven<Connection>({
    pushOut: (connection) => connection.cut(4408, new AppError('auth.required')),
    clock,
    limits: { ...limits, maxUnproven: Math.ceil(limits.maxSockets * limits.unprovenShare) },
  });
  const stats = { opened: 0, refused: 0, closed: {} as Record<number, number> };
  let shuttingDown: Promise<void> | undefined;
  let noneLeft = () => {};

  /** `trpc`, or the channels of a plain socket; undefined where there is none. */
  function faceAt(url: string) {
    const [, face, path] = /^\/(?:(trpc)|ws\/([a-z-]+))\/?(?:\?|$)/.exec(url) ?? [];
    return face === 'trpc' ? face : plain.get(path ?? '');
  }
  function refusalOf(req: IncomingMessage): AppError | undefined {
    const ambiguity = ambiguityOf(req);
    if (ambiguity) return ambiguity;
    if (!isAllowedHost(req)) return wrongHost(req);
    const face = faceAt(req.url!);
    if (!face) return new AppError('request.unknown_path');
    if (credentialInUrl(req.url)) return new AppError('request.credentials_in_url');
    const unread = unreadInAddress(req.url!, face === 'trpc' ? ['connectionParams'] : []);
    if (unread) return unread;
    if (shuttingDown || connections.size >= limits.maxSockets)
      return new AppError('server.unavailable', { retryAfterMs: 1_000 });
    return unproven.makeRoom(contexts.callerOf(req).address);
  }
  function onUpgrade(req: IncomingMessage, stream: Duplex, head: Buffer) {
    const onStreamError = (err: unknown) => logger.debug({ err }, 'a connection broke while it was upgraded');
    stream.on('error', onStreamError);
    const refusal = refusalOf(req);
    if (refusal) {
      stats.refused++;
      return refuse(stream, refusal, ids.next('req'));
    }
    wss.handleUpgrade(req, stream, head, (ws) => {
      stream.off('error', onStreamError);
      stats.opened++;
      const connection = open(ws, stream, req);
      connections.add(connection);
      unproven.add(connection, contexts.callerOf(req).address);
    });
  }
  const deps: LineDeps = {
    frames,
    createContext: contexts.forSocket,
    holdings,
    onProved: unproven.remove,
    onClosed,
    logger,
    clock,
    limits,
  };
  function open(ws: WebSocket, stream: Duplex, req: IncomingMessage): Connection {
    const face = faceAt(req.url!)!;
    if (face === 'trpc') return openTrpcConnection(ws, stream, req, { ...deps, router, wss });
    const hasCookie = credentialsOf(req.headers, contexts.cookieName).cookie !== undefined;
    const hasHeader = req.headers.authorization !== undefined;
    return openPlainConnection(ws, stream, req, {
      ...deps,
      channels: face,
      requestId: ids.next('req'),
      hasCookie: hasCookie && !hasHeader,
    });
  }
  function onClosed(connection: Connection, code: number) {
    connections.delete(connection);
    unproven.remove(connection);
    stats.closed[code] = (stats.closed[code] ?? 0) + 1;
    if (connections.size === 0) noneLeft();
  }
  server.on('upgrade', onUpgrade);

  async function shutDown() {
    const left = new AbortController();
    noneLeft = () => left.abort();
    if (connections.size === 0) noneLeft();
    for (const connection of connections) connection.askToReconnect();
    await pause(clock, limits.moveWithinMs, left.signal);
    for (const connection of connections) connection.end(1012);
    await pause(clock, limits.closeWithinMs * 1.5, left.signal);
    // Until here upgrades were answered with 503, which a stock client takes as "try again later".
    server.off('upgrade', onUpgrade);
  }
  return {
    stats: () => ({
      ...stats,
      sockets: connections.size,
      bufferedBytes: [...connections].reduce((sum, each) => sum + each.bufferedBytes, 0),
    }),
    shutdown: () => (shuttingDown ??= shutDown()),
  };
}

/** Answers an upgrade with the error object and ends the connection. */
function refuse(stream: Duplex, error: AppError, requestId: string): void {
  stream.once('finish', () => stream.destroy());
  stream.end(rawAnswer(error, requestId));
}
