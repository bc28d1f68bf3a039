// Random and mutated TLCP, in sequences, over WebSocket and HTTP, against one simulator that others use meanwhile. Long form: npm run test:deep.
import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { guardLoop } from '../../testing/loop-guard.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import { add, createTlcp, eurusd } from '../../testing/stream-tlcp.ts';
import { retentionMs } from './session.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
const seed = Number(process.env['FTRADER_SEED'] ?? process.pid);
const numRuns = deep ? 10_000 : 150;
const timeout = deep ? 1_200_000 : 60_000;

const clock = createManualClock();
const simulator = await testSimulator({ clock });
/** The longest the loop may be busy at a stretch, on a slow machine too. */
const patienceMs = 15_000;
const guard = await guardLoop(patienceMs);
afterAll(async () => {
  await simulator.stop();
  await guard.stop();
});
const { origin, open, post, create } = await createTlcp(simulator);
/** Stands for the parameters of a create_session, whose tokens end in the course of a long run. */
const someone = 'SOMEONE';
const newTokensMs = 3_600_000;
const uncaught: unknown[] = [];
const noteUncaught = (error: unknown) => void uncaught.push(error);
process.on('uncaughtExceptionMonitor', noteUncaught);
afterAll(() => void process.off('uncaughtExceptionMonitor', noteUncaught));

/** Words a client might send, whole lines that are right, those with a piece broken, and noise. */
const key = fc.constantFrom(
  'LS_op',
  'LS_reqId',
  'LS_subId',
  'LS_mode',
  'LS_group',
  'LS_schema',
  'LS_session',
  'LS_polling',
  'LS_idle_millis',
  'LS_recovery_from',
  'LS_snapshot',
  'LS_keepalive_millis',
  'LS_inactivity_millis',
  'LS_content_length',
  'LS_data_adapter',
  'LS_requested_max_frequency',
  'LS_ack',
  'LS_old_session',
  'LS_adapter_set',
  'LS_user',
  'LS_password',
  'LS_close_socket',
);
const items = fc.constantFrom(
  eurusd,
  'ACCOUNT:ABC12',
  'TRADE:ABC12',
  'TRADE:HB.U.HEARTBEAT.IP',
  'CHART:CS.D.EURUSD.CFD.IP:TICK',
  'CHART:CS.D.EURUSD.CFD.IP:SECOND',
  'MARKET:CS.D.EURUSD.CFD.IP',
  'PRICE::',
  ':::::',
  '__proto__',
  'CHART:__proto__:constructor',
);
const value = fc.oneof(
  fc.constantFrom(
    'add',
    'delete',
    'reconf',
    'constrain',
    'destroy',
    'force_rebind',
    '0',
    '1',
    '2',
    '-1',
    '0.5',
    '1e9',
    '1e400',
    '9007199254740993',
    'NaN',
    'true',
    'false',
    'unfiltered',
    'unlimited',
    'MERGE',
    'DISTINCT',
    'COMMAND',
    'RAW',
    'Pricing',
    'DEFAULT',
    'ABC12',
    'FUNDS',
    'CONFIRMS',
    'UTM',
    'HEARTBEAT',
    '%',
    '%zz',
    '%00',
    '',
    '+',
    'x'.repeat(5_000),
  ),
  items.map(encodeURIComponent),
  fc.array(items, { maxLength: 45 }).map((names) => encodeURIComponent(names.join(' '))),
  fc.string({ maxLength: 12, unit: 'binary' }).map((text) => encodeURIComponent(text.toWellFormed())),
  fc.string({ maxLength: 12 }),
);
const loose = fc
  .array(fc.tuple(key, value), { maxLength: 8 })
  .map((pairs) => pairs.map(([name, text]) => `${name}=${text}`).join('&'));
const fieldOf = (item: string) =>
  item.startsWith('CHART')
    ? 'UTM'
    : item.startsWith('ACCOUNT')
      ? 'FUNDS'
      : item.includes('HB.U')
        ? 'HEARTBEAT'
        : 'CONFIRMS';
const n = fc.integer({ min: 1, max: 3 });
const control = fc.oneof(
  { arbitrary: n.map((id) => add(id, eurusd)), weight: 3 },
  {
    arbitrary: fc
      .tuple(items, fc.constantFrom('MERGE', 'DISTINCT'), n)
      .map(
        ([item, mode, id]) =>
          `LS_reqId=${id}&LS_op=add&LS_subId=${id}&LS_mode=${mode}&LS_group=${encodeURIComponent(item)}&LS_schema=${fieldOf(item)}&LS_snapshot=true&LS_requested_max_frequency=${id}`,
      ),
    weight: 2,
  },
  {
    arbitrary: fc
      .tuple(fc.constantFrom('delete', 'reconf', 'constrain'), n, fc.constantFrom('unlimited', '0.5', '20'))
      .map(
        ([op, id, frequency]) =>
          `LS_reqId=${id}&LS_op=${op}&LS_subId=${id}&LS_requested_max_frequency=${frequency}`,
      ),
    weight: 4,
  },
  {
    arbitrary: fc
      .tuple(fc.constantFrom('force_rebind', 'destroy'), n)
      .map(([op, id]) => `LS_reqId=${id}&LS_op=${op}`),
    weight: 1,
  },
);
const connecting = fc.tuple(
  fc.constantFrom('create_session', 'bind_session', 'bind_session'),
  fc.constantFrom(
    '',
    'LS_polling=true&LS_idle_millis=0',
    'LS_polling=true&LS_idle_millis=1000',
    'LS_recovery_from=0',
    'LS_keepalive_millis=200',
    'LS_inactivity_millis=200',
    'LS_content_length=10000',
  ),
);
/** A right line with a piece cut out, doubled or replaced. */
const mutated = fc
  .tuple(
    control,
    fc.nat(),
    fc.nat({ max: 12 }),
    fc.oneof(value, fc.constantFrom('&', '=', '&&', '\r\n', '\n', '\0')),
  )
  .map(
    ([line, at, length, put]) =>
      line.slice(0, at % line.length) + put + line.slice((at % line.length) + length),
  );
const line = fc.oneof(
  { arbitrary: control, weight: 3 },
  { arbitrary: mutated, weight: 2 },
  { arbitrary: loose, weight: 1 },
);
const lines = fc.array(line, { minLength: 1, maxLength: 3, size: 'max' });
const name = fc.oneof(
  {
    arbitrary: fc.constantFrom('control', 'bind_session', 'create_session', 'msg', 'heartbeat', 'wsok'),
    weight: 9,
  },
  { arbitrary: fc.string({ maxLength: 8 }), weight: 1 },
);
const request = fc.oneof(
  { arbitrary: lines.map((given) => ({ name: 'control', lines: given })), weight: 6 },
  {
    arbitrary: connecting.map(([word, parameters]) => ({
      name: word,
      lines: [word === 'create_session' ? `${someone}&${parameters}` : parameters],
    })),
    weight: 2,
  },
  { arbitrary: fc.record({ name, lines: fc.array(line, { maxLength: 3 }) }), weight: 2 },
);
const step = fc.record({
  over: fc.constantFrom('ws', 'ws', 'ws', 'http', 'own http'),
  request,
  waitMs: fc.constantFrom(0, 0, 100, 1_500),
});

/** A POST; of a stream only the first piece is read, since it never ends by itself. */
async function postAndLeave(request: string, body: string, query: string): Promise<string> {
  if (!/^(create|bind)_session$/.test(request))
    return (await post(encodeURIComponent(request), body, query)).join('\r\n');
  const left = new AbortController();
  const response = await fetch(`${origin}/lightstreamer/${request}.txt?${query}`, {
    method: 'POST',
    body,
    signal: left.signal,
  });
  const { value: first } = await response.body!.getReader().read();
  left.abort();
  return new TextDecoder().decode(first);
}
/** Of the control lines of a request how many ids must be answered by REQOK or REQERR, each once, unless LS_ack=false lets a yes be left out. */
const idsOf = (lines: string[]) =>
  lines
    .flatMap((text) => text.split('\r\n'))
    .filter((text) => text !== '')
    .map((text) => new URLSearchParams(text))
    .map((params) => ({
      id: /^\d{1,15}$/.exec(params.get('LS_reqId') ?? '')?.[0],
      quiet: params.get('LS_ack') === 'false',
    }));

test(
  'whatever is sent as TLCP: the simulator lives, each control request has one answer, no session is left behind, others hear every tick',
  { timeout },
  async () => {
    console.log(`seed ${seed}, ${numRuns} runs`);
    const bystander = await open();
    bystander.send('create_session', `${create}&LS_keepalive_millis=60000`);
    await bystander.line(/^CONS/);
    bystander.send(
      'control',
      'LS_reqId=1&LS_op=add&LS_subId=1&LS_mode=DISTINCT&LS_group=CHART%3ACS.D.EURUSD.CFD.IP%3ATICK&LS_schema=UTM&LS_snapshot=true',
    );
    await bystander.line(/^EOS/);
    const started = clock.now().getTime();
    const ticks: string[] = [];
    let [login, loggedInMs] = [create, started];
    let attacker: Awaited<ReturnType<typeof open>>;
    await fc.assert(
      fc
        .asyncProperty(
          fc.array(step, { minLength: 1, maxLength: 16, size: 'max' }),
          fc.constantFrom(true, true, true, false),
          async (steps, polite) => {
            if (clock.now().getTime() - loggedInMs > newTokensMs)
              [login, loggedInMs] = [(await createTlcp(simulator)).create, clock.now().getTime()];
            attacker = await open();
            const { socket, send, line: next, until } = attacker;
            const heard: string[] = [];
            socket.on('message', (data) => heard.push(...String(data).split('\r\n').slice(0, -1)));
            let session = 'none';
            if (polite) {
              send('create_session', login);
              session = (await next(/^CONOK/)).split(',')[1]!;
            }
            for (const {
              over,
              request: { name: request, lines: wanted },
              waitMs,
            } of steps) {
              const lines = wanted.map((text) => text.replace(someone, login));
              guard.tries(`${request} ${lines.join(' ').slice(0, 500)}`);
              if (over === 'ws' && socket.readyState === socket.OPEN) {
                // Each request is followed by one whose answer is known, so that its own answers can be told from those of others.
                const from = heard.length;
                send(request, ...lines);
                send('control', 'LS_reqId=777777&LS_op=none');
                await until(/^REQERR,777777,/).catch(() => []); // or the socket was closed, as asked
                if (request === 'control' && socket.readyState === socket.OPEN) {
                  const answers = heard
                    .slice(from)
                    .filter(
                      (text) => /^(REQOK|REQERR|ERROR)\b/.test(text) && !text.startsWith('REQERR,777777,'),
                    );
                  const asked = idsOf(lines);
                  const due = asked.length === 0 ? [{ id: undefined, quiet: false }] : asked;
                  expect(
                    answers.length,
                    `${JSON.stringify(lines)} was answered ${JSON.stringify(answers)}`,
                  ).toBeLessThanOrEqual(due.length);
                  expect(
                    answers.length,
                    `${JSON.stringify(lines)} was answered ${JSON.stringify(answers)}`,
                  ).toBeGreaterThanOrEqual(due.filter(({ quiet }) => !quiet).length);
                  for (const { id } of due.filter(({ quiet }) => !quiet))
                    expect(
                      answers.some((text) =>
                        id === undefined ? text.startsWith('ERROR,67,') : text.split(',')[1] === id,
                      ),
                    ).toBe(true);
                }
              } else if (over !== 'ws') {
                const body = lines.join('\r\n');
                const text = await postAndLeave(
                  request,
                  body,
                  over === 'http' ? 'LS_protocol=TLCP-2.5.0' : `LS_protocol=TLCP-2.5.0&LS_session=${session}`,
                );
                if (request === 'control')
                  expect(text.split('\r\n').filter(Boolean), body).toHaveLength(
                    Math.max(1, idsOf(lines).length),
                  );
              }
              clock.advance(waitMs);
            }
            socket.terminate();
            expect(uncaught).toEqual([]);
            ticks.push(...(await bystander.drain()).filter((text) => text.startsWith('U,')));
            const fresh = await open();
            fresh.send('create_session', login);
            fresh.send('control', add(1, eurusd));
            await fresh.line(/^U,1,1,\d/);
            fresh.socket.terminate();
            await once(fresh.socket, 'close');
            for (let n = 0; n < 20 && simulator.stats().streams > 1; n++) {
              // the simulator may hear of a closed socket a little later
              clock.advance(retentionMs);
              ticks.push(...(await bystander.drain()).filter((text) => text.startsWith('U,')));
            }
            expect(simulator.stats()).toMatchObject({ streams: 1, items: 1 });
          },
        )
        .afterEach(() => attacker.socket.terminate()),
      { numRuns, seed, unbiased: true, endOnFailure: deep },
    );
    expect(
      ticks.every((text, i) => i === 0 || Number(text.split(',')[3]) > Number(ticks[i - 1]!.split(',')[3])),
    ).toBe(true);
    expect(Number(ticks.at(-1)!.split(',')[3]) - started).toBeGreaterThan(numRuns * 0.9 * retentionMs);
    bystander.socket.terminate();
  },
);

/** Whole HTTP and WebSocket requests, as bytes. */
const post1 = (path: string, body: string, more = '') =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${more}\r\n${body}`;
const upgrade = (path: string, protocol: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ${protocol}\r\n\r\n`;
const tlcp = 'TLCP-2.5.0.lightstreamer.com';
/** A client's frame, masked with zeros; `head` is FIN, RSV and opcode. */
const frame = (head: number, payload: Buffer) =>
  Buffer.concat([
    Buffer.from([
      head,
      0x80 | (payload.length < 126 ? payload.length : 126),
      ...(payload.length < 126 ? [] : [payload.length >> 8, payload.length & 255]),
      0,
      0,
      0,
      0,
    ]),
    payload,
  ]);
const bytes = fc
  .oneof(
    fc.constantFrom(
      upgrade('/lightstreamer', tlcp),
      upgrade('/lightstreamer', 'chat'),
      upgrade('/', tlcp),
      upgrade('/lightstreamer', `${tlcp}, ${tlcp}`),
      upgrade('/lightstreamer', ''),
      upgrade('/lightstreamer?%', `a b, ${tlcp}`),
    ),
    fc.constantFrom(
      post1('/lightstreamer/create_session.txt?LS_protocol=TLCP-2.5.0', create),
      post1('/lightstreamer/control.txt', 'LS_reqId=1&LS_op=add'),
      post1('/lightstreamer/%zz.txt', ''),
      post1('/lightstreamer/heartbeat.txt', '\r\n'),
      post1('/lightstreamer/', ''),
      post1('/lightstreamer/control.txt', 'x', 'Content-Encoding: gzip\r\n'),
      post1('/lightstreamer/control.txt', 'x', 'Content-Type: text/plain; charset=none\r\n'),
      post1('/lightstreamer/control.txt', 'x', 'Expect: 100-continue\r\n'),
      post1('/lightstreamer/control.txt', 'x'.repeat(250_000)),
      'POST /lightstreamer/control.txt HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      'POST /lightstreamer/create_session.txt HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\nLS_',
      'GET /lightstreamer HTTP/9\r\n\r\n',
    ),
  )
  .map((text) => Buffer.from(text, 'latin1'));
const frames = fc
  .array(
    fc.tuple(
      fc.constantFrom(0x81, 0x82, 0x01, 0x80, 0x88, 0x89, 0x8a, 0xc1, 0x8f),
      fc.oneof(
        line.map((text) => Buffer.from(`control\r\n${text}`)),
        fc.uint8Array({ maxLength: 40 }).map((data) => Buffer.from(data)),
        fc.constant(Buffer.from(`create_session\r\n${create}`)),
      ),
    ),
    { maxLength: 4 },
  )
  .map((parts) => parts.map(([head, payload]) => frame(head, payload.subarray(0, 60_000))));

test(
  'whatever bytes come, and however a client breaks off, the simulator lives and serves the next',
  { timeout },
  async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        frames,
        fc.option(fc.tuple(fc.nat(), fc.nat(255))),
        fc.constantFrom('reset', 'end', 'destroy'),
        fc.boolean(),
        async (request, parts, flipped, how, answered) => {
          const socket = connect(simulator.port, '127.0.0.1');
          socket.on('error', () => {});
          await once(socket, 'connect');
          const sent = Buffer.concat([request, ...parts]);
          if (flipped) sent[flipped[0] % sent.length] = flipped[1];
          socket.write(sent);
          if (answered)
            await Promise.race([once(socket, 'data'), once(socket, 'close'), post('heartbeat', '')]);
          if (how === 'reset') socket.resetAndDestroy();
          else socket[how]();
          if (how !== 'end') await once(socket, 'close');
          const fresh = await open();
          fresh.send('wsok');
          await fresh.line(/^WSOK$/);
          fresh.socket.terminate();
          socket.destroy();
          expect(uncaught).toEqual([]);
          clock.advance(retentionMs);
        },
      ),
      { numRuns: 2 * numRuns, seed, endOnFailure: deep },
    );
  },
);
