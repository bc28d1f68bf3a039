// What a restart finds: in process on a test's clock, and a real simulator killed in the middle of a burst of deals.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLogger as logger } from '../../lib/logger.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { startProgram, temporaryFolder } from '../../testing/processes.ts';
import { closingOrder, marketOrder, testLogin, testSimulator } from '../../testing/test-simulator.ts';
import { createDealingDesk } from '../desk/dealing-desk.ts';
import { createFaults } from '../faults/faults.ts';
import { instrumentByEpic } from '../market/instruments.ts';
import type { Journal } from './journal.ts';
import { createMemoryJournal } from './memory-journal.ts';
import type { PriceSource } from '../market/price.ts';
import { seededRandom } from '../random.ts';
import { createAccountFeed } from '../stream/account-feed.ts';
import { createOutbox } from '../stream/outbox.ts';
import { createTimers } from '../timers.ts';

let dataDir: string;
beforeEach(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'simulator-'));
});
afterEach(() => rm(dataDir, { recursive: true }));

test('positions, cash, confirms and histories outlive a restart; generated references do not repeat; tokens end', async () => {
  const clock = createManualClock();
  const seen = async (simulator: Awaited<ReturnType<typeof testSimulator>>) => [
    (await simulator.read('/positions', 2)).body.positions.map(({ position }: any) => position),
    (await simulator.read('/history/activity?from=2026-01-01&detailed=true', 3)).body,
    (await simulator.read('/history/transactions?from=2026-01-01', 2)).body,
    simulator.snapshot(),
  ];
  const references = new Set<string>();
  let before: unknown;
  let tokens: Record<string, string>;
  {
    await using simulator = await testSimulator({ clock, dataDir });
    tokens = await simulator.logIn();
    references.add((await simulator.open({ size: 2 })).body.dealReference);
    references.add((await simulator.open()).body.dealReference);
    clock.advance(30_000);
    const { dealId } = (await simulator.read('/positions', 2)).body.positions[0].position;
    references.add((await simulator.close(closingOrder(dealId))).body.dealReference);
    simulator.setFaults([{ name: 'lost-confirm', count: 1 }]);
    await simulator.open({ dealReference: 'lost' });
    before = await seen(simulator);
  }
  await using simulator = await testSimulator({ clock, dataDir });
  expect(await seen(simulator)).toEqual(before);
  expect((await simulator.call('GET', '/positions', { version: 2, headers: tokens })).status).toBe(401);
  clock.advance(250);
  expect((await simulator.read(`/confirms/${[...references][2]}`)).body).toMatchObject({
    status: 'PARTIALLY_CLOSED',
  });
  expect((await simulator.read('/confirms/lost')).status).toBe(404);
  for (let i = 0; i < 5; i++) references.add((await simulator.open()).body.dealReference);
  expect(references.size).toBe(8);
});

test('the books of a folder go on under their own seed only, since prices follow from it', async () => {
  await (await testSimulator({ dataDir, seed: 'mine' })).stop();
  await expect(testSimulator({ dataDir, seed: 'other' })).rejects.toThrow('were made with seed "mine"');
  await (await testSimulator({ dataDir, seed: 'mine' })).stop();
  await rm(path.join(dataDir, 'seed')); // books of before
  const saved = await testSimulator({ seed: 'other' });
  await saved.stop();
  await expect(testSimulator({ dataDir, seed: 'other', begin: saved.save() })).rejects.toThrow(
    'holds another state',
  ); // and leaves no word of its seed
  await (await testSimulator({ dataDir, seed: 'mine' })).stop();
  await expect(testSimulator({ dataDir, seed: 'other' })).rejects.toThrow('"mine"');
});

test('an attached stop works on after a restart, and what was passed meanwhile is filled at the first price', async () => {
  const clock = createManualClock();
  const attached = { stopDistance: 2, limitDistance: 2 };
  {
    await using simulator = await testSimulator({ clock, dataDir });
    await simulator.open(attached);
  }
  clock.advance(86_400_000);
  await using simulator = await testSimulator({ clock, dataDir });
  expect(simulator.snapshot().accounts['ABC12']!.positions).toEqual([]);
  const { activities } = (await simulator.read('/history/activity?from=2026-01-05', 3)).body;
  expect(activities[0]).toMatchObject({ date: clock.now().toISOString().slice(0, 19), channel: 'SYSTEM' });
  await simulator.open(attached);
  await simulator.stop();
  await using again = await testSimulator({ clock, dataDir });
  expect(again.snapshot().accounts['ABC12']!.positions).toHaveLength(1);
  for (let i = 0; i < 60; i++) {
    clock.advance(60_000);
    await again.read('/accounts');
  }
  await vi.waitFor(() => expect(again.snapshot().accounts['ABC12']!.positions).toEqual([]));
});

test('a login made at run time signs in after a restart, made again it is the same, and its names stay taken', async () => {
  const clock = createManualClock();
  const wanted = {
    identifier: 'user-1',
    password: 'pass word',
    accountId: 'SUSER1',
    currency: 'EUR',
    balance: '777.5',
  };
  const create = async (how: 'once' | 'twice at once') => {
    await using simulator = await testSimulator({ clock, dataDir });
    const made = await Promise.all(
      Array.from({ length: how === 'once' ? 1 : 2 }, () => simulator.createLogin(wanted)),
    );
    const { body } = await simulator.call('POST', '/session', {
      version: 2,
      headers: { 'X-IG-API-KEY': made[0]!.apiKey },
      body: { identifier: 'user-1', password: 'pass word' },
    });
    expect(body).toMatchObject({
      currentAccountId: 'SUSER1',
      currencyIsoCode: 'EUR',
      accountInfo: { balance: 777.5 },
    });
    await expect(simulator.createLogin({ ...wanted, password: 'other' })).rejects.toThrow('taken');
    await expect(simulator.createLogin({ accountId: 'SUSER1' })).rejects.toThrow('taken');
    expect(new Set(made.map((each) => JSON.stringify(each))).size).toBe(1);
    return { made: made[0], n: simulator.snapshot().n };
  };
  const first = await create('twice at once');
  expect(await create('once')).toEqual(first);
  {
    // a login of the configuration that is configured no more keeps its account, but nobody signs in to it
    await using simulator = await testSimulator({ clock, dataDir, logins: [] });
    expect(
      (
        await simulator.call('POST', '/session', {
          version: 2,
          body: { identifier: testLogin.identifier, password: testLogin.password },
        })
      ).status,
    ).toBe(403);
    await expect(
      simulator.createLogin({ identifier: 'thief', accountId: testLogin.accountId }),
    ).rejects.toThrow('taken');
  }
});

test('a stop of a position that a clock ahead of ours has dated works on after a restart', async () => {
  const clock = createManualClock();
  {
    await using simulator = await testSimulator({
      clock,
      dataDir,
      faults: [{ name: 'clock-skew', skewMs: 3_600_000 }],
    });
    await simulator.open({ stopDistance: 20 });
  }
  await using simulator = await testSimulator({
    clock,
    dataDir,
    faults: [{ name: 'price-gap', points: -60 }],
  });
  clock.advance(5_000);
  await vi.waitFor(() => expect(simulator.snapshot().accounts['ABC12']!.positions).toEqual([]));
});

test('nights and dates that passed while nobody ran are made up for before anything is answered', async () => {
  const clock = createManualClock();
  {
    await using simulator = await testSimulator({ clock, dataDir });
    await simulator.open();
    await simulator.send('POST', '/workingorders/otc', {
      epic: marketOrder.epic,
      expiry: '-',
      direction: 'BUY',
      size: 1,
      level: 1.0,
      type: 'LIMIT',
      currencyCode: 'USD',
      timeInForce: 'GOOD_TILL_DATE',
      goodTillDate: '2026/01/06 12:00:00',
      guaranteedStop: false,
    });
    expect((await simulator.read('/workingorders', 2)).body.workingOrders).toHaveLength(1);
  }
  clock.advance(3 * 86_400_000);
  await using simulator = await testSimulator({ clock, dataDir });
  expect((await simulator.read('/workingorders', 2)).body.workingOrders).toEqual([]);
  const { transactions } = (await simulator.read('/history/transactions?from=2026-01-05', 2)).body;
  expect(
    transactions.map(({ instrumentName }: { instrumentName: string }) => instrumentName.slice(0, 24)),
  ).toEqual([
    'Overnight funding for 3 ',
    'Overnight funding for 1 ',
    'Overnight funding for 1 ',
    'Opening balance',
  ]);
});

test('the end of a trading day is charged to a position that is closed after it, though the timer of that night is late', async () => {
  const clock = createManualClock(new Date('2026-01-05T21:59:00.000Z'));
  const late = {
    ...clock,
    after: (ms: number, run: () => void) => (ms > 30_000 ? () => {} : clock.after(ms, run)),
  };
  await using simulator = await testSimulator({ clock: late });
  await simulator.open();
  clock.advance(61_000);
  const [{ position }] = (await simulator.read('/positions', 2)).body.positions;
  await simulator.close(closingOrder(position.dealId));
  const { transactions } = (await simulator.read('/history/transactions?from=2026-01-05', 2)).body;
  expect(
    transactions.map(({ instrumentName }: { instrumentName: string }) => instrumentName.split(' ')[0]),
  ).toEqual(['EUR/USD', 'Overnight', 'Opening']);
});

test('nothing is answered, told or shown before the disk has it; when it fails, everything ends', async () => {
  const clock = createManualClock();
  const memory = createMemoryJournal();
  const waiting: { write: () => void; fail: () => void }[] = [];
  let holding = false;
  const journal: Journal = {
    ...memory,
    append: (decisions) =>
      holding
        ? new Promise(
            (done, failed) =>
              void waiting.push({
                write: () => void memory.append(decisions).then(done),
                fail: () => failed(new Error('disk full')),
              }),
          )
        : memory.append(decisions),
  };
  const timers = createTimers(clock);
  const trades = createOutbox({ clock, timers, logger });
  const fatal: unknown[] = [];
  const source = {
    instrument: instrumentByEpic.get(marketOrder.epic)!,
    current: () => ({ atMs: clock.now().getTime(), bid: '1.17000', offer: '1.17006', status: 'TRADEABLE' }),
    subscribe: () => ({ snapshot: undefined, unsubscribe: () => {} }),
  } as unknown as PriceSource;
  const desk = createDealingDesk({
    journal,
    sources: new Map([[marketOrder.epic, source]]),
    pastMarkets: new Map(),
    randomAt: (decisions) => seededRandom(`desk/${decisions}`),
    faults: createFaults({ clock, timers }),
    trades,
    accounts: createAccountFeed({ clock, timers }),
    confirmDelayMs: [20, 20],
    onFatal: (error) => fatal.push(error),
  });
  await desk.createAccount({ accountId: 'A', login: 'a', accountType: 'CFD', currency: 'USD', cash: '5000' });
  const heard: string[] = [];
  trades.listen('A', ({ field }) => heard.push(field));
  const order = (dealReference: string) =>
    desk.deal({
      type: 'openPosition',
      accountId: 'A',
      epic: marketOrder.epic,
      expiry: '-',
      direction: 'BUY',
      size: '1',
      currencyCode: 'USD',
      forceOpen: true,
      dealReference,
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  holding = true;
  let answered = false;
  const first = order('one').then(() => (answered = true));
  const repeated = order('one'); // decided against the first, though that is not on the disk yet
  clock.advance(1_000);
  await turn();
  expect([
    answered,
    heard,
    desk.state().accounts.get('A')!.positions.length,
    desk.confirm('A', 'one'),
  ]).toEqual([false, [], 0, undefined]);
  waiting.shift()!.write();
  await first;
  clock.advance(1_000);
  expect([answered, heard.toSorted(), desk.state().accounts.get('A')!.positions.length]).toEqual([
    true,
    ['CONFIRMS', 'OPU'],
    1,
  ]);
  waiting.shift()!.write();
  expect(await repeated).toMatchObject({ type: 'rejected', reason: 'DUPLICATE_ORDER_ERROR' });
  await turn();
  heard.length = 0;

  let known = 0;
  const preferences = [1, 2].map(() =>
    desk.set({ type: 'setPreferences', accountId: 'A', trailingStopsEnabled: false }).then(() => known++),
  ); // the second changes nothing, but rests on the first
  await turn();
  expect([waiting.length, known]).toEqual([1, 0]);
  waiting.shift()!.write();
  await Promise.all(preferences);

  const lost = [order('two'), order('three')];
  waiting.forEach(({ fail }) => fail());
  await Promise.all(lost.map((each) => expect(each).rejects.toThrow('disk full')));
  clock.advance(1_000);
  expect([fatal.length, heard.filter((field) => field === 'OPU')]).toEqual([1, []]);
  await expect(order('four')).rejects.toThrow('closed');
});

test(
  'kill -9 in a burst of deals: every acknowledged one is there after the restart, none twice, and the money adds up',
  { timeout: 60_000 },
  async () => {
    using folder = temporaryFolder('kill');
    const start = async () => {
      const program = startProgram('server/main/simulator.ts', {
        args: [
          '--port',
          '0',
          '--json',
          '--data',
          path.join(folder.path, 'data'),
          '--admin-token',
          'admin',
          '--seed',
          'kill',
        ],
      });
      const [, baseUrl] = (await program.printed(/"baseUrl":"([^"]+)"/)) as unknown as [string, string];
      const admin = async (method: string, where: string, body?: unknown) =>
        (
          await fetch(new URL(`/simulator${where}`, baseUrl), {
            method,
            headers: { Authorization: 'Bearer admin', 'Content-Type': 'application/json' },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
          })
        ).json() as Promise<any>;
      const login = await admin('POST', '/logins', {
        identifier: 'burst',
        password: 'secret',
        accountId: 'BURST',
        balance: '1000000',
      });
      const post = async (where: string, version: number, headers: Record<string, string>, body: unknown) =>
        fetch(baseUrl + where, {
          method: 'POST',
          headers: {
            'X-IG-API-KEY': login.apiKey,
            Version: String(version),
            'Content-Type': 'application/json',
            ...headers,
          },
          body: JSON.stringify(body),
        });
      const session = await post('/session', 2, {}, { identifier: 'burst', password: 'secret' });
      const tokens = {
        CST: session.headers.get('cst')!,
        'X-SECURITY-TOKEN': session.headers.get('x-security-token')!,
      };
      return {
        program,
        login,
        state: async () => (await admin('GET', '/state?accountId=BURST')).accounts.BURST,
        read: async (where: string, version: number) =>
          (
            await fetch(baseUrl + where, {
              headers: { 'X-IG-API-KEY': login.apiKey, Version: String(version), ...tokens },
            })
          ).json() as Promise<any>,
        open: (dealReference: string) => post('/positions/otc', 2, tokens, { ...marketOrder, dealReference }),
        close: (dealId: string) =>
          post('/positions/otc', 1, { ...tokens, _method: 'DELETE' }, closingOrder(dealId)),
      };
    };
    const sent: string[] = [];
    const acknowledged = { opens: new Set<string>(), closes: new Set<string>() };
    let login: unknown;
    for (let round = 1; round <= 2; round++) {
      const simulator = await start();
      await using _program = simulator.program;
      login ??= simulator.login;
      expect(simulator.login.apiKey).toBe((login as { apiKey: string }).apiKey);
      const toClose: string[] = (await simulator.state()).positions
        .slice(0, 30)
        .map(({ dealId }: { dealId: string }) => dealId);
      let answers = 0;
      await Promise.all(
        Array.from({ length: 8 }, async (_, lane) => {
          try {
            for (let i = 0; ; i++) {
              const dealReference = `r${round}-${lane}-${i}`;
              sent.push(dealReference);
              const answer = await simulator.open(dealReference);
              if (answer.status === 200 && (await answer.json()).dealReference === dealReference)
                acknowledged.opens.add(dealReference);
              const dealId = i % 3 === 0 ? toClose.pop() : undefined;
              if (dealId && (await simulator.close(dealId)).status === 200) acknowledged.closes.add(dealId);
              if (++answers === 150) simulator.program.child.kill('SIGKILL');
            }
          } catch {
            /* killed */
          }
        }),
      );
      expect(await simulator.program.exited).toBe('SIGKILL');
    }
    const simulator = await start();
    await using _program = simulator.program;
    const { deals, closes, positions, cash } = await simulator.state();
    expect(acknowledged.opens.size).toBeGreaterThanOrEqual(300);
    expect(acknowledged.closes.size).toBeGreaterThan(20);
    expect([...acknowledged.opens].filter((reference) => deals[reference] !== 1)).toEqual([]);
    expect([...acknowledged.closes].filter((dealId) => closes[dealId]?.count !== 1)).toEqual([]);
    expect(
      Object.keys(deals).filter((reference) => !sent.includes(reference) || deals[reference] !== 1),
    ).toEqual([]);
    expect(positions.length).toBe(Object.keys(deals).length - Object.keys(closes).length);
    const { transactions } = await simulator.read('/history/transactions?from=2020-01-01&pageSize=0', 2);
    const pence = transactions.reduce(
      (sum: number, { profitAndLoss }: { profitAndLoss: string }) =>
        sum + Math.round(Number(profitAndLoss.replace('£', '')) * 100),
      0,
    );
    expect(pence).toBe(Math.round(Number(cash) * 100));
    expect((await simulator.read('/positions', 2)).positions).toHaveLength(positions.length);
  },
);
