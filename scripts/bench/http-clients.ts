// The clients of the HTTP benchmark: kept connections, one request under way on each, written as bytes prepared once.
import { connect } from 'node:net';
import { connections, type ClientsReply, type ClientsRequest } from './http-protocol.ts';

const endOfHead = Buffer.from('\r\n\r\n');
const lastChunk = Buffer.from('0\r\n\r\n');

/** Whether `received` is one whole answer: by its length, or by its last chunk. */
function isWhole(received: Buffer): boolean {
  const head = received.indexOf(endOfHead);
  if (head === -1) return false;
  const length = /^content-length: (\d+)$/im.exec(received.toString('latin1', 0, head))?.[1];
  if (length === undefined) return received.subarray(-lastChunk.length).equals(lastChunk);
  return received.length >= head + endOfHead.length + Number(length);
}

/** A kept connection: `ask` resolves with whether the answer was a 200. */
function openConnection(port: number, request: Buffer) {
  let received: Buffer = Buffer.alloc(0);
  let answered = { resolve: (_isOk: boolean) => {}, reject: (_err: unknown) => {} };
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  socket.on('error', (err) => answered.reject(err));
  socket.on('close', () => answered.reject(new Error('the server closed a connection')));
  socket.on('data', (chunk: Buffer) => {
    received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
    if (!isWhole(received)) return;
    const isOk = received.toString('latin1', 9, 12) === '200';
    received = Buffer.alloc(0);
    answered.resolve(isOk);
  });
  return {
    ask: () =>
      new Promise<boolean>((resolve, reject) => {
        answered = { resolve, reject };
        socket.write(request);
      }),
    close: () => void socket.destroy(),
  };
}

let open: ReturnType<typeof openConnection>[] = [];
/** Asks again and again on each connection, until `end` (by `performance.now`). */
async function run(end: number): Promise<ClientsReply> {
  const counted: ClientsReply = { answered: 0, refused: 0, wallMs: 0 };
  const start = performance.now();
  const keepAsking = async ({ ask }: (typeof open)[0]) => {
    do counted[(await ask()) ? 'answered' : 'refused']++;
    while (performance.now() < end);
  };
  await Promise.all(open.map(keepAsking));
  counted.wallMs = performance.now() - start;
  return counted;
}

process.on('message', async (request: ClientsRequest) => {
  if (request.do === 'open') {
    const { port, path, token } = request;
    const bytes = Buffer.from(
      [
        `GET ${path} HTTP/1.1`,
        `Host: 127.0.0.1:${port}`,
        'Accept: */*',
        `Authorization: Bearer ${token}`,
        'User-Agent: ftrader-bench',
        '\r\n',
      ].join('\r\n'),
    );
    for (const connection of open) connection.close();
    open = Array.from({ length: connections }, () => openConnection(port, bytes));
  }
  process.send!(await run(performance.now() + (request.do === 'run' ? request.seconds * 1000 : 0)));
});
// The benchmark may go without a word.
process.on('disconnect', () => process.exit());
