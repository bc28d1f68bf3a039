// TLCP over WebSocket and over HTTP POST on the simulator's port: frames and bodies in, lines out.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Router } from 'express';
import express from 'express';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Faults } from '../faults/faults.ts';
import { parseLines, parseRequest } from './codec.ts';
import { protocolPattern, requestLimitBytes, type Channel, type StreamRequests } from './requests.ts';
import type { StreamConnection } from './session.ts';

/** A frame may carry a batch. */
const maxFrameBytes = 4 * requestLimitBytes;
/** A client that asks and never reads is cut off at so much unsent: more than a whole replay buffer of prices. */
const mostUnsentBytes = 4 * 1024 * 1024;
const ipOf = (request: IncomingMessage) =>
  (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');

/** Messages are not accepted by IG's adapters. */
function refuseMessage(params: URLSearchParams, channel: Channel) {
  channel.reply(
    `REQERR,${/^\d{1,15}$/.exec(params.get('LS_reqId') ?? '')?.[0] ?? '0'},-1,Messages are not accepted`,
  );
}

/** Serves `/lightstreamer` upgrades of `server`; the returned function closes every socket at once. */
export function serveSockets(server: Server, requests: StreamRequests, faults: Faults): () => void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxFrameBytes,
    perMessageDeflate: false,
    handleProtocols: (offered) => [...offered].find((name) => protocolPattern.test(name)) ?? false,
  });
  function onSocket(socket: WebSocket, request: IncomingMessage) {
    const connection: StreamConnection = {
      send: (text) =>
        socket.send(text, () => channel.session?.isBound(connection) && channel.session.flush()),
      bufferedBytes: () => socket.bufferedAmount,
      finish: (reason) => void (reason === 'end' && socket.close(1000)),
      destroy: () => socket.terminate(),
    };
    const channel: Channel = {
      kind: 'ws',
      connection,
      clientIp: ipOf(request),
      protocol: socket.protocol,
      reply,
    };
    /** Answers keep their place among the lines of the stream. */
    function reply(line: string) {
      if (socket.bufferedAmount > mostUnsentBytes) return socket.terminate();
      if (channel.session?.isBound(connection) && channel.session.notice(line)) return;
      if (socket.readyState === socket.OPEN) socket.send(`${line}\r\n`);
    }
    socket.on('message', (data: Buffer) => {
      const { name, lines } = parseRequest(data.toString('utf8'));
      if (name === 'wsok') return reply('WSOK');
      if (name === 'heartbeat') return requests.heartbeat(lines[0]!, channel);
      if (name === 'create_session' || name === 'bind_session')
        return requests.connect(name, lines[0]!, channel);
      for (const params of lines) {
        if (name === 'control') requests.control(params, channel);
        else if (name === 'msg') refuseMessage(params, channel);
        else reply('ERROR,65,Unknown request');
      }
    });
    socket.on('close', () => channel.session?.unbind(connection));
    socket.on('error', () => socket.terminate());
    stall(socket);
  }
  function stall(socket: WebSocket) {
    const stalled = faults.holds('stalled-socket') !== undefined;
    if (stalled !== socket.isPaused) socket[stalled ? 'pause' : 'resume']();
  }
  faults.onChange(() => sockets.clients.forEach(stall));
  const onUpgrade = (request: IncomingMessage, socket: Duplex, rest: Buffer) => {
    socket.on('error', () => socket.destroy()); // nobody else listens while it is refused
    const path = (request.url ?? '').split('?')[0]!.replace(/\/$/, '');
    const offered = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((name) => name.trim());
    if (path === '/lightstreamer' && offered.some((name) => protocolPattern.test(name)))
      return sockets.handleUpgrade(request, socket, rest, (open) => onSocket(open, request));
    socket.end(
      `HTTP/1.1 ${path === '/lightstreamer' ? '400 Bad Request' : '404 Not Found'}\r\nConnection: close\r\n\r\n`,
    );
  };
  server.on('upgrade', onUpgrade);
  return () => {
    for (const socket of sockets.clients) socket.terminate();
  };
}

/** The HTTP POST half, to be mounted at `/lightstreamer`. */
export function httpStreams(requests: StreamRequests, faults: Faults): Router {
  const router = express.Router();
  router.use(express.text({ type: () => true, limit: maxFrameBytes }));
  router.post('/:name.txt', (request, response) => {
    if (faults.holds('stalled-socket')) return; // never answered, and never closed by us
    response.set('Content-Type', 'text/plain; charset=utf-8').set('Cache-Control', 'no-store');
    const name = request.params['name'];
    const query = new URLSearchParams(request.originalUrl.split('?')[1] ?? '');
    const body = typeof request.body === 'string' ? request.body : '';
    const lines = parseLines(body);
    if (lines.length === 0) lines.push(new URLSearchParams());
    for (const params of lines)
      for (const key of ['LS_session', 'LS_protocol'])
        if (query.has(key) && !params.has(key)) params.set(key, query.get(key)!);

    const connection: StreamConnection = {
      send: (text) => {
        if (!response.write(text))
          response.once('drain', () => channel.session?.isBound(connection) && channel.session.flush());
      },
      bufferedBytes: () => response.writableLength,
      finish: () => void response.end(),
      destroy: () => void response.destroy(),
    };
    const channel: Channel = {
      kind: 'http',
      connection,
      clientIp: ipOf(request),
      protocol: lines[0]!.get('LS_protocol') ?? '',
      reply: (line) => void response.write(`${line}\r\n`),
    };
    response.on('close', () => channel.session?.unbind(connection));
    if (name === 'create_session' || name === 'bind_session')
      return requests.connect(name, lines[0]!, channel);
    if (name === 'heartbeat') {
      requests.heartbeat(lines[0]!, channel);
      channel.reply('REQOK');
    } else if (name === 'control') for (const params of lines) requests.control(params, channel);
    else if (name === 'msg') for (const params of lines) refuseMessage(params, channel);
    else channel.reply('ERROR,65,Unknown request');
    response.end();
  });
  router.use(
    (_request, response) => void response.status(404).type('text/plain').end('ERROR,65,Unknown request\r\n'),
  );
  router.use(
    (_err: unknown, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(400).type('text/plain').end('ERROR,65,Unreadable request\r\n');
    },
  );
  return router;
}
