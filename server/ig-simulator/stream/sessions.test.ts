// The rules of a stream session, request by request: pacing, silence, tokens, polls and parameters that make no sense.
import { once } from 'node:events';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import { add, createTlcp, eurusd, type Tlcp } from '../../testing/stream-tlcp.ts';
import { instrumentByEpic } from '../market/instruments.ts';
import { createMarket } from '../market/seeded-market.ts';
import { tokenIdleMs } from '../access/sessions.ts';
import { defaultKeepaliveMs } from './requests.ts';
import { retentionMs } from './session.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
let [open, post, create]: [Tlcp['open'], Tlcp['post'], string] = [undefined!, undefined!, ''];
beforeEach(async () => {
  simulator.setFaults([{ name: 'stream-drop', recoverable: false }]);
  ({ open, post, create } = await createTlcp(simulator)); // tokens of its own
});

async function session(more = '') {
  const opened = await open();
  opened.send('create_session', create + more);
  const id = (await opened.line(/^CONOK/)).split(',')[1]!;
  await opened.line(/^CONS/);
  return { ...opened, id };
}
const market = createMarket(instrumentByEpic.get('CS.D.EURUSD.CFD.IP')!, { seed: 'test', realHours: false });
const bids = (fromMs: number, toMs: number) =>
  [...market.ticks(fromMs + 1, toMs + 1)].map(({ bid }) => (bid / 1e5).toFixed(5));
/** Bids of a subscription as a client sees them, unchanged ones filled in. */
const bidsOf = (lines: string[], subId: number) =>
  lines.filter((line) => line.startsWith(`U,${subId},1,`)).map((line) => line.split(',')[3]!.split('|')[0]!);

test('a numeric frequency is granted and kept: never sooner, the latest price when its time comes; reconf changes it at once, unfiltered cannot be changed', async () => {
  const { send, line, drain } = await session();
  send(
    'control',
    add(1, eurusd, '&LS_requested_max_frequency=0.2'),
    add(2, eurusd, '&LS_requested_max_frequency=unlimited'),
    add(3, eurusd, '&LS_requested_max_frequency=unfiltered'),
  );
  await line(/^CONF,1,0\.2,filtered$/);
  await line(/^CONF,2,unlimited,filtered$/);
  await line(/^CONF,3,unlimited,unfiltered$/);
  await drain();
  const startMs = clock.now().getTime();
  for (let i = 0; i < 40; i++) clock.advance(500);
  const heard = await drain();
  const every = bids(startMs, clock.now().getTime());
  expect(every.length).toBeGreaterThan(15);
  expect(heard.filter((text) => text.startsWith('U,2,'))).toHaveLength(every.length);
  expect(bidsOf(heard, 1)).toEqual(
    [5, 10, 15, 20].map((second) => bids(startMs, startMs + second * 1_000).at(-1)),
  );
  clock.advance(3_000);
  send(
    'control',
    'LS_reqId=4&LS_op=reconf&LS_subId=1&LS_requested_max_frequency=unlimited',
    'LS_reqId=5&LS_op=reconf&LS_subId=3&LS_requested_max_frequency=2',
    'LS_reqId=6&LS_op=reconf&LS_subId=1&LS_requested_max_frequency=unfiltered',
  );
  send(
    'control',
    'LS_reqId=7&LS_op=reconf&LS_subId=1&LS_requested_max_frequency=often',
    'LS_reqId=8&LS_op=reconf&LS_subId=2&LS_requested_max_frequency=3',
  );
  const changed = await drain();
  expect(changed.filter((text) => /^(REQ|CONF|U,1)/.test(text))).toEqual([
    'REQOK,4',
    'CONF,1,unlimited,filtered',
    expect.stringMatching(/^U,1,1,/),
    expect.stringMatching(/^REQERR,5,13,/),
    expect.stringMatching(/^REQERR,6,13,/),
    expect.stringMatching(/^REQERR,7,65,/),
    'REQOK,8',
    'CONF,2,3.0,filtered',
  ]);
});

test('every event of a DISTINCT item is told, whatever frequency is asked, and CONF says so', async () => {
  const { send, line, drain } = await session();
  send(
    'control',
    'LS_reqId=1&LS_op=add&LS_subId=1&LS_mode=DISTINCT&LS_group=CHART%3ACS.D.EURUSD.CFD.IP%3ATICK&LS_schema=UTM%20BID&LS_snapshot=true&LS_requested_max_frequency=0.1',
  );
  await line(/^CONF,1,unlimited,filtered$/);
  await line(/^EOS,1,1$/); // its snapshot is empty
  const startMs = clock.now().getTime();
  clock.advance(30_000);
  expect((await drain()).filter((text) => text.startsWith('U,1,1,'))).toHaveLength(
    bids(startMs, clock.now().getTime()).length,
  );
});

test('a client that promised to be heard and is not loses its connection, not its session; a heartbeat or any request keeps it', async () => {
  const { send, socket, drain, id } = await session('&LS_inactivity_millis=1000');
  send('heartbeat\r\n');
  for (let i = 0; i < 5; i++) {
    clock.advance(1_500);
    if (i % 2 === 0) send('heartbeat\r\n');
    await drain();
  }
  clock.advance(1_999);
  expect(socket.readyState).toBe(socket.OPEN);
  clock.advance(1);
  await once(socket, 'close');
  expect(simulator.stats().streams).toBe(1);
  expect(await post('bind_session', `LS_session=${id}&LS_polling=true&LS_recovery_from=0`)).toContain(
    'PROG,0',
  );
  expect(await post('heartbeat', '\r\n', `LS_session=${id}`)).toEqual(['REQOK']);
});

test('a stream outlives its tokens: it goes on, is bound again and recovered; only a new session is refused', async () => {
  const { line, send, socket, id, drain } = await session('&LS_keepalive_millis=60000');
  clock.advance(tokenIdleMs + 1);
  await line(/^PROBE$/);
  send('control', add(1, eurusd));
  await line(/^U,1,1,/);
  const other = await open();
  other.send('create_session', create);
  await other.line(/^CONERR,1,/);
  await once(other.socket, 'close');
  expect(await post('create_session', create)).toEqual(['CONERR,1,User/password check failed']);
  await drain();
  socket.terminate();
  await once(socket, 'close');
  const again = await open();
  again.send('bind_session', `LS_session=${id}`);
  await again.line(/^CONOK/);
  clock.advance(2_000);
  await again.line(/^U,1,1,/);
  again.socket.terminate();
  await once(again.socket, 'close');
  expect(
    (await post('bind_session', `LS_session=${id}&LS_polling=true&LS_recovery_from=1`)).filter((text) =>
      /^(CONOK|PROG|CONF|LOOP)/.test(text),
    ),
  ).toHaveLength(4);
  clock.advance(retentionMs);
  expect(await post('bind_session', `LS_session=${id}&LS_polling=true&LS_recovery_from=1`)).toEqual([
    'CONERR,20,Specified session not found',
  ]);
});

test('a poll answers with the head and what waits, or waits for the first line; on a socket the next poll needs no session id', async () => {
  const { send, line, until, id } = await session('&LS_polling=true&LS_idle_millis=0');
  await line(/^LOOP,0$/);
  send('bind_session', 'LS_polling=true&LS_idle_millis=19000');
  await line(/^CONOK,.*,19000,\*$/);
  send('control', add(1, eurusd, '&LS_ack=false'));
  await line(/^SUBOK,1/); // woke the poll
  await line(/^LOOP,0$/);
  clock.advance(5_000);
  send('bind_session', `LS_session=${id}&LS_polling=true&LS_idle_millis=19000`);
  const polled = await until(/^LOOP,0$/);
  expect(polled.filter((text) => text.startsWith('U,1,1,')).length).toBeGreaterThan(2);
  simulator.setFaults([{ name: 'mute' }]);
  send('bind_session', 'LS_polling=true&LS_idle_millis=2000');
  await line(/^CONS/);
  clock.advance(2_000);
  expect(await until(/^LOOP/)).toEqual(['LOOP,0']); // neither PROBE nor data: the wait is over
  simulator.setFaults([]);
});

test('each line of a batch is answered on a polling socket, though the first ends the poll', async () => {
  const { send, line, until } = await session('&LS_polling=true&LS_idle_millis=1000');
  send('control', add(1, eurusd), 'LS_reqId=2&LS_op=delete&LS_subId=1', 'LS_reqId=3&LS_op=delete&LS_subId=1');
  const answered = await until(/^REQERR,3,19,/);
  expect(answered.filter((text) => /^(REQOK|LOOP)/.test(text))).toEqual(['REQOK,1', 'LOOP,0', 'REQOK,2']);
  send('bind_session', 'LS_polling=true');
  await line(/^UNSUB,1$/);
});

test('an HTTP stream stays within the length that was asked for, though more waits; the rest comes with the next', async () => {
  const id = (await post('create_session', `${create}&LS_polling=true`))[0]!.split(',')[1]!;
  await post(
    'control',
    add(1, Array<string>(40).fill(eurusd).join(' ')),
    `LS_protocol=TLCP-2.5.0&LS_session=${id}`,
  );
  const startMs = clock.now().getTime();
  clock.advance(retentionMs - 1);
  const heard: string[] = [];
  for (const how of ['LS_content_length=10000', 'LS_content_length=10000', 'LS_polling=true']) {
    const body = await post('bind_session', `LS_session=${id}&${how}`);
    if (how !== 'LS_polling=true') expect(body.join('\r\n').length).toBeLessThan(10_000);
    expect(body.at(-1)).toBe('LOOP,0');
    expect(body.filter((text) => text.startsWith('U,')).length).toBeGreaterThan(50);
    heard.push(...body);
  }
  for (let item = 1; item <= 40; item++)
    expect(heard.filter((text) => text.startsWith(`U,1,${item},`))).toHaveLength(
      1 + bids(startMs, startMs + retentionMs - 1).length,
    );
});

const charts = (name: string, schema = 'UTM') =>
  `LS_reqId=1&LS_op=add&LS_subId=1&LS_mode=MERGE&LS_schema=${schema}&LS_group=CHART:CS.D.EURUSD.CFD.IP${name}`;
const plain = add(1, eurusd);
test.each<[string, string, RegExp]>([
  ['no request id', 'LS_op=add', /^ERROR,67,/],
  ['a request id that is no number', 'LS_reqId=x&LS_op=add', /^ERROR,67,/],
  ['no operation', 'LS_reqId=1', /^REQERR,1,67,/],
  ['an unknown operation', 'LS_reqId=1&LS_op=ADD', /^REQERR,1,67,/],
  ['subscription 0', plain.replace('LS_subId=1', 'LS_subId=0'), /^REQERR,1,65,/],
  ['subscription 1e3', plain.replace('LS_subId=1', 'LS_subId=1e3'), /^REQERR,1,65,/],
  ['no subscription id', plain.replace('&LS_subId=1', ''), /^REQERR,1,65,/],
  ['nothing but LS_ack=false', 'LS_reqId=1&LS_op=add&LS_ack=false', /^REQERR,1,65,/],
  ['no item', add(1, ''), /^REQERR,1,21,/],
  ['a blank item', add(1, ' '), /^REQERR,1,21,/],
  ['a name without epic', add(1, 'PRICE:ABC12'), /^REQERR,1,21,/],
  ['a name with more', add(1, `${eurusd}:more`), /^REQERR,1,21,/],
  ['a chart of the Pricing adapter', add(1, 'CHART:CS.D.EURUSD.CFD.IP:TICK'), /^REQERR,1,21,/],
  ['an unknown scale', charts(':2MINUTE'), /^REQERR,1,21,/],
  ['a chart without scale', charts(''), /^REQERR,1,21,/],
  ['ticks as MERGE', charts(':TICK'), /^REQERR,1,24,/],
  ['the epic __proto__', add(1, 'PRICE:ABC12:__proto__'), /^REQERR,1,21,/],
  ["another login's account", add(1, 'PRICE:OTHER:CS.D.EURUSD.CFD.IP'), /^REQERR,1,-1,/],
  ['mode COMMAND', plain.replace('MERGE', 'COMMAND'), /^REQERR,1,24,/],
  ['no mode', plain.replace('&LS_mode=MERGE', ''), /^REQERR,1,24,/],
  ['no field', plain.replace('BIDPRICE1%20ASKPRICE1', ''), /^REQERR,1,23,/],
  ['201 fields', plain.replace('ASKPRICE1', Array(200).fill('ASKPRICE1').join('%20')), /^REQERR,1,23,/],
  ['an adapter in lower case', plain.replace('Pricing', 'pricing'), /^REQERR,1,17,/],
  ['a negative frequency', `${plain}&LS_requested_max_frequency=-1`, /^REQERR,1,65,/],
  ['41 items', add(1, Array(41).fill(eurusd).join(' ')), /^REQERR,1,-1,No more than 40 items$/],
  ['a delete of nothing', 'LS_reqId=1&LS_op=delete', /^REQERR,1,19,/],
  ['a delete of NaN', 'LS_reqId=1&LS_op=delete&LS_subId=NaN', /^REQERR,1,19,/],
  ['a reconf of nothing', 'LS_reqId=1&LS_op=reconf', /^REQERR,1,19,/],
  ['another session', 'LS_reqId=1&LS_op=destroy&LS_session=none', /^REQERR,1,20,/],
])(
  'a control request with %s has one answer on each transport, and the session stays',
  async (_what, request, answer) => {
    const { send, drain, id } = await session();
    send('control', request);
    expect(await drain()).toEqual([expect.stringMatching(answer)]);
    const query = request.includes('LS_session') ? '' : `&LS_session=${id}`;
    expect(await post('control', request, `LS_protocol=TLCP-2.5.0${query}`)).toEqual([
      expect.stringMatching(answer),
    ]);
    send('control', add(2, eurusd));
    expect((await drain()).map((text) => text.split(',')[0])).toEqual(['REQOK', 'SUBOK', 'CONF', 'U']);
  },
);

test.each([
  ['LS_keepalive_millis=0', 200],
  ['LS_keepalive_millis=-5', 200],
  ['LS_keepalive_millis=1e9', 60_000],
  ['LS_keepalive_millis=soon', defaultKeepaliveMs],
  ['LS_keepalive_millis=', 200],
  ['LS_polling=true&LS_idle_millis=1e12', 60_000],
  ['LS_polling=true&LS_idle_millis=x', 0],
  ['LS_inactivity_millis=never', defaultKeepaliveMs],
  ['LS_content_length=x', defaultKeepaliveMs],
])('create_session with %s is granted %i ms', async (parameters, granted) => {
  const { send, line } = await open();
  send('create_session', `${create}&${parameters}`);
  expect(await line(/^CONOK/)).toMatch(new RegExp(`,50000,${granted},\\*$`));
});

test.each([
  ['-1', 4],
  ['1.5', 4],
  ['x', 4],
  ['', 0],
  ['1e99', 4],
  ['3', 4],
])('recovery from %j is answered %i', async (from, code) => {
  const { id } = await session();
  const answer = await post('bind_session', `LS_session=${id}&LS_polling=true&LS_recovery_from=${from}`);
  expect(answer).toContain(code === 0 ? 'PROG,0' : `CONERR,${code},Recovery point no longer held`);
});

test('items are counted over all subscriptions of a session, and free again when one ends', async () => {
  const { send, drain } = await session();
  send(
    'control',
    add(1, Array(39).fill(eurusd).join(' '), '&LS_ack=false'),
    'LS_reqId=2&LS_op=add&LS_subId=2&LS_mode=MERGE&LS_group=CHART:CS.D.EURUSD.CFD.IP:HOUR&LS_schema=UTM&LS_ack=false',
  );
  send(
    'control',
    'LS_reqId=3&LS_op=add&LS_subId=3&LS_mode=MERGE&LS_group=TRADE:HB.U.HEARTBEAT.IP&LS_schema=HEARTBEAT',
  );
  expect((await drain()).filter((text) => text.startsWith('REQERR'))).toEqual([
    'REQERR,3,-1,No more than 40 items',
  ]);
  send(
    'control',
    'LS_reqId=4&LS_op=delete&LS_subId=2',
    'LS_reqId=5&LS_op=add&LS_subId=3&LS_mode=MERGE&LS_group=TRADE:HB.U.HEARTBEAT.IP&LS_schema=HEARTBEAT&LS_snapshot=true',
  );
  const beat = `U,3,1,${clock.now().getTime()}`;
  expect((await drain()).filter((text) => !text.startsWith('U,1,'))).toEqual([
    'REQOK,4',
    'UNSUB,2',
    'REQOK,5',
    'SUBOK,3,1,1',
    'CONF,3,unlimited,filtered',
    beat,
  ]);
});
