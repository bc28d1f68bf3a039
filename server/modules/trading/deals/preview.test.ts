// A preview through its procedure: what it says in numbers worked out by hand, what it refuses, and that it leaves no trace. That it agrees with the deal is in preview.property.test.ts.
import { describe, expect, test } from 'vitest';
import { DealPreview, type PreviewDeal } from '../../../../shared/preview.ts';
import { AppError } from '../../../lib/app-error.ts';
import { eurusd } from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { rigOn, setRisk, tell } from '../../../testing/risk-rig.ts';
import { recordStatements } from '../../../testing/statements.ts';
import { openedPosition, quoteOf, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

const buy = { epic: eurusd, direction: 'BUY', size: '1' } as const;
const previewed = async (rig: TradingRig, asked: PreviewDeal) =>
  DealPreview.parse(await rig.as().preview(asked));
const verdictOf = ({ rules }: DealPreview, rule: string) => rules.find((each) => each.rule === rule);

describe('the figures of an opening', () => {
  test('a CFD in dollars on an account in pounds: margin, spread, stop, limit and exposure, by hand', async () => {
    await using rig = await tradingRig();
    const asked = { ...buy, stopDistancePoints: '20', limitLevel: '1.17306' };
    // $1.25 for a pound, $10 a point; bought at 1.17006.
    expect(await previewed(rig, { openPosition: asked })).toMatchObject({
      accountId: rig.accountId,
      environment: 'simulated',
      currency: 'GBP',
      kind: 'open',
      wouldBe: 'sent',
      reason: null,
      price: { bid: '1.17000', offer: '1.17006', marketState: 'tradeable', stale: false },
      level: '1.17006',
      // 100,000 × 1.17006 × 3.33 % = $3,896.2998
      margin: { required: '3117.04', available: '10000', availableAfter: '6882.96' },
      spreadCost: '4.8', // 0.6 points
      valueOfPoint: '8',
      exposureAdded: '93604.8', // $117,006
      lossAtStop: '160',
      profitAtLimit: '240', // 30 points
      guaranteedStopPremium: null,
      distances: {
        fromLevel: '1.17006',
        stopPoints: '20',
        limitPoints: '30',
        minimumPoints: '2',
        minimumGuaranteedStopPoints: '5',
        maximumPoints: '8775.45', // 75 % of 11,700.6
      },
      unknown: [],
    });
  });
  test('a spread bet in pounds, per point', async () => {
    await using rig = await tradingRig();
    const { market, tick } = quoteOf();
    const levels = { bid: '8000.0', offer: '8001.5' };
    rig.prices.quote = {
      market: {
        ...market,
        ...levels,
        unit: 'AMOUNT',
        contractSize: null,
        scalingFactor: '1',
        decimalPlaces: 1,
        currencies: [{ code: 'GBP', isDefault: true }],
        expiry: 'DFB',
        marginFactor: '5',
      },
      tick: { ...tick, ...levels, at: rig.clock.now(), receivedAt: rig.clock.now() },
    };
    const asked = { epic: eurusd, direction: 'SELL', size: '2', stopLevel: '8040' } as const;
    expect(await previewed(rig, { openPosition: asked })).toMatchObject({
      wouldBe: 'sent',
      level: '8000.0',
      margin: { required: '800' }, // £2 × 8,000 × 5 %
      spreadCost: '3', // 1.5 points at £2
      valueOfPoint: '2',
      exposureAdded: '16000',
      lossAtStop: '80', // 40 points
      profitAtLimit: null,
      distances: { stopPoints: '40', limitPoints: null },
    });
  });
  test('a guaranteed stop: its premium as the broker tells it, and no margin, which the broker does not tell', async () => {
    await using rig = await tradingRig();
    const openPosition = { ...buy, stopDistancePoints: '20', guaranteedStop: true } as const;
    const told = await previewed(rig, { openPosition });
    expect(told).toMatchObject({
      wouldBe: 'sent',
      guaranteedStopPremium: { value: '1.2', unit: 'points', amount: '9.6' },
      margin: { required: null, availableAfter: null },
      unknown: [{ figure: 'marginRequired', because: 'guaranteed_stop' }],
    });
    expect(verdictOf(told, 'funds')).toMatchObject({ verdict: 'unknown', because: 'guaranteed_stop' });
    const { market, tick } = quoteOf({}, rig.clock.now());
    rig.prices.quote = { market: { ...market, guaranteedStopPremium: null }, tick };
    const untold = await previewed(rig, { openPosition });
    expect(untold).toMatchObject({ guaranteedStopPremium: null });
    expect(untold.unknown).toContainEqual({ figure: 'guaranteedStopPremium', because: 'not_told' });
    const share = { unit: 'percentage', value: '0.3' } as const;
    rig.prices.quote = { market: { ...market, guaranteedStopPremium: share }, tick };
    // 0.3 % of £93,604.80
    expect(await previewed(rig, { openPosition })).toMatchObject({
      guaranteedStopPremium: { ...share, amount: '280.81' },
    });
  });
});

test('every rule has its verdict, also behind the first that is broken, and what could not be judged says why', async () => {
  await using rig = await tradingRig();
  await setRisk(rig, { halted: true, maxSize: '0.5', maxExposure: '100000' });
  rig.prices.quote = quoteOf({ tick: { stale: true } }, rig.clock.now());
  const told = await previewed(rig, { openPosition: { ...buy, size: '0.501' } });
  expect(told).toMatchObject({ wouldBe: 'denied', reason: { code: 'dealing_halted' } });
  expect(told.rules.map(({ rule, verdict, because }) => [rule, verdict, because])).toEqual([
    ['dealing_state', 'broken', null],
    ['availability', 'kept', null],
    ['market_state', 'kept', null],
    ['price', 'broken', null],
    ['size', 'broken', null],
    ['fill', 'unknown', 'stale_price'],
    ['stop_type', 'kept', null],
    ['stop', 'unknown', 'stale_price'],
    ['limit', 'unknown', 'stale_price'],
    ['fineness', 'unknown', 'stale_price'],
    ['max_size', 'broken', null],
    ['max_orders', 'kept', null],
    ['max_daily_loss', 'kept', null],
    ['max_exposure', 'kept', null],
    ['funds', 'kept', null],
  ]);
  expect(verdictOf(told, 'size')?.reason).toMatchObject({ code: 'size_below_minimum', minimum: '1' });
  expect(told.unknown).toEqual([{ figure: 'distances', because: 'stale_price' }]);
});

test('a live account on which live dealing is off: nothing would be sent, and once it is on it only closes without its limits', async () => {
  await using rig = await rigOn('live');
  await setRisk(rig, { maxSize: '5', maxDailyLoss: '5000' });
  const dealId = await openedPosition(rig);
  await setRisk(rig, { liveDealing: false });
  const off = { environment: 'live', wouldBe: 'denied', reason: { code: 'live_dealing_off' } };
  expect(await previewed(rig, { closePosition: { dealId } })).toMatchObject(off);
  expect(await previewed(rig, { openPosition: buy })).toMatchObject(off);
  await setRisk(rig, { liveDealing: true, maxSize: null, maxDailyLoss: null });
  expect(await previewed(rig, { closePosition: { dealId } })).toMatchObject({ wouldBe: 'sent' });
  expect(await previewed(rig, { openPosition: buy })).toMatchObject({
    reason: { code: 'reduce_only', missing: ['maxSize', 'maxDailyLoss'] },
  });
});

test('each limit that is set, as it is and as it would be once the deal is sent', async () => {
  await using rig = await tradingRig();
  await openedPosition(rig);
  const epics = [{ epic: eurusd, maxSize: '5' }];
  await rig.as().setRiskLimits({ maxExposure: '150000', maxOrdersPerMinute: 3, maxDailyLoss: '500', epics });
  const told = await previewed(rig, { openPosition: buy });
  expect(told).toMatchObject({
    wouldBe: 'denied',
    reason: { code: 'exposure_limit', exposure: '187209.6', limit: '150000' },
  });
  expect(told.limits).toMatchObject([
    { limit: 'maxDailyLoss', max: '500', used: '0', usedAfter: '0' },
    { limit: 'maxExposure', used: '93604.8', left: '56395.2', usedAfter: '187209.6', leftAfter: '0' },
    { limit: 'maxOrdersPerMinute', used: '1', left: '2', usedAfter: '2', leftAfter: '1' },
    { limit: 'maxSize', epic: eurusd, max: '5', used: null },
  ]);
  const { uses } = await rig.as().getRisk({});
  expect(told.limits.map(({ usedAfter: _used, leftAfter: _left, ...use }) => use)).toEqual(uses);
});

describe('of the other kinds', () => {
  test('a close takes no margin, is held against no limit, and says at what it would be filled', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    await setRisk(rig, { halted: true });
    const told = await previewed(rig, { closePosition: { dealId } });
    expect(told).toMatchObject({
      kind: 'close',
      wouldBe: 'sent',
      direction: 'SELL',
      size: '1',
      level: '1.17000',
      margin: { required: null },
      spreadCost: null,
      exposureAdded: '0',
      unknown: [],
    });
    expect(told.rules.map(({ rule }) => rule)).toEqual([
      'dealing_state',
      'in_flight',
      'position_size',
      'market_state',
      'size',
      'fill',
    ]);
    await rig.as().closePosition(rig.close(dealId));
    expect(await previewed(rig, { closePosition: { dealId } })).toMatchObject({
      wouldBe: 'denied',
      reason: { code: 'close_in_flight', dealId },
    });
    expect(await previewed(rig, { amendPosition: { dealId, stopLevel: '1.16' } })).toMatchObject({
      wouldBe: 'denied',
      reason: { code: 'change_in_flight', dealId },
    });
  });
  test('a change of a position says what is lost at its new stop, from where it was opened', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    rig.prices.move({ bid: '1.17400', offer: '1.17406' });
    const told = await previewed(rig, {
      amendPosition: { dealId, stopLevel: '1.17206', limitLevel: '1.18006' },
    });
    expect(told).toMatchObject({
      kind: 'amend',
      wouldBe: 'sent',
      level: null,
      lossAtStop: '-160', // the stop lies 20 points above the opening
      profitAtLimit: '800',
      distances: { fromLevel: '1.17400', stopPoints: '19.4', limitPoints: '60.6' },
    });
  });
  test('a working order is reckoned from its own level', async () => {
    await using rig = await tradingRig();
    const order = { ...buy, type: 'limit', level: '1.16000', stopDistancePoints: '25' } as const;
    expect(await previewed(rig, { placeOrder: order })).toMatchObject({
      kind: 'place_order',
      wouldBe: 'sent',
      level: '1.16000',
      margin: { required: null },
      unknown: [{ figure: 'marginRequired', because: 'when_filled' }],
      lossAtStop: '200',
      exposureAdded: '92800',
    });
    await rig.as().placeOrder(rig.resting(order));
    await rig.applyConfirm();
    const { dealId } = (await rig.as().listOrders({})).orders[0]!;
    expect(await previewed(rig, { amendOrder: { dealId, level: '1.16500' } })).toMatchObject({
      kind: 'amend_order',
      wouldBe: 'sent',
      exposureAdded: '400', // 50 points at £8
      lossAtStop: '200',
    });
    expect(await previewed(rig, { cancelOrder: { dealId } })).toMatchObject({
      kind: 'cancel_order',
      wouldBe: 'sent',
      unknown: [],
    });
  });
  test('netting closes what is open the other way: no margin, no spread; above that it would be denied', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig);
    const netting = { epic: eurusd, direction: 'SELL', forceOpen: false } as const;
    const look = () => previewed(rig, { openPosition: { ...netting, size: '1' } });
    const nets = { kind: 'net', wouldBe: 'sent', margin: { required: null }, spreadCost: null };
    // Until the account was seen to net, its limits count it as an opening.
    expect(await look()).toMatchObject({ ...nets, exposureAdded: '93600' });
    const { dealReference } = await rig.as().openPosition(rig.order({ ...netting, size: '1' }));
    await rig.applyConfirm(dealReference);
    await rig.trading.reconcileAccount(rig.accountId);
    await openedPosition(rig);
    expect(await look()).toMatchObject({ ...nets, exposureAdded: '0' });
    const above = await previewed(rig, { openPosition: { ...netting, size: '2' } });
    expect(above).toMatchObject({ wouldBe: 'denied', reason: { code: 'would_reverse', facing: '1' } });
    expect(verdictOf(above, 'netting')).toMatchObject({ verdict: 'broken' });
    const below = await previewed(rig, { openPosition: { ...netting, size: '0.5' } });
    expect(below).toMatchObject({
      wouldBe: 'denied',
      reason: { code: 'net_below_minimum', minimum: '1', facing: '1' },
    });
    expect(verdictOf(below, 'size')).toMatchObject({ verdict: 'broken' });
  });
});

describe('without a trace', () => {
  /** What stands in every table, and what was ever written to it. */
  async function tablesOf(rig: TradingRig) {
    const { rows } = await rig.database.pool.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'pgboss') order by 1`,
    );
    const contents: Record<string, unknown> = {};
    for (const { name } of rows)
      if (!name.startsWith('pgboss.') || name === 'pgboss.job')
        contents[name] = (
          await rig.database.pool.query(`select t.ctid, t.xmin, t.xmax, t.* from ${name} t order by t.ctid`)
        ).rows;
    return contents;
  }
  test('no row is written, locked or counted, whatever is previewed: its transaction only reads', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig);
    await rig.as().setRiskLimits({ maxExposure: '1', maxOrdersPerMinute: 3, maxDailyLoss: '500' });
    rig.clock.advance(61_000); // its figures are old, and are read
    rig.prices.quote = quoteOf({}, rig.clock.now());
    const before = await tablesOf(rig);
    const statements = recordStatements(rig.database);
    const asked: PreviewDeal[] = [
      { openPosition: buy },
      { openPosition: { ...buy, forceOpen: false } },
      { closePosition: { dealId } },
      { amendPosition: { dealId, stopLevel: '1.16' } },
      { placeOrder: { ...buy, type: 'limit', level: '1.16' } },
    ];
    for (const each of asked) await previewed(rig, each);
    const sent = statements.take().map(({ text }) => text);
    expect(sent.filter((text) => !/^(select|begin|commit)\b/.test(text))).toEqual([]);
    expect(sent.filter((text) => text.startsWith('begin'))).not.toHaveLength(0);
    expect(sent.filter((text) => text.startsWith('begin') && !text.endsWith(' read only'))).toEqual([]);
    expect(sent.filter((text) => /for (no key )?(update|share)/.test(text))).toEqual([]);
    expect(rig.venue.requests).toHaveLength(1);
    expect(await tablesOf(rig)).toEqual(before);
  });
  test('figures that are old are read for it, and kept nowhere; a day that begins is not begun', async () => {
    await using rig = await tradingRig();
    await tell(rig, '100');
    await rig.as().setRiskLimits({ maxDailyLoss: '500' });
    rig.clock.advance(24 * 3_600_000);
    rig.prices.quote = quoteOf({}, rig.clock.now());
    const before = await rig.risk();
    const told = await previewed(rig, { openPosition: buy });
    expect(told).toMatchObject({ wouldBe: 'sent', margin: { available: '10000' } });
    expect(await rig.risk()).toEqual(before);
  });
  test('it waits for no deal under way: the account’s row may be locked', async () => {
    await using rig = await tradingRig();
    const client = await rig.database.pool.connect();
    try {
      await client.query('begin');
      await client.query('select * from account_risk for update');
      expect(await previewed(rig, { openPosition: buy })).toMatchObject({ wouldBe: 'sent' });
    } finally {
      await client.query('rollback');
      client.release();
    }
  });
});

describe('what is refused', () => {
  test.each<[string, object, Record<string, RegExp>]>([
    ['no call', {}, { '(input)': /exactly one of openPosition, .* and cancelOrder/ }],
    ['two calls', { openPosition: buy, cancelOrder: { dealId: 'DIA' } }, { '(input)': /exactly one of/ }],
    [
      'a field of the call',
      { openPosition: { ...buy, size: '-1' } },
      { 'openPosition.size': /greater than zero/ },
    ],
    [
      'what excludes itself, with its path',
      { openPosition: { ...buy, stopLevel: '1.1', stopDistancePoints: '20' } },
      { 'openPosition.stopDistancePoints': /cannot stand beside stopLevel/ },
    ],
    ['an unknown field', { openPosition: { ...buy, limit: '1' } }, { 'openPosition.limit': /./ }],
    [
      'a key',
      { openPosition: { ...buy, idempotencyKey: 'a-key-of-mine' } },
      { 'openPosition.idempotencyKey': /./ },
    ],
    ['an unknown call', { setTarget: buy }, { setTarget: /./, '(input)': /exactly one of/ }],
    ['a change of nothing', { amendPosition: { dealId: 'DIA' } }, { amendPosition: /changes nothing/ }],
  ])('%s', async (_what, asked, fields) => {
    await using rig = await tradingRig();
    const error = (await failure(rig.as().preview(asked as PreviewDeal))) as AppError;
    expect(error).toMatchObject({ code: 'request.invalid' });
    expect(error.options.fields).toEqual(
      Object.fromEntries(Object.entries(fields).map(([path, words]) => [path, expect.stringMatching(words)])),
    );
  });
  test('somebody who has not signed in, a key that may not read accounts, and what is another user’s', async () => {
    await using rig = await tradingRig();
    await rig.addUser('bob');
    const dealId = await openedPosition(rig);
    const openPosition = { ...buy, accountId: rig.accountId };
    expect(await failure(rig.as(null).preview({ openPosition: buy }))).toMatchObject({
      code: 'auth.required',
    });
    expect(await failure(rig.as('user_ann', ['trade:open']).preview({ openPosition: buy }))).toMatchObject({
      code: 'auth.scope_missing',
    });
    expect(await rig.as('user_ann', ['account:read']).preview({ openPosition })).toMatchObject({
      wouldBe: 'sent',
    });
    const bob = rig.as('user_bob');
    expect(await failure(bob.preview({ openPosition }))).toMatchObject({ code: 'accounts.not_found' });
    expect(await failure(bob.preview({ closePosition: { dealId } }))).toMatchObject({
      code: 'trading.position_not_found',
    });
  });
  test('a broker that tells no price fails it as it fails the deal; one that tells no figures leaves them as they are', async () => {
    await using rig = await tradingRig();
    rig.prices.quote = new AppError('broker.unavailable');
    expect(await failure(rig.as().preview({ openPosition: buy }))).toMatchObject({
      code: 'broker.unavailable',
    });
    rig.prices.quote = quoteOf({}, rig.clock.now());
    const silent = rig.restart({
      evidence: { ...rig.venue.evidence, funds: () => Promise.reject(new AppError('broker.unavailable')) },
    });
    const told = DealPreview.parse(await silent.as().preview({ openPosition: buy }));
    expect(told).toMatchObject({ wouldBe: 'sent', margin: { available: null } });
    expect(verdictOf(told, 'funds')).toMatchObject({ verdict: 'unknown', because: 'no_figures' });
    expect(told.unknown).toEqual([{ figure: 'marginAvailable', because: 'no_figures' }]);
  });
});

test('options that exclude each other do not compile, two calls neither', () => {
  const fine: PreviewDeal[] = [
    { openPosition: { ...buy, stopLevel: '1.1' } },
    { closePosition: { dealId: 'DIA', level: '1.1', tolerancePoints: '2' } },
  ];
  const contradictory: PreviewDeal[] = [
    // @ts-expect-error a level and a distance
    { openPosition: { ...buy, stopLevel: '1.1', stopDistancePoints: '20' } },
    // @ts-expect-error a tolerance of no level
    { closePosition: { dealId: 'DIA', tolerancePoints: '2' } },
    // @ts-expect-error two calls
    { openPosition: buy, cancelOrder: { dealId: 'DIA' } },
    // @ts-expect-error none
    {},
    // @ts-expect-error a key
    { cancelOrder: { dealId: 'DIA', idempotencyKey: 'a-key-of-mine' } },
  ];
  expect([...fine, ...contradictory]).toHaveLength(7);
});
