// The clients of the fan-out benchmark: raw sockets that count every tick, check its order and sample its age.
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { WebSocket } from 'ws';
import {
  epicsOf,
  nowMicros,
  type ClientsReply,
  type ClientsRequest,
  type Variant,
} from './fanout-protocol.ts';

/** Every how many deliveries an age is taken. */
const ageEvery = 16;
/** How long the last deliveries may take to arrive. */
const settleMs = 5_000;
/** How often the server hears how much was read. */
const sayReadEveryMs = 5;
/** Clients that connect at a time: fewer than the server lets wait for their proof. */
const atOnce = 50;

interface Client {
  socket: WebSocket;
  /** By epic, the last `seq`. */
  last: Map<string, number>;
}
const clients: Client[] = [];
let stalled: Client | undefined;
let received = 0;
let receivedEver = 0;
let outOfOrder = 0;
let wrong = 0;
let ages: number[] = [];
let primed = 0;

function onTicks(text: string, client: Client) {
  const { last } = client;
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
    if (client === stalled) {
      if (seq <= before) wrong++;
      continue;
    }
    if (seq !== before + 1) outOfOrder++;
    receivedEver++;
    if (++received % ageEvery === 0) {
      const sentAt = text.indexOf('"netChange":"', seqAt) + 13;
      ages.push(nowMicros() - Number(text.slice(sentAt, text.indexOf('"', sentAt))));
    }
  }
}

const addresses: Record<Variant, string> = {
  bare: '/trpc',
  stock: '/trpc',
  ours: '/trpc?connectionParams=1',
  rabbitmq: '/trpc?connectionParams=1',
  plain: '/ws/market-data/',
};
/** What a client says to watch `epics`. */
function asked(variant: Variant, epics: string[]): object[] {
  if (variant === 'bare') return [epics];
  if (variant === 'plain')
    return [
      { type: 'authenticate', token: 'bench' },
      { type: 'subscribe', id: 1, channel: 'prices', input: { epics } },
    ];
  const params = { path: 'marketData.onPrices', input: { json: { epics } } };
  const subscription = { id: 1, method: 'subscription', params };
  if (variant === 'stock') return [subscription];
  return [{ method: 'connectionParams', data: { token: 'bench' } }, subscription];
}

async function open(variant: Variant, port: number, index: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${addresses[variant]}`, { perMessageDeflate: false });
  const client: Client = { socket, last: new Map() };
  clients[index] = client;
  await once(socket, 'open');
  const { promise: started, resolve } = Promise.withResolvers<void>();
  socket.on('message', (data: Buffer) => {
    const text = data.toString('latin1');
    if (text === 'PING') socket.send('PONG');
    else if (text.includes('"type":"started"') || text.includes('"type":"subscribed"')) resolve();
    else onTicks(text, client);
  });
  for (const message of asked(variant, epicsOf(index))) socket.send(JSON.stringify(message));
  if (variant === 'bare') resolve();
  await started;
}
function sayRead(port: number) {
  const progress = connectTcp(port, '127.0.0.1');
  let said = 0;
  setInterval(() => {
    if (receivedEver > said) progress.write(`${(said = receivedEver)}\n`);
  }, sayReadEveryMs);
}
async function connect(request: Extract<ClientsRequest, { do: 'connect' }>) {
  const { variant, port, progressPort, clients: count } = request;
  sayRead(progressPort);
  for (let first = 0; first < count; first += atOnce)
    await Promise.all(
      Array.from({ length: Math.min(atOnce, count - first) }, (_, n) => open(variant, port, first + n)),
    );
}

async function until(test: () => boolean) {
  for (const end = performance.now() + settleMs; !test() && performance.now() < end;)
    await new Promise((resolve) => setTimeout(resolve, 5));
}

async function answer(request: ClientsRequest) {
  if (request.do === 'connect') await connect(request);
  else if (request.do === 'primed') await until(() => primed === clients.length);
  else if (request.do === 'count') await until(() => received >= request.expected);
  else if (request.do === 'stall') {
    stalled = clients[0]!;
    stalled.socket.pause();
  } else {
    const behind = () => epicsOf(0).filter((epic) => stalled!.last.get(epic) !== request.seqs[epic]).length;
    stalled!.socket.resume();
    await until(() => behind() === 0);
    wrong += behind();
  }
}
process.on('message', async (request: ClientsRequest) => {
  await answer(request);
  const sorted = ages.toSorted((a, b) => a - b);
  const at = (share: number) => (sorted[Math.floor(sorted.length * share)] ?? Number.NaN) / 1000;
  process.send!({ received, outOfOrder, p50Ms: at(0.5), p99Ms: at(0.99), wrong } satisfies ClientsReply);
  received = 0;
  outOfOrder = 0;
  ages = [];
});
