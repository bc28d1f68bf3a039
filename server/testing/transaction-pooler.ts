// A pooler in transaction mode: each transaction of a client goes to whatever server connection is free, and what a session sets or locks stays there.
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import pg from 'pg';

const [query, sync, terminate, ready] = ['Q', 'S', 'X', 'Z'].map((letter) => letter.charCodeAt(0)) as [
  number,
  number,
  number,
  number,
];
const idle = 'I'.charCodeAt(0);
const sslRequest = 80_877_103;

/** Whole messages out of what comes in; `typed`: each begins with its type. */
function splitter(onMessage: (message: Buffer) => void, typed: () => boolean) {
  let rest = Buffer.alloc(0);
  return (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const head = typed() ? 1 : 0;
      if (rest.length < head + 4) return;
      const length = head + rest.readUInt32BE(head);
      if (rest.length < length) return;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      onMessage(message);
    }
  };
}
const message = (type: string, ...body: Buffer[]) => {
  const content = Buffer.concat(body);
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeUInt32BE(content.length + 4, 1);
  return Buffer.concat([head, content]);
};

/** `size` server connections to `databaseUrl`, used in turn. Everybody is let in. */
export async function transactionPooler(databaseUrl: string, { size = 2 } = {}) {
  const free: Socket[] = [];
  const clients: pg.Client[] = [];
  for (let n = 0; n < size; n++) {
    const client = new pg.Client({ connectionString: databaseUrl, application_name: 'pooler' });
    client.on('error', () => undefined);
    await client.connect();
    const { stream } = client.connection as unknown as { stream: Socket };
    stream.removeAllListeners('data');
    clients.push(client);
    free.push(stream);
  }
  const waiting: ((server: Socket) => void)[] = [];
  const release = (server: Socket) => {
    const next = waiting.shift();
    if (next) next(server);
    else free.push(server); // to the end: the next transaction gets another one
  };
  const near = new Set<Socket>();

  const listener = createServer((client) => {
    near.add(client);
    let started = false;
    let server: Socket | undefined;
    let asked: Buffer[] = [];
    let unanswered = 0;
    client.on('error', () => undefined).on('close', () => near.delete(client));

    function link(to: Socket) {
      server = to;
      to.on(
        'data',
        splitter(
          (answer) => {
            client.write(answer);
            if (answer[0] !== ready) return;
            unanswered--;
            if (answer[5] !== idle || unanswered > 0) return;
            to.removeAllListeners('data');
            server = undefined;
            release(to);
          },
          () => true,
        ),
      );
      for (const each of asked.splice(0)) to.write(each);
    }
    function start(startup: Buffer) {
      if (startup.readUInt32BE(4) === sslRequest) return void client.write('N');
      started = true;
      client.write(message('R', Buffer.alloc(4)));
      client.write(message('K', Buffer.alloc(8)));
      client.write(message('Z', Buffer.from('I')));
    }
    client.on(
      'data',
      splitter(
        (sent) => {
          if (!started) return start(sent);
          if (sent[0] === terminate) return void client.end();
          if (sent[0] === query || sent[0] === sync) unanswered++;
          if (server) return void server.write(sent);
          asked.push(sent);
          if (asked.length > 1) return; // its server is on the way
          const found = free.shift();
          if (found) link(found);
          else waiting.push(link);
        },
        () => started,
      ),
    );
  });
  await once(listener.listen(0, '127.0.0.1'), 'listening');
  const host = `127.0.0.1:${(listener.address() as AddressInfo).port}`;
  return {
    url: Object.assign(new URL(databaseUrl), { host }).href,
    async [Symbol.asyncDispose]() {
      for (const client of near) client.destroy();
      await new Promise((closed) => listener.close(closed));
      for (const client of clients) (client.connection as unknown as { stream: Socket }).stream.destroy();
    },
  };
}
