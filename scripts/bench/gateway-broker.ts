// The broker of the gateway benchmark's accounts: a simulator with a login for each, where each deals once a minute when it is told to.
import { createSimulator } from '../../server/ig-simulator/index.ts';
import { systemClock as clock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger as logger } from '../../server/lib/logger.ts';
import type { BrokerReply, BrokerRequest } from './gateway-protocol.ts';
import { epic, json, soon } from './orders-protocol.ts';

const simulator = await createSimulator({
  port: 0,
  seed: 'bench',
  clock,
  ids: createIds(clock),
  logger,
  confirmDelayMs: [0, 0],
  logins: [],
});
const logins: BrokerReply['logins'] = [];

/** A deal of one login: opens, and closes the next time. */
async function createDealer({ apiKey, identifier, password }: BrokerReply['logins'][0]) {
  const post = (where: string, body: object, headers: Record<string, string> = {}) =>
    fetch(simulator.baseUrl + where, {
      method: 'POST',
      headers: { ...json, 'X-IG-API-KEY': apiKey, Version: '2', ...headers },
      body: JSON.stringify(body),
      ...soon(),
    });
  const { headers } = await post('/session', { identifier, password });
  const tokens = { CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! };
  let direction = 'BUY';
  return async (): Promise<boolean> => {
    const order = {
      epic,
      expiry: '-',
      direction,
      size: 1,
      orderType: 'MARKET',
      currencyCode: 'USD',
      guaranteedStop: false,
      forceOpen: false, // a sale is netted against what was bought
    };
    direction = direction === 'BUY' ? 'SELL' : 'BUY';
    return (await post('/positions/otc', order, tokens)).ok;
  };
}
const dealers: Awaited<ReturnType<typeof createDealer>>[] = [];
let dealt = 0;

/** Each login deals once a minute, evenly, for so long. */
async function deal(seconds: number): Promise<Pick<BrokerReply, 'deals' | 'refused'>> {
  while (dealers.length < logins.length) dealers.push(await createDealer(logins[dealers.length]!));
  const everyMs = 60_000 / dealers.length;
  const sent: Promise<boolean>[] = [];
  const start = performance.now();
  for (let now = start; now < start + seconds * 1_000; now = performance.now()) {
    while (sent.length * everyMs <= now - start) sent.push(dealers[dealt++ % dealers.length]!());
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const answers = await Promise.all(sent);
  return { deals: answers.length, refused: answers.filter((isOk) => !isOk).length };
}

process.on('message', async (request: BrokerRequest) => {
  const reply: BrokerReply = { baseUrl: simulator.baseUrl, logins: [], deals: 0, refused: 0 };
  if (request.do === 'logins') {
    for (let n = request.from; n < request.to; n++)
      logins.push(
        await simulator.createLogin({
          identifier: `bench-${n}`,
          password: `bench-${n}`,
          apiKey: `bench-key-${n}`,
          balance: '100000000.00',
        }),
      );
    reply.logins = logins.slice(request.from);
  } else if (request.do === 'deal') Object.assign(reply, await deal(request.seconds));
  process.send!(reply);
});
process.on('disconnect', () => process.exit()); // the benchmark is gone
