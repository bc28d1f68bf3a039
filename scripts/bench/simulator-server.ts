// The servers of the simulator benchmark: the simulator on generated tick files, or a bare `ws` server that sends as many frames of the same length.
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { createSimulator } from '../../server/ig-simulator/index.ts';
import { instruments } from '../../server/ig-simulator/market/instruments.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import {
  itemsPerClient,
  login,
  type Frames,
  type ServerReply,
  type ServerRequest,
} from './simulator-protocol.ts';
import { tickFile } from './tick-file.ts';

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
