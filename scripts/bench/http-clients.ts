// The clients of the HTTP benchmark: kept connections, one request under way on each, written as bytes prepared once.
import { connect, type Socket } from 'node:net';
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

/** Asks again and again until `end` (by `performance.now`). */
function keepAsking(port: number, request: Buffer, end: number, counted: ClientsReply): Promise<void> {
  return new Promise((resolve, reject) => {
    let received: Buffer = Buffer.alloc(0);
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(request));
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      if (!isWhole(received)) return;
      if (received.toString('latin1', 9, 12) === '200') counted.answered++;
      else counted.refused++;
      received = Buffer.alloc(0);
      if (performance.now() < end) socket.write(request);
      else socket.destroy();
    });
  });
}

process.on('message', async ({ port, path, token, seconds }: ClientsRequest) => {
  const request = Buffer.from(
    [
      `GET ${path} HTTP/1.1`,
      `Host: 127.0.0.1:${port}`,
      'Accept: */*',
      `Authorization: Bearer ${token}`,
      'User-Agent: ftrader-bench',
      '\r\n',
    ].join('\r\n'),
  );
  const counted: ClientsReply = { answered: 0, refused: 0, wallMs: 0 };
  const start = performance.now();
  await Promise.all(
    Array.from({ length: connections }, () => keepAsking(port, request, start + seconds * 1000, counted)),
  );
  counted.wallMs = performance.now() - start;
  process.send!(counted);
});
// The benchmark may go without a word.
process.on('disconnect', () => process.exit());
