import { expect, test } from 'vitest';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createMemoryBus } from '../../messaging/memory.ts';
import { defaultLimits } from '../../messaging/topology.ts';
import type { AccountNews, BrokerAccount, BrokerCredentials } from '../../modules/accounts/ports.ts';
import { AccountMessage, type AccountEvent } from '../../modules/trading/ports.ts';
import * as build from '../../testing/build.ts';
import { createWaiters } from '../../testing/inbox.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { createAccountClients } from './clients.ts';
import { createDealing } from './dealing.ts';
import { createEvidence } from './evidence.ts';
import { createGateway } from '../index.ts';
import { defaultGatewayLimits, type GatewayLimits } from '../limits.ts';
import { loadSdk, loadSdkFrom, type LoadSdk, type SdkSubscription } from '../stream/sdk.ts';

const ids = createIds(systemClock);
const generations: [string, LoadSdk][] = [
  ['8.0.5', loadSdk],
  ['9.2.2', () => loadSdkFrom(() => import('lightstreamer-client-node-9'))],
];

/** Simulator, database, bus and a worker that hears everything; accounts as the test connects them. */
async function arrange({
  sdk = loadSdk,
  limits = {},
  allBroken = () => false,
}: { sdk?: LoadSdk; limits?: Partial<GatewayLimits>; allBroken?: () => boolean } = {}) {
  const db = await testDb();
  const broker = await testBroker({ clock: systemClock, confirmDelayMs: [0, 20] });
  const bus = createMemoryBus({ logger: silentLogger, clock: systemClock, limits: defaultLimits });
  const accounts: BrokerAccount[] = [];
  const credentials = new Map<string, BrokerCredentials>();
  const listeners = new Set<(accountId: string) => void>();
  const changes: AccountNews = {
    listen: (listener) => (listeners.add(listener), () => void listeners.delete(listener)),
  };
  const clients = createAccountClients({
    endpoints: { simulated: broker.login.baseUrl },
    credentialsOf: async ({ id }) => credentials.get(id)!,
    changes,
    database: db.database,
    sealer: build.sealer(),
    clock: systemClock,
    logger: silentLogger,
  });
  const events: AccountEvent[] = [];
  const epochs: (number | undefined)[] = [];
  const { changed, until } = createWaiters();
  await bus.consume('account', async (message) => {
    const { epoch, events: told } = AccountMessage.parse(message);
    events.push(...told);
    epochs.push(...told.map(() => epoch));
    changed();
  });
  const gateways = new Set<ReturnType<typeof createGateway>>();
  return {
    broker,
    events,
    dealing: createDealing({ clients, clock: systemClock, logger: silentLogger }),
    evidence: createEvidence({ clients, clock: systemClock }),
    async connect(id: string, balance = '10000.00') {
      const { accountId, ...login } = await broker.simulator.createLogin({ identifier: id, balance });
      credentials.set(id, login);
      const account = build.account({ id, brokerAccountId: accountId });
      accounts.push(account);
      return account;
    },
    reconnect: (account: BrokerAccount) => void accounts.push(account),
    disconnect: (id: string) =>
      accounts.splice(
        accounts.findIndex((account) => account.id === id),
        1,
      ),
    announce: (id: string) => listeners.forEach((listener) => listener(id)),
    /** The lease's epoch under which each event was sent. */
    epochs,
    async startGateway(clock: Clock = systemClock) {
      const all = async () => {
        if (allBroken()) throw new Error('no database');
        return [...accounts];
      };
      const gateway = createGateway({
        accounts: { all, ofFeed: async () => null, changes, clients, reportHealth: async () => undefined },
        database: db.database,
        bus,
        clock,
        ids,
        logger: silentLogger,
        loadSdk: sdk,
        limits: { ...defaultGatewayLimits, ...limits },
      });
      gateways.add(gateway);
      await gateway.start();
      return gateway;
    },
    /** Resolves once `condition` holds, looked at after every event. */
    until,
    kinds: (id: string) => events.filter(({ accountId }) => accountId === id).map(({ kind }) => kind),
    order: (dealReference: string) => build.openRequest({ dealReference, stopDistancePoints: '50' }),
    async [Symbol.asyncDispose]() {
      for (const gateway of gateways) await gateway.stop();
      await bus.close();
      await broker[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test.each(generations)(
  'with the SDK %s a deal and its close are told by the stream and found in every book',
  async (_version, sdk) => {
    await using rig = await arrange({ sdk });
    const account = await rig.connect('acct-1');
    await rig.startGateway();
    const of = (kind: string) => rig.events.filter((event) => event.kind === kind);
    await rig.until(() => of('reconnected').length === 1 && of('funds').length === 1);
    expect(of('funds')[0]).toMatchObject({ accountId: 'acct-1', data: { cash: '10000' } });

    const before = new Date(Date.now() - 1_000);
    expect(await rig.dealing.send(account, rig.order('ftr_1'))).toEqual({
      kind: 'submitted',
      dealReference: 'ftr_1',
    });
    await rig.until(() => of('confirm').length === 1 && of('position').length === 1);
    expect(of('confirm')[0]!.data).toMatchObject({
      dealReference: 'ftr_1',
      status: 'accepted',
      action: 'opened',
      epic: build.eurusd,
      direction: 'BUY',
      size: '1',
    });
    const [position] = await rig.evidence.positions(account);
    const told = of('position')[0]!.data as Extract<AccountEvent, { kind: 'position' }>['data'];
    expect(told).toMatchObject({
      state: 'open',
      dealId: position!.dealId,
      dealReference: 'ftr_1',
      level: position!.level,
      stopLevel: position!.stopLevel,
      at: expect.any(Date),
    });
    expect(position!.stopLevel).not.toBeNull();
    expect(await rig.evidence.confirm(account, 'ftr_1')).toEqual({
      ...of('confirm')[0]!.data,
      size: expect.stringMatching(/^1(\.0)?$/), // IG's REST spells a whole size with a point, its stream without
    });
    expect(await rig.evidence.confirm(account, 'ftr_none')).toBeNull();

    const { dealId } = position!;
    const closed = await rig.dealing.send(account, build.closeRequest({ dealId }));
    await rig.until(
      () => of('confirm').length === 2 && of('position').length === 2 && of('funds').length === 2,
    );
    expect(of('confirm')[1]!.data).toMatchObject({
      dealReference: (closed as { dealReference: string }).dealReference,
      action: 'closed',
      dealId: position!.dealId,
      profitCurrency: 'GBP',
    });
    expect(of('position')[1]!.data).toMatchObject({ state: 'deleted', dealId: position!.dealId, size: '0' });
    expect(await rig.evidence.positions(account)).toEqual([]);
    const funds = await rig.evidence.funds(account);
    expect(Number((of('funds')[1]!.data as { cash: string }).cash)).toBeCloseTo(Number(funds.cash), 5);
    expect(
      (await rig.evidence.activity(account, before)).map(({ dealReference, actions, throughApi }) => ({
        dealReference,
        actions,
        throughApi,
      })),
    ).toEqual(
      expect.arrayContaining([
        {
          dealReference: 'ftr_1',
          actions: [{ action: 'opened', dealId: position!.dealId }],
          throughApi: true,
        },
        {
          dealReference: (closed as { dealReference: string }).dealReference,
          actions: [{ action: 'closed', dealId: position!.dealId }],
          throughApi: true,
        },
      ]),
    );
    expect(new Set(rig.events.map(({ eventId }) => eventId)).size).toBe(rig.events.length);
  },
);

test('the simulator’s faults: what is lost after it was booked is unknown and booked once, a refusal proves there is none', async () => {
  await using rig = await arrange();
  const account = await rig.connect('acct-1', '1000000.00');
  const booked = () =>
    rig.broker.simulator.snapshot(account.brokerAccountId).accounts[account.brokerAccountId]!.deals;
  const cases = [
    ['reset-after', 'unknown', 1],
    ['5xx-after', 'unknown', 1],
    ['html-before', 'unknown', 0],
    ['html-after', 'unknown', 1],
    ['malformed-json-before', 'unknown', 0],
    ['malformed-json-after', 'unknown', 1],
    ['empty-200-after', 'unknown', 1],
    ['reset-before', 'unknown', 0],
    ['5xx-before', 'unknown', 0],
    ['expired-before', 'submitted', 1],
    ['throttled-before', 'refused', 0],
  ] as const;
  for (const [name, kind, deals] of cases) {
    rig.broker.simulator.setFaults([{ name, count: 1 }, { name: 'duplicate-check-off' }]);
    expect([name, (await rig.dealing.send(account, rig.order(`ftr_${name}`))).kind]).toEqual([name, kind]);
    expect([name, booked()[`ftr_${name}`] ?? 0]).toEqual([name, deals]);
  }
});

test('margin that moves while the cash stays is passed on', async () => {
  await using x = await arrange({ limits: { figuresEveryMs: 0 } });
  const account = await x.connect('ann');
  await x.startGateway();
  await x.until(() => x.kinds('ann').includes('funds'));
  expect(await x.dealing.send(account, x.order('ref-margin'))).toMatchObject({ kind: 'submitted' });
  await x.until(() => x.events.some((event) => event.kind === 'funds' && event.data.margin !== '0'));
  const funds = x.events.flatMap((event) => (event.kind === 'funds' ? [event.data] : []));
  expect(new Set(funds.map(({ cash }) => cash)).size).toBe(1);
});

test('figures told within one millisecond are each newer than the ones before: none is taken for a repetition', async () => {
  await using x = await arrange({ limits: { figuresEveryMs: 0 } });
  const account = await x.connect('ann');
  const instant = systemClock.now();
  await x.startGateway({ ...systemClock, now: () => instant });
  const told = () => x.events.flatMap((event) => (event.kind === 'funds' ? [event.data] : []));
  await x.until(() => told().length > 0);
  expect(await x.dealing.send(account, x.order('ref-instant'))).toMatchObject({ kind: 'submitted' });
  await x.until(() => told().length > 2);
  const ats = told().map(({ at }) => at.getTime());
  expect(ats).toEqual([...new Set(ats)].sort((a, b) => a - b));
});

test('every connection begins with the order to read everything, which has an id of its own', async () => {
  await using rig = await arrange();
  await rig.connect('acct-1');
  const gateway = await rig.startGateway();
  await rig.until(() => rig.kinds('acct-1').includes('reconnected'));
  for (const times of [2, 3]) {
    rig.broker.simulator.setFaults([{ name: 'stream-drop', recoverable: false }]);
    await rig.until(() => rig.kinds('acct-1').filter((kind) => kind === 'reconnected').length === times);
  }
  expect(gateway.accountStatus()).toMatchObject([{ accountId: 'acct-1', held: true, state: 'up' }]);
  expect(new Set(rig.events.map(({ eventId }) => eventId)).size).toBe(rig.events.length);
});

type SubscriptionListener = Parameters<SdkSubscription['addListener']>[0];
/** The real SDK, whose listener to the account's TRADE item a test can call as the SDK would. */
function overheardSdk() {
  const overheard: { listener?: Required<SubscriptionListener> } = {};
  const sdk: LoadSdk = async () => {
    const real = await loadSdk();
    return {
      ...real,
      createSubscription(mode, items, fields) {
        const subscription = real.createSubscription(mode, items, fields);
        const add = subscription.addListener.bind(subscription);
        subscription.addListener = (listener) => {
          if (items[0]!.startsWith('TRADE:')) overheard.listener = listener as Required<SubscriptionListener>;
          add(listener);
        };
        return subscription;
      },
    };
  };
  return { overheard, sdk };
}

test.each<[string, (trade: Required<SubscriptionListener>) => void]>([
  ['messages that were lost', (trade) => trade.onItemLostUpdates('TRADE', 1, 3)],
  [
    'a message that cannot be read',
    (trade) => trade.onItemUpdate({ getItemName: () => '', isSnapshot: () => false, getValue: () => '{' }),
  ],
  ['an item that was taken off and is put on again', (trade) => trade.onUnsubscription()],
  ['an item that was refused and is put on again', (trade) => trade.onSubscriptionError(21, 'Invalid group')],
])('a gap in a stream that stays ends in the order to read everything: %s', async (_gap, happens) => {
  const { overheard, sdk } = overheardSdk();
  await using rig = await arrange({ sdk, limits: { retryItemsMs: 20 } });
  await rig.connect('acct-1');
  const gateway = await rig.startGateway();
  const orders = () => rig.kinds('acct-1').filter((kind) => kind === 'reconnected').length;
  await rig.until(() => orders() > 0);
  const before = orders();
  happens(overheard.listener!);
  await rig.until(() => orders() > before);
  expect(gateway.accountStatus()).toMatchObject([{ held: true, state: 'up' }]);
});

test('a gateway that has lost its lease without noticing tells of the account under the old epoch, its successor under a higher one, after the order to read everything', async () => {
  await using rig = await arrange();
  const account = await rig.connect('acct-1');
  const stopped = createManualClock(); // its lease never seems to end
  const frozen = await rig.startGateway(stopped);
  await rig.until(() => rig.kinds('acct-1').includes('funds'));
  const successor = await rig.startGateway();
  await rig.until(() => rig.epochs.includes(2));
  expect([frozen, successor].map((gateway) => gateway.accountStatus()[0]!.held)).toEqual([true, true]);
  expect(new Set(rig.epochs.slice(0, rig.epochs.indexOf(2)))).toEqual(new Set([1]));
  expect(rig.events[rig.epochs.indexOf(2)]!.kind).toBe('reconnected');
  const before = rig.epochs.length;
  expect(await rig.dealing.send(account, rig.order('ftr_1'))).toMatchObject({ kind: 'submitted' });
  await rig.until(() => new Set(rig.epochs.slice(before)).size === 2);
  expect(new Set(rig.epochs.slice(before))).toEqual(new Set([1, 2]));
});

test('an account connected later is streamed after the news of it, each by one gateway; when that stops another takes over', async () => {
  await using rig = await arrange();
  const first = await rig.startGateway();
  const second = await rig.startGateway();
  for (const id of ['acct-1', 'acct-2']) {
    await rig.connect(id);
    rig.announce(id);
    await rig.until(() => rig.kinds(id).includes('funds'));
  }
  const holders = () =>
    [first, second].map((gateway) => gateway.accountStatus().filter(({ held }) => held).length);
  expect(holders().reduce((sum, n) => sum + n)).toBe(2);
  expect(rig.broker.simulator.stats()).toMatchObject({ streams: 2, items: 4 });
  await first.stop();
  await rig.until(() => second.accountStatus().filter(({ state }) => state === 'up').length === 2);
  expect(holders()).toEqual([0, 2]);
}, 30_000);

test('an account that comes back is read anew: the order to read everything is never taken for that of the time before', async () => {
  await using rig = await arrange();
  const account = await rig.connect('acct-1');
  const gateway = await rig.startGateway();
  const orders = () => rig.events.filter(({ kind }) => kind === 'reconnected');
  await rig.until(() => orders().length === 1);
  rig.disconnect('acct-1');
  rig.announce('acct-1');
  await expect.poll(() => gateway.accountStatus()).toEqual([]);
  rig.reconnect(account);
  rig.announce('acct-1');
  await rig.until(() => orders().length === 2);
  expect(new Set(orders().map(({ eventId }) => eventId)).size).toBe(2);
});

test('a database that is away at the start is asked again; no more accounts are streamed than the bound', async () => {
  let broken = true;
  await using rig = await arrange({
    limits: { lookForAccountsMs: 50, maxAccounts: 1 },
    allBroken: () => broken,
  });
  await rig.connect('acct-1');
  await rig.connect('acct-2');
  const gateway = await rig.startGateway();
  expect(gateway.accountStatus()).toEqual([]);
  broken = false;
  await rig.until(() => rig.kinds('acct-1').includes('reconnected'));
  expect(gateway.accountStatus().map(({ accountId }) => accountId)).toEqual(['acct-1']);
});
