// One request that deals, sent at most once: a connection of its own, destroyed before the outcome is told. Decides nothing about deals.
import { once } from 'node:events';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import type { Duplex } from 'node:stream';
import type { Clock } from '../../lib/clock.ts';
import { within } from '../../lib/within.ts';
import { maxAnswerBytes } from '../rest/http.ts';

/** From dialling to a connection that may be written to. */
const connectTimeoutMs = 4_000;

export interface OneRequest {
  method: 'POST' | 'PUT';
  path: string;
  version: number;
  headers: Record<string, string>;
  body: unknown;
  /** From the first byte to the last of the answer. */
  timeoutMs: number;
  /** Asked when connected, right before the first byte. False: nothing is sent. A rejection counts as false. */
  mayStillSend: () => Promise<boolean>;
}
export type Outcome =
  /** No byte left this process. */
  | { kind: 'not_sent'; reason: 'forbidden' | 'unreachable'; detail: string }
  /** Bytes left, a whole answer came; `closedAt` is when the connection was gone. */
  | { kind: 'answered'; status: number; text: string; closedAt: Date }
  /** Bytes left, and no whole answer came before the connection was gone, at `closedAt`. */
  | { kind: 'lost'; detail: string; closedAt: Date };
export type SendOnce = (request: OneRequest) => Promise<Outcome>;

/**
 * A sender to `baseUrl`. Not fetch, and no kept-alive connection: a pool may write to a connection that the server is just closing,
 * which loses the answer of a deal, and may then try another one by itself. A connection per deal costs its handshakes.
 *
 * The end is a TCP reset: it drops what the kernel has not delivered yet. After an orderly close the kernel would go on
 * retransmitting to a broker that cannot be reached, and the request could arrive minutes after we said that the connection was gone.
 */
export function createSendOnce({
  baseUrl,
  apiKey,
  clock,
}: {
  baseUrl: string;
  apiKey: string;
  clock: Clock;
}): SendOnce {
  const base = new URL(baseUrl);
  return async ({ method, path, version, headers, body, timeoutMs, mayStillSend }) => {
    const payload = Buffer.from(JSON.stringify(body));
    const line = await connect(base, clock);
    if ('problem' in line) return { kind: 'not_sent', reason: 'unreachable', detail: line.problem };
    try {
      const allowed = await mayStillSend().catch(
        (error: unknown) => `the permission to send could not be read: ${messageOf(error)}`,
      );
      if (allowed !== true)
        return {
          kind: 'not_sent',
          reason: allowed === false ? 'forbidden' : 'unreachable',
          detail: allowed || 'no longer allowed',
        };
      if (!line.stream.writable)
        return {
          kind: 'not_sent',
          reason: 'unreachable',
          detail: 'the connection was closed before anything was sent',
        };
      const ending = await postInTime(line.stream, {
        clock,
        timeoutMs,
        payload,
        method,
        path: base.pathname.replace(/\/$/, '') + path,
        headers: {
          Host: base.host,
          Connection: 'close',
          Accept: 'application/json; charset=UTF-8',
          'Content-Type': 'application/json; charset=UTF-8',
          'Content-Length': String(payload.length),
          'X-IG-API-KEY': apiKey,
          Version: String(version),
          ...headers,
        },
      });
      await hangUp(line);
      return { ...ending, closedAt: clock.now() };
    } finally {
      await hangUp(line);
    }
  };
}

interface Line {
  tcp: net.Socket;
  /** The same, or TLS over it. */ stream: Duplex;
}

async function connect(base: URL, clock: Clock): Promise<Line | { problem: string }> {
  const secure = base.protocol === 'https:';
  const host = base.hostname.replace(/^\[|\]$/g, '');
  const tcp = net.connect({ host, port: Number(base.port || (secure ? 443 : 80)), noDelay: true });
  // Kept for the whole life of the connection: an error without a listener would end the process.
  tcp.on('error', () => undefined);
  const line: Line = { tcp, stream: tcp };
  const open = async (signal: AbortSignal) => {
    await once(tcp, 'connect', { signal });
    if (!secure) return line;
    const session = tls.connect({ socket: tcp, ...(net.isIP(host) === 0 && { servername: host }) });
    session.on('error', () => undefined);
    line.stream = session;
    await once(session, 'secureConnect', { signal });
    return line;
  };
  try {
    return await within(clock, connectTimeoutMs, open, `no connection within ${connectTimeoutMs} ms`);
  } catch (error) {
    await hangUp(line);
    return { problem: messageOf(error) };
  }
}

type Ending = { kind: 'answered'; status: number; text: string } | { kind: 'lost'; detail: string };

interface Posting {
  payload: Buffer;
  method: string;
  path: string;
  headers: Record<string, string>;
}

/** From here on bytes may have left, so nothing may be thrown. */
const postInTime = (
  stream: Duplex,
  { clock, timeoutMs, ...posting }: Posting & { clock: Clock; timeoutMs: number },
): Promise<Ending> =>
  within(clock, timeoutMs, () => post(stream, posting)).catch((error: unknown): Ending => ({
    kind: 'lost',
    detail: messageOf(error),
  }));

function post(stream: Duplex, { payload, method, path, headers }: Posting): Promise<Ending> {
  return new Promise((resolve) => {
    const lost = (detail: string) => resolve({ kind: 'lost', detail });
    // Without an agent: nobody else knows this connection, and nobody tries again.
    const request = http.request({
      createConnection: () => stream,
      method,
      path,
      headers,
      setHost: false,
    });
    request.on('error', (error) => lost(messageOf(error)));
    request.on('close', () => lost('the connection was closed without a whole answer'));
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('error', (error) => lost(messageOf(error)));
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if ((bytes += chunk.length) > maxAnswerBytes) lost(`an answer of more than ${maxAnswerBytes} bytes`);
      });
      response.on('end', () => {
        if (response.complete)
          resolve({
            kind: 'answered',
            status: response.statusCode ?? 0,
            text: Buffer.concat(chunks).toString(),
          });
        else lost('half an answer');
      });
    });
    request.end(payload);
  });
}

/** Resolves once the connection exists no more. Safe to repeat. */
async function hangUp({ tcp, stream }: Line): Promise<void> {
  if (tcp.closed) return;
  const closed = new Promise<void>((resolve) => {
    tcp.once('close', () => resolve());
    // Some systems refuse to reset what the other side has just reset: it is gone, and no `close` follows.
    tcp.on('error', (error: NodeJS.ErrnoException) => {
      if (error.syscall === 'reset') resolve();
    });
  });
  // One that is ending in order, since the broker ended it, cannot be reset any more (EINVAL), and has delivered what it had.
  if (tcp.destroyed || tcp.writableEnded || stream.writableEnded) tcp.destroy();
  else tcp.resetAndDestroy();
  if (stream !== tcp) stream.destroy();
  await closed;
}

const messageOf = (error: unknown) =>
  error instanceof Error
    ? 'code' in error && typeof error.code === 'string'
      ? error.code
      : error.message
    : String(error);
