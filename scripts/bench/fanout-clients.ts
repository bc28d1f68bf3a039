// The clients of the fan-out benchmark: raw sockets that count every tick, check its order and sample its age.
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { epicsOf, nowMicros, type ClientsReply, type ClientsRequest } from './fanout-protocol.ts';

let received = 0;
let outOfOrder = 0;
let ages: number[] = [];
let primed = 0;
/** Every how many deliveries an age is taken. */
const ageEvery = 16;
/** How long the last deliveries may take to arrive. */
const settleMs = 5_000;

function onTicks(text: string, last: Map<string, number>) {
  for (let at = text.indexOf('"epic":"'); at >= 0; at = text.indexOf('"epic":"', at + 8)) {
    const epicEnd = text.indexOf('"', at + 8);
    const epic = text.slice(at + 8, epicEnd);
    const seqAt = text.indexOf('"seq":', epicEnd) + 6;
    const seq = Number(text.slice(seqAt, text.indexOf(',', seqAt)));
    const before = last.get(epic);
    last.set(epic, seq);
    if (before === undefined) {
      if (last.size === 10) primed++;
      continue;
    }
    if (seq !== before + 1) outOfOrder++;
    if (++received % ageEvery === 0) {
      const sentAt = text.indexOf('"netChange":"', seqAt) + 13;
      ages.push(nowMicros() - Number(text.slice(sentAt, text.indexOf('"', sentAt))));
    }
  }
}

async function connect({ variant, port, clients }: Extract<ClientsRequest, { do: 'connect' }>) {
  for (let client = 0; client < clients; client++) {
    const socket = new WebSocket(
      `ws://127.0.0.1:${port}/trpc${variant === 'ours' ? '?connectionParams=1' : ''}`,
      { perMessageDeflate: false },
    );
    await once(socket, 'open');
    const last = new Map<string, number>();
    const watched = epicsOf(client);
    const { promise: started, resolve } = Promise.withResolvers<void>();
    socket.on('message', (data: Buffer) => {
      const text = data.toString('latin1');
      if (text === 'PING') socket.send('PONG');
      else if (text.includes('"started"')) resolve();
      else onTicks(text, last);
    });
    if (variant === 'bare') {
      socket.send(JSON.stringify(watched));
      resolve();
    } else {
      if (variant === 'ours')
        socket.send(JSON.stringify({ method: 'connectionParams', data: { token: 'bench' } }));
      socket.send(
        JSON.stringify({
          id: 1,
          method: 'subscription',
          params: { path: 'marketData.onPrices', input: { json: { epics: watched } } },
        }),
      );
    }
    await started;
  }
  return clients;
}

async function until(test: () => boolean) {
  for (const end = performance.now() + settleMs; !test() && performance.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

let clients = 0;
process.on('message', async (request: ClientsRequest) => {
  if (request.do === 'connect') clients = await connect(request);
  else if (request.do === 'primed') await until(() => primed === clients);
  else await until(() => received >= request.expected);
  const sorted = ages.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN) / 1000;
  process.send!({ received, outOfOrder, p50Ms: at(0.5), p99Ms: at(0.99) } satisfies ClientsReply);
  received = 0;
  outOfOrder = 0;
  ages = [];
});
