// Clients of WebSockets under test: the unmodified one of tRPC, and those that speak a protocol by hand.
import { once } from 'node:events';
import { request } from 'node:http';
import { createWSClient, type WebSocketClientOptions } from '@trpc/client';
import { WebSocket } from 'ws';
import { createInbox } from './inbox.ts';

/** The stock client's connection with a token, or without a login; `cut()` breaks it without a word. */
export function openStock(port: number, token: string | null, options: Partial<WebSocketClientOptions> = {}) {
  let newest: WebSocket | undefined;
  const remember = (socket: WebSocket) => void (newest = socket);
  class Remembered extends WebSocket {
    constructor(url: string) {
      super(url);
      remember(this);
    }
  }
  const wsClient = createWSClient({
    url: `ws://127.0.0.1:${port}/trpc`,
    WebSocket: Remembered as unknown as typeof globalThis.WebSocket,
    ...(token !== null && { connectionParams: { token } }),
    ...options,
  });
  return { wsClient, cut: () => newest?.terminate(), close: () => wsClient.close() };
}

/** A tRPC socket that is open, its `connectionParams` sent unless the token is null. `ip` as of a proxy here. */
export async function openRaw(
  port: number,
  token: string | null,
  path = '?connectionParams=1',
  ip: string | undefined = undefined,
) {
  const client = await openText(port, `/trpc${path}`, ip === undefined ? {} : { 'x-forwarded-for': ip });
  if (token !== null) client.send({ method: 'connectionParams', data: { token } });
  return client;
}

/** A plain socket that is open, its first message sent unless the token is null. */
export async function openPlain(
  port: number,
  token: string | null,
  headers: Record<string, string> = {},
  path = '/ws/market-data/',
) {
  const client = await openText(port, path, headers);
  if (token !== null) client.send({ type: 'authenticate', token });
  return client;
}

/** A socket that is open; what it hears, read and as text. */
async function openText(port: number, path: string, headers: Record<string, string>) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  const { items: messages, put, until } = createInbox<any>();
  const texts: string[] = [];
  socket.on('message', (data) => {
    texts.push(String(data));
    put(String(data).startsWith('{') ? JSON.parse(String(data)) : String(data));
  });
  const closed = once(socket, 'close').then(([code, reason]) => ({
    code: code as number,
    reason: String(reason),
  }));
  await once(socket, 'open');
  const send = (message: unknown) =>
    socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  return {
    socket,
    messages,
    texts,
    closed,
    send,
    /** The first message for which `test` holds, past or to come. */
    async message(test: (message: any) => boolean): Promise<any> {
      let at = -1; // each is looked at once, however many come
      await until((all) => {
        while (at + 1 < all.length) if (test(all[++at])) return true;
        return false;
      });
      return messages[at];
    },
    close: () => socket.terminate(),
  };
}

/** How the server refuses to upgrade. */
export async function tryUpgrade(
  port: number,
  path = '/trpc',
  headers: Record<string, string | string[]> = {},
) {
  const req = request({
    port,
    host: '127.0.0.1',
    path,
    headers: {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
      ...headers,
    },
  });
  req.end();
  const [res] = await once(req, 'response');
  let text = '';
  for await (const chunk of res) text += chunk;
  return {
    status: res.statusCode as number,
    requestId: res.headers['x-request-id'],
    retryAfter: res.headers['retry-after'],
    body: JSON.parse(text),
  };
}
