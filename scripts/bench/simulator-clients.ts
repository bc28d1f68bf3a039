// The clients of the simulator benchmark: raw TLCP sockets that count every update and check its order, and paced REST calls.
import { once } from 'node:events';
import http from 'node:http';
import { WebSocket } from 'ws';
import {
  firstBid,
  itemsPerClient,
  login,
  restPerSecond,
  rowsPerFile,
  schema,
  streamClients,
  type ClientsReply,
  type ClientsRequest,
} from './simulator-protocol.ts';

/** Every how many updates an age is taken. */
const ageEvery = 16;
const empty = (): ClientsReply => ({
  updates: 0,
  frames: 0,
  bytes: 0,
  lost: 0,
  disordered: 0,
  streamMs: [],
  restAnswered: 0,
  restRefused: 0,
  restMs: [],
  wallMs: 0,
});
let counted = empty();
let headers: Record<string, string> = {};
let base = '';
let epics: string[] = [];
const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });

/** One REST call; the body is read to its end. */
function call(
  method: string,
  where: string,
  version: string,
  body?: object,
): Promise<{ status: number; headers: http.IncomingHttpHeaders }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      `${base}${where}`,
      {
        method,
        agent,
        headers: {
          'X-IG-API-KEY': login.apiKey,
          Version: version,
          'Content-Type': 'application/json',
          ...headers,
        },
      },
      (response) => {
        response
          .resume()
          .on('end', () => resolve({ status: response.statusCode!, headers: response.headers }))
          .on('error', reject);
      },
    );
    request.on('error', reject).end(body && JSON.stringify(body));
  });
}

function onLine(line: string, last: number[]) {
  if (!line.startsWith('U,1,')) return;
  const itemEnd = line.indexOf(',', 4);
  const item = Number(line.slice(4, itemEnd));
  const seq = Number(line.slice(itemEnd + 1, line.indexOf('|', itemEnd))) - firstBid;
  const before = last[item];
  last[item] = seq;
  counted.updates++;
  const missing = before === undefined ? 0 : (seq - before - 1 + rowsPerFile) % rowsPerFile;
  if (missing > rowsPerFile / 2) counted.disordered++;
  else counted.lost += missing;
  if (counted.updates % ageEvery === 0)
    counted.streamMs.push(Date.now() - Number(line.slice(line.lastIndexOf('|') + 1)));
}
async function connect(port: number, bare: boolean) {
  base = `http://127.0.0.1:${port}/gateway/deal`;
  if (!bare) {
    const { headers: answered } = await call('POST', '/session', '2', {
      identifier: login.identifier,
      password: login.password,
    });
    headers = { CST: String(answered['cst']), 'X-SECURITY-TOKEN': String(answered['x-security-token']) };
  }
  for (let i = 0; i < streamClients; i++) {
    const socket = new WebSocket(
      `ws://127.0.0.1:${port}/lightstreamer`,
      bare ? [] : 'TLCP-2.5.0.lightstreamer.com',
      { perMessageDeflate: false },
    );
    await once(socket, 'open');
    const last: number[] = [];
    const { promise: subscribed, resolve } = Promise.withResolvers<void>();
    socket.on('message', (data: Buffer) => {
      counted.frames++;
      counted.bytes += data.length;
      if (bare) return;
      const text = data.toString('latin1');
      if (text.includes('SUBOK')) resolve();
      for (let at = 0, end = text.indexOf('\r\n'); end >= 0; at = end + 2, end = text.indexOf('\r\n', at))
        onLine(text.slice(at, end), last);
    });
    if (bare) continue;
    const group = Array.from(
      { length: itemsPerClient },
      (_, item) => `PRICE:${login.accountId}:${epics[item % epics.length]}`,
    ).join(' ');
    socket.send(
      `create_session\r\nLS_user=${login.accountId}&LS_password=${encodeURIComponent(`CST-${headers['CST']}|XST-${headers['X-SECURITY-TOKEN']}`)}`,
    );
    socket.send(
      `control\r\nLS_reqId=1&LS_op=add&LS_subId=1&LS_mode=MERGE&LS_data_adapter=Pricing&LS_snapshot=true&LS_group=${encodeURIComponent(group)}&LS_schema=${encodeURIComponent(schema.join(' '))}`,
    );
    await subscribed;
  }
}

/** Calls at their times, late ones at once; the age of an answer counts from when the call was due. */
async function paceRest(seconds: number) {
  const start = performance.now();
  const calls: Promise<void>[] = [];
  for (let now = start; now < start + seconds * 1_000; now = performance.now()) {
    for (; calls.length < ((now - start) / 1_000) * restPerSecond;) {
      const dueMs = start + (calls.length / restPerSecond) * 1_000;
      const where = calls.length % 2 === 0 ? `/markets/${epics[calls.length % epics.length]}` : '/positions';
      calls.push(
        call('GET', where, where === '/positions' ? '2' : '3').then(({ status }) => {
          if (status === 200) counted.restAnswered++;
          else counted.restRefused++;
          counted.restMs.push(performance.now() - dueMs);
        }),
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(calls);
}

process.on('message', async (request: ClientsRequest) => {
  if (request.do === 'connect') {
    epics = request.epics;
    await connect(request.port, request.side === 'bare');
  } else {
    counted = empty();
    const start = performance.now();
    await Promise.all([
      new Promise((resolve) => setTimeout(resolve, request.seconds * 1_000)),
      request.rest && paceRest(request.seconds),
    ]);
    counted.wallMs = performance.now() - start;
  }
  process.send!(counted);
});
process.on('disconnect', () => process.exit()); // the benchmark is gone
