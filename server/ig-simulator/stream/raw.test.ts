// TLCP byte by byte: what the SDKs never send or cannot show.
import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import { add, createTlcp, eurusd } from '../../testing/stream-tlcp.ts';
import { accountTypeOf } from '../market/instrument.ts';
import { instruments } from '../market/instruments.ts';
import { defaultKeepaliveMs } from './requests.ts';
import { retentionMs } from './session.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const { origin, open, post, create } = await createTlcp(simulator);

test('create, subscribe, update, keepalive, unsubscribe and destroy read as on the wire', async () => {
  const { send, line, socket } = await open();
  send('wsok');
  await line(/^WSOK$/);
  send('create_session', create);
  expect(await line(/^CONOK/)).toMatch(/^CONOK,S[\w-]+,50000,5000,\*$/);
  await line(/^SERVNAME,/);
  await line(/^CLIENTIP,127\.0\.0\.1$/);
  await line(/^CONS,unlimited$/);
  send('control', add(1, eurusd), add(2, eurusd, '&LS_ack=false'));
  await line(/^REQOK,1$/);
  await line(/^SUBOK,1,1,2$/);
  await line(/^CONF,1,unlimited,filtered$/);
  await line(/^U,1,1,\d\.\d{5}\|\d\.\d{5}$/);
  await line(/^SUBOK,2,1,2$/);
  clock.advance(defaultKeepaliveMs);
  await line(/^U,/);
  send('control', 'LS_reqId=3&LS_op=delete&LS_subId=1', 'LS_reqId=4&LS_op=delete&LS_subId=2');
  await line(/^REQOK,3$/);
  await line(/^UNSUB,1$/);
  await line(/^UNSUB,2$/);
  clock.advance(defaultKeepaliveMs);
  await line(/^PROBE$/);
  send(
    'control',
    'LS_reqId=5&LS_op=constrain&LS_requested_max_bandwidth=50',
    'LS_reqId=6&LS_op=reconf&LS_subId=9',
    'LS_reqId=7&LS_op=dance',
    'LS_reqId=8&LS_op=delete&LS_subId=9',
    'LS_op=add',
  );
  await line(/^REQOK,5$/);
  await line(/^CONS,unlimited$/);
  await line(/^REQERR,6,19,/);
  await line(/^REQERR,7,67,/);
  await line(/^REQERR,8,19,/);
  await line(/^ERROR,67,/);
  send('msg', 'LS_reqId=9&LS_message=x');
  await line(/^REQERR,9,-1,/);
  send('control', 'LS_reqId=10&LS_op=destroy');
  await line(/^REQOK,10$/);
  await line(/^END,31,/);
  await once(socket, 'close');
  expect(simulator.stats().streams).toBe(0);
});

test('over HTTP each control line has its answer, sessions unknown are told so, and recovery starts with PROG', async () => {
  const head = await post('create_session', `${create}&LS_polling=true&LS_polling_millis=0&LS_idle_millis=0`);
  const id = head[0]!.split(',')[1]!;
  expect(head.map((line) => line.split(',')[0])).toEqual(['CONOK', 'SERVNAME', 'CLIENTIP', 'CONS', 'LOOP']);
  expect(
    await post(
      'control',
      `${add(1, eurusd)}\r\n${add(2, 'MARKET:X')}`,
      `LS_protocol=TLCP-2.1.0&LS_session=${id}`,
    ),
  ).toEqual(['REQOK,1', 'REQERR,2,21,Invalid group']);
  const poll = `LS_session=${id}&LS_polling=true&LS_idle_millis=0`;
  const first = await post('bind_session', poll);
  expect(first.map((line) => line.split(',')[0])).toEqual([
    'CONOK',
    'SERVNAME',
    'CLIENTIP',
    'CONS',
    'SUBOK',
    'CONF',
    'U',
    'LOOP',
  ]);
  const again = await post('bind_session', `${poll}&LS_recovery_from=1`);
  expect(again.slice(4)).toEqual(['PROG,1', ...first.slice(5)]);
  expect(await post('bind_session', `${poll}&LS_recovery_from=99`)).toEqual([
    'CONERR,4,Recovery point no longer held',
  ]);
  expect(await post('bind_session', 'LS_session=none')).toEqual(['CONERR,20,Specified session not found']);
  expect(await post('control', 'LS_reqId=7&LS_op=delete&LS_subId=1', 'LS_session=none')).toEqual([
    'REQERR,7,20,Session not found',
  ]);
  expect(await post('heartbeat', '\r\n', `LS_session=${id}`)).toEqual(['REQOK']);
  for (const version of ['3.0.0', '2.5', '2%2C5'])
    expect(await post('create_session', create, `LS_protocol=TLCP-${version}`)).toEqual([
      `CONERR,65,Unsupported protocol version: ${version}`,
    ]);
  expect(await post('create_session', create, '')).toEqual(['CONERR,65,Unsupported protocol version: ']);
  expect(await post('dance', '')).toEqual(['ERROR,65,Unknown request']);
  clock.advance(retentionMs);
  expect(simulator.stats().streams).toBe(0);
  expect(await post('bind_session', poll)).toEqual(['CONERR,20,Specified session not found']);
});

test.each([
  ['MERGE', 'PRICE:ABC12:CS.D.EURUSD.TODAY.IP', 'Pricing', '-1,Invalid account type'],
  ['MERGE', 'PRICE:XYZ99:CS.D.EURUSD.CFD.IP', 'Pricing', '-1,Invalid account type'],
  ['DISTINCT', 'CHART:CS.D.EURUSD.TODAY.IP:TICK', '', '-1,Invalid account type'],
  ['MERGE', 'CHART:IX.D.FTSE.DAILY.IP:HOUR', '', '-1,Invalid account type'],
  ['MERGE', 'PRICE:OTHER:CS.D.EURUSD.CFD.IP', 'Pricing', '-1,Insufficient permissions'],
  ['MERGE', 'ACCOUNT:OTHER', '', '-1,Insufficient permissions'],
  ['DISTINCT', 'TRADE:OTHER', '', '-1,Insufficient permissions'],
  ['DISTINCT', 'PRICE:ABC12:CS.D.EURUSD.CFD.IP', 'Pricing', '24,Invalid mode for these items'],
  ['MERGE', 'CHART:CS.D.EURUSD.CFD.IP:TICK', '', '24,Invalid mode for these items'],
  ['DISTINCT', 'ACCOUNT:ABC12', '', '24,Invalid mode for these items'],
  ['MERGE', 'TRADE:ABC12', '', '24,Invalid mode for these items'],
  ['MERGE', 'CHART:CS.D.EURUSD.CFD.IP:2HOUR', '', '21,Invalid group'],
])('%s %s is refused in the words of IG: %s %s', async (mode, item, adapter, refusal) => {
  const [conok] = await post('create_session', `${create}&LS_polling=true`);
  const line = `LS_reqId=1&LS_subId=1&LS_op=add&LS_mode=${mode}&LS_group=${item}&LS_schema=UTM&LS_data_adapter=${adapter}`;
  expect(await post('control', line, `LS_session=${conok!.split(',')[1]}`)).toEqual([`REQERR,1,${refusal}`]);
  clock.advance(retentionMs);
});

test('without a user name the password alone decides: a wrong half of it, none and an empty one are refused', async () => {
  const [, password = ''] = /(LS_password=[^&]+)/.exec(create) ?? [];
  const answer = async (parameters: string) =>
    (await post('create_session', `LS_polling=true&LS_cid=x&${parameters}`))[0];
  for (const right of [password, `LS_user=&${password}`]) expect(await answer(right)).toMatch(/^CONOK,/);
  for (const wrong of [
    password.replace('CST-', 'CST-x'),
    password.replace('XST-', 'XST-x'),
    password.replace('%7C', ''),
    'LS_password=CST-a%7CXST-b',
    'LS_password=',
    '',
    `LS_user=null&${password}`,
  ])
    expect(await answer(wrong), wrong).toBe('CONERR,1,User/password check failed');
  clock.advance(retentionMs);
});

test('LS_old_session is destroyed by the session that replaces it', async () => {
  const id = (await post('create_session', `${create}&LS_polling=true`))[0]!.split(',')[1]!;
  await post('create_session', `${create}&LS_polling=true&LS_old_session=${id}`);
  expect(simulator.stats().streams).toBe(1);
  expect(await post('bind_session', `LS_session=${id}`)).toEqual(['CONERR,20,Specified session not found']);
  clock.advance(retentionMs);
});

test('a second session on one socket sets the first free, to end like any other without a connection', async () => {
  const { send, line, socket } = await open();
  send('create_session', create);
  const first = (await line(/^CONOK/)).split(',')[1];
  send('create_session', create);
  expect((await line(/^CONOK/)).split(',')[1]).not.toBe(first);
  expect(simulator.stats().streams).toBe(2);
  socket.terminate();
  await once(socket, 'close');
  const recovered = await post('bind_session', `LS_session=${first}&LS_polling=true&LS_recovery_from=0`);
  expect(recovered).toContain('PROG,0');
  clock.advance(retentionMs);
  expect(simulator.stats().streams).toBe(0);
});

test('an upgrade elsewhere or without a TLCP protocol is refused', async () => {
  for (const [path, protocol, status] of [
    ['/lightstreamer', 'chat', 400],
    ['/other', 'TLCP-2.5.0.lightstreamer.com', 404],
  ] as const) {
    const socket = new WebSocket(`${origin.replace('http', 'ws')}${path}`, protocol);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(status);
    socket.on('error', () => {});
    socket.terminate();
  }
});

test('a client that stops reading is ended instead of buffered without bound', async () => {
  const { send, line, socket } = await open();
  send('create_session', create);
  await line(/^CONS/);
  const items = instruments
    .filter((instrument) => accountTypeOf(instrument) === 'CFD')
    .slice(0, 20)
    .map(({ epic }) => `PRICE:ABC12:${epic}`)
    .join(' ');
  send('control', add(1, items), add(2, items));
  await line(/^SUBOK,2/);
  socket.pause();
  for (let n = 0; n < 1_000 && simulator.stats().streams > 0; n++) {
    clock.advance(20_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(simulator.stats()).toMatchObject({ streams: 0, items: 0 });
  socket.terminate();
});

test('a client that resets its refused upgrade takes nothing down with it', async () => {
  const seen: unknown[] = [];
  const watch = (error: unknown) => void seen.push(error);
  process.on('uncaughtException', watch);
  for (let i = 0; i < 20; i++) {
    const socket = connect(simulator.port, '127.0.0.1');
    await once(socket, 'connect');
    socket.write('GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    if (i % 2 === 0) await once(socket, 'data');
    socket.resetAndDestroy();
    await once(socket, 'close');
    expect(await post('heartbeat', '')).toEqual(['REQOK']);
  }
  process.off('uncaughtException', watch);
  expect(seen).toEqual([]);
});

test.each([
  ['with a session', create],
  ['without one', ''],
])('a client %s that asks and never reads the answers is cut off', async (_, parameters) => {
  const { send, line, socket } = await open();
  if (parameters !== '') send('create_session', parameters);
  send('wsok');
  await line(/^WSOK$/);
  socket.pause();
  const closed = once(socket, 'close').then(() => true);
  const batch = Array<string>(1_000).fill('LS_reqId=123456789012345&LS_op=none');
  let batches = 0;
  for (; batches < 2_000 && socket.readyState === socket.OPEN; batches++)
    await new Promise<void>((resolve) => socket.send(['control', ...batch].join('\r\n'), () => resolve()));
  expect(batches).toBeLessThan(2_000);
  socket.resume();
  expect(await closed).toBe(true);
});
