// The servers of the simulator benchmark: the simulator on generated tick files, or a bare `ws` server that sends as many frames of the same length.
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { WebSocketServer } from 'ws';
import { createSimulator } from '../../server/ig-simulator/index.ts';
import { instruments } from '../../server/ig-simulator/market/instruments.ts';
import { between, seededRandom } from '../../server/ig-simulator/random.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import {
  firstBid,
  itemsPerClient,
  login,
  rowsPerFile,
  updatesPerSecond,
  type Frames,
  type ServerReply,
  type ServerRequest,
} from './simulator-protocol.ts';

/** A row every 40 ms on average, each file with its own offsets, so that the instruments do not tick in step. */
function tickFile(folder: string, epic: string, seed: string): string {
  const random = seededRandom(`${seed}/${epic}`);
  const gapMs = 1_000 / updatesPerSecond;
  const rows = Array.from(
    { length: rowsPerFile },
    (_, i) =>
      `${new Date(Date.UTC(2026, 0, 5) + i * gapMs + between(random, [0, gapMs - 1])).toISOString()},${firstBid + i},${firstBid + i + 1}`,
  );
  const file = path.join(folder, `${epic}.csv`);
  writeFileSync(file, `timestamp,bid,ask\n${rows.join('\n')}\n`);
  return file;
}
async function ours(folder: string, seed: string): Promise<number> {
  const files = instruments
    .slice(0, itemsPerClient)
    .map(({ epic }) => ({ path: tickFile(folder, epic, seed), epic }));
  const simulator = await createSimulator({
    port: 0,
    seed,
    clock: systemClock,
    ids: createIds(systemClock),
    logger: silentLogger,
    logins: [login],
    replay: { files, speed: 1, loop: true },
  });
  return simulator.port;
}

let sockets: WebSocketServer | undefined;
async function bare(): Promise<number> {
  sockets = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  await once(sockets, 'listening');
  return (sockets.address() as AddressInfo).port;
}
/** The floor: text made once, one public `send` per client, as often as the frames of the other side. */
async function send(seconds: number, { perClientSecond, bytes }: Frames): Promise<number> {
  const text = 'x'.repeat(bytes);
  const start = performance.now();
  let sent = 0;
  for (let now = start; now < start + seconds * 1_000; now = performance.now()) {
    for (const due = ((now - start) / 1_000) * perClientSecond; sent < due; sent++)
      for (const socket of sockets!.clients) socket.send(text);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return sent * sockets!.clients.size;
}

process.on('message', async (request: ServerRequest) => {
  const reply: ServerReply = { port: 0, cpuMs: 0, wallMs: 0, framesSent: 0 };
  if (request.do === 'listen')
    reply.port = await (process.argv[2] === 'bare' ? bare() : ours(request.folder, request.seed));
  else {
    const cpu = process.cpuUsage();
    const start = performance.now();
    if (request.frames) reply.framesSent = await send(request.seconds, request.frames);
    else await new Promise((resolve) => setTimeout(resolve, request.seconds * 1_000));
    const { user, system } = process.cpuUsage(cpu);
    reply.cpuMs = (user + system) / 1_000;
    reply.wallMs = performance.now() - start;
  }
  process.send!(reply);
});
process.on('disconnect', () => process.exit()); // the benchmark is gone
