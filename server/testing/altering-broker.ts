// A broker that answers as the simulator behind it does, but for what a test alters: of answers, and of the lines of its streams.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer, request, type IncomingMessage } from 'node:http';
import { WebSocket, WebSocketServer } from 'ws';

export interface AlteredAnswer {
  status: number;
  headers: Record<string, string>;
  /** Parsed, where it is JSON. */
  body: any;
}
export interface Alterations {
  /** Changes `answer` in place. `call` is such as `GET /accounts v1`. */
  answer?(call: string, answer: AlteredAnswer): void;
  /** What the client gets instead of one line of a stream. */
  line?(line: string): string;
  /** Streams are refused. */
  noStreams?: boolean;
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** In front of the broker at `baseUrl`. What `alterations` holds counts from the next request on. */
export async function alteringBroker(baseUrl: string, alterations: Alterations = {}) {
  const target = new URL(baseUrl);
  const server = createServer(async (incoming, outgoing) => {
    const answer = await forward(incoming, target).catch(() => undefined);
    if (!answer) return void incoming.socket.destroy(); // the broker is gone
    const call = `${incoming.headers['_method'] ?? incoming.method} ${incoming.url!.replace(target.pathname, '').split('?')[0]} v${String(incoming.headers['version'] ?? 1)}`;
    alterations.answer?.(call, answer);
    const {
      'content-length': _length,
      'transfer-encoding': _encoding,
      connection: _connection,
      ...headers
    } = answer.headers;
    const text = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
    outgoing.writeHead(answer.status, headers).end(text);
  });
  const sockets = new WebSocketServer({ server, handleProtocols: ([first]) => first ?? false });
  sockets.on('connection', (client, { url = '/' }) => {
    if (alterations.noStreams) return client.terminate();
    const broker = new WebSocket(`ws://${target.host}${url}`, [client.protocol].filter(Boolean));
    const early: string[] = [];
    client.on('message', (data) => {
      if (broker.readyState === WebSocket.OPEN) broker.send(String(data));
      else early.push(String(data));
    });
    broker.on('open', () => early.splice(0).forEach((text) => broker.send(text)));
    broker.on('message', (data) =>
      client.send(
        String(data)
          .split('\r\n')
          .map((line) => (line === '' ? line : (alterations.line?.(line) ?? line)))
          .join('\r\n'),
      ),
    );
    for (const [one, other] of [
      [client, broker],
      [broker, client],
    ] as const)
      one.on('close', () => other.terminate()).on('error', () => other.terminate());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    alterations,
    baseUrl: `http://127.0.0.1:${port}${target.pathname}`,
    async [Symbol.asyncDispose]() {
      for (const each of sockets.clients) each.terminate();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function forward(incoming: IncomingMessage, { hostname, port }: URL): Promise<AlteredAnswer> {
  // The Host of the client stays: the address of the streams follows from it.
  const asking = request({
    hostname,
    port,
    method: incoming.method!,
    path: incoming.url!,
    headers: incoming.headers,
  });
  incoming.pipe(asking);
  const [response] = (await once(asking, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += chunk;
  return {
    status: response.statusCode!,
    headers: response.headers as Record<string, string>,
    body: parse(text),
  };
}
