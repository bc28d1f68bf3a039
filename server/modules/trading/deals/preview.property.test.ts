// What a preview says of a request, held against what the deal itself then does: over random requests in whatever state an account and its market are. Deep form (5,000): npm run test:deep.
import { expect, test } from 'vitest';
import { accountHealth } from '../../../../drizzle/schema/index.ts';
import type { PreviewDeal } from '../../../../shared/preview.ts';
import type { DealReason } from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import { fraction, seededRandom } from '../../../ig-simulator/random.ts';
import type { MarketPrice } from '../ports.ts';
import { eurusd } from '../../../testing/build.ts';
import { setRisk, tell } from '../../../testing/risk-rig.ts';
import { quoteOf, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

const usualSeed = '20261129';
const seed = process.env['FTRADER_SEED'] ?? usualSeed;
const deep = process.env['FTRADER_DEEP'] === '1';
const requests = deep ? 5_000 : 400;

type Random = () => number;
const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
const some = (random: Random, share: number, fields: () => object): object =>
  random() < share ? fields() : {};

const secondOf = (rig: TradingRig) => Math.floor(rig.clock.now().getTime() / 1_000);
const usual = {
  halted: false,
  reduceOnly: false,
  maxSize: null,
  maxExposure: null,
  maxDailyLoss: null,
  maxOrdersPerMinute: null,
  maxOrdersPerDay: null,
  epicLimits: [],
};
/** States of the account, each with what it is for. Most of the time all is well. */
const states: Record<string, (rig: TradingRig, random: Random) => Promise<unknown>> = {
  halted: (rig) => setRisk(rig, { halted: true }),
  'reduce only': (rig) => setRisk(rig, { reduceOnly: true }),
  'sizes bounded': (rig, random) => setRisk(rig, { maxSize: pick(random, ['0.1', '0.2']) }),
  'sizes bounded in the market': (rig) =>
    setRisk(rig, {
      epicLimits: [
        { epic: eurusd, maxSize: '0.1', maxExposure: null, maxOrdersPerMinute: 3, maxOrdersPerDay: null },
      ],
    }),
  'exposure bounded': (rig, random) =>
    setRisk(rig, { maxExposure: pick(random, ['1', '150000', '9000000']) }),
  'orders bounded': (rig, random) =>
    setRisk(rig, {
      maxOrdersPerMinute: 1,
      maxOrdersPerDay: pick(random, [null, 30]),
      // Half the time it is reached already.
      orders: random() < 0.5 ? {} : { account: { seconds: [[secondOf(rig), 1]], today: 1 } },
    }),
  'loss bounded': async (rig, random) => {
    await setRisk(rig, { maxDailyLoss: pick(random, ['50', '100000']) });
    await tell(rig, '10000', pick(random, ['-10', '-60', '40']));
  },
  'no funds': (rig) => tell(rig, '12.34'),
  'no figures': (rig) => setRisk(rig, { cash: null, margin: null, runningProfit: null, fundsAt: null }),
  'read only': (rig) =>
    rig.database.db.insert(accountHealth).values({
      accountId: rig.accountId,
      environment: 'simulated',
      state: 'read_only',
      since: rig.clock.now(),
      confirmedAt: rig.clock.now(),
    }),
  'figures that are old': async (rig) => rig.clock.advance(61_000),
};
const prices = [
  () => ({ tick: { stale: true } }),
  () => ({ tick: { marketState: 'closed' as const } }),
  () => ({ tick: { marketState: 'closings_only' as const } }),
  () => ({ tick: { marketState: 'edits_only' as const } }),
  () => ({ tick: { bid: null, offer: null } }),
  () => ({ minimum: '2' }),
  () => ({ minDistance: { unit: 'points' as const, value: '60' } }),
];

/** EUR/USD, where stops may trail in steps of 5 points or not at all. */
function priceOf(over: Parameters<typeof quoteOf>[0], trailingStops: boolean, now: Date): MarketPrice {
  const { market, tick } = quoteOf({ minimum: '0.1', ...over }, now);
  const minStepDistance = trailingStops ? { unit: 'points' as const, value: '5' } : null;
  const dealingRules = { ...market.dealingRules, trailingStops, minStepDistance };
  return { market: { ...market, dealingRules }, tick };
}

/** What it is like from now on. */
async function changeWorld(rig: TradingRig, random: Random, turn: number): Promise<string> {
  await rig.database.pool.query('delete from account_health');
  await setRisk(rig, usual);
  const calm = random() < 0.35;
  const names = Object.keys(states);
  const name = names[turn % names.length]!;
  if (!calm) await states[name]!(rig, random);
  const price = random() < 0.15 ? pick(random, prices)() : {};
  rig.prices.quote =
    random() < 0.03 ? new AppError('broker.unavailable') : priceOf(price, random() < 0.5, rig.clock.now());
  return `${calm ? 'calm' : name} ${JSON.stringify(price)}`;
}

const sizes = ['0.01', '0.1', '0.1', '0.1', '0.1', '0.2', '0.2', '0.5', '1.005', '400'];
const near = ['1.15', '1.16', '1.165', '1.1699', '1.17', '1.17003', '1.1701', '1.18', '1.19', '1.170001'];
const far = ['1', '4', '20', '30.05', '80', '9000'];
const trail = (random: Random) => ({
  distancePoints: pick(random, far),
  incrementPoints: pick(random, ['2', '5', '5']),
});
const stops = (random: Random) => ({
  ...(random() < 0.5
    ? some(random, 0.3, () => ({ stopLevel: pick(random, near) }))
    : some(random, 0.4, () => ({ stopDistancePoints: pick(random, far) }))),
  ...(random() < 0.5
    ? some(random, 0.2, () => ({ limitLevel: pick(random, near) }))
    : some(random, 0.2, () => ({ limitDistancePoints: pick(random, far) }))),
});
const guaranteed = (random: Random, fields: object) =>
  'stopLevel' in fields || 'stopDistancePoints' in fields
    ? { ...fields, ...some(random, 0.2, () => ({ guaranteedStop: true })) }
    : fields;
const limited = (random: Random) =>
  some(random, 0.25, () => ({
    level: pick(random, near),
    ...some(random, 0.5, () => ({ tolerancePoints: pick(random, far) })),
  }));

/** By the name of its call. */
function requestOf(random: Random, open: readonly string[], resting: readonly string[]): PreviewDeal {
  const dealId = (ids: readonly string[]) => (random() < 0.03 ? 'DINONE' : pick(random, ids));
  const deal = {
    epic: random() < 0.02 ? 'CS.D.NOBODY.CFD.IP' : eurusd,
    direction: pick(random, ['BUY', 'SELL'] as const),
    size: pick(random, sizes),
  };
  const kinds: (() => object)[] = [
    () => ({ openPosition: { ...deal, ...guaranteed(random, stops(random)), ...limited(random) } }),
    () => ({ openPosition: { ...deal, size: '0.1' } }),
    () => ({ placeOrder: { ...deal, size: '0.1', type: 'limit', direction: 'BUY', level: '1.15' } }),
    () => ({
      openPosition: {
        ...deal,
        ...some(random, 0.3, () => ({
          trailingStop: trail(random),
        })),
      },
    }),
    () => ({ openPosition: { ...deal, forceOpen: false, ...limited(random) } }),
    () => ({
      placeOrder: {
        ...deal,
        type: pick(random, ['limit', 'stop']),
        level: pick(random, near),
        ...guaranteed(random, stops(random)),
        ...some(random, 0.2, () => ({
          goodTillAt: new Date(pick(random, ['2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z'])),
        })),
      },
    }),
  ];
  if (open.length > 0)
    kinds.push(
      () => ({
        closePosition: {
          dealId: dealId(open),
          ...some(random, 0.7, () => ({ size: pick(random, sizes) })),
          ...limited(random),
        },
      }),
      () => ({
        amendPosition: {
          dealId: dealId(open),
          limitLevel: pick(random, [null, ...near]),
          ...some(random, 0.7, () => ({ stopLevel: pick(random, [null, ...near]) })),
        },
      }),
      () => ({ amendPosition: { dealId: dealId(open), guaranteedStop: pick(random, [true, false]) } }),
      () => ({
        amendPosition: { dealId: dealId(open), trailingStop: random() < 0.2 ? null : trail(random) },
      }),
    );
  if (resting.length > 0)
    kinds.push(
      () => ({
        amendOrder: {
          dealId: dealId(resting),
          level: pick(random, near),
          ...some(random, 0.3, () => ({ stopDistancePoints: pick(random, [null, ...far]) })),
        },
      }),
      () => ({
        amendOrder: { dealId: dealId(resting), limitDistancePoints: pick(random, ['70', '80', '90']) },
      }),
      () => ({ cancelOrder: { dealId: dealId(resting) } }),
    );
  return pick(random, kinds)() as PreviewDeal;
}

interface Outcome {
  is: 'sent' | 'denied' | 'failed';
  kind?: string;
  reason?: DealReason | null;
  code?: string;
}
const failed = (error: unknown): Outcome => {
  const cause = (error as { cause?: unknown }).cause;
  if (cause instanceof AppError) return { is: 'failed', code: cause.code };
  throw error;
};

test(
  `a preview says what the deal then does, with the same reason: ${requests} requests in all states [seed ${seed}]`,
  async () => {
    await using rig = await tradingRig();
    const bytes = seededRandom(seed);
    const random: Random = () => fraction(bytes);
    const seen = new Set<string>();
    let [sent, state] = [0, 'calm'];
    const told = new Set<object>();
    /** The broker tells its verdicts that are still out. */
    const settle = async () => {
      for (const [reference, confirm] of rig.venue.confirms) {
        if (told.has(confirm)) continue;
        told.add(confirm);
        await rig.applyConfirm(reference);
      }
    };
    for (let n = 0; n < requests; n++) {
      rig.clock.advance(Math.floor(random() * 12_000));
      if (random() < 0.6) await settle();
      if (n % 5 === 0) state = await changeWorld(rig, random, n / 5);
      const [open, resting] = [[...rig.venue.positions.keys()], [...rig.venue.orders.keys()]];
      const asked = requestOf(random, open, resting);
      const [[call, input]] = Object.entries(asked) as [['openPosition', object]];
      const said = await rig
        .as()
        .preview(asked)
        .then(({ wouldBe, kind, reason }): Outcome => ({ is: wouldBe, kind, reason }), failed);
      const key = { idempotencyKey: `a-preview-key-${n}`, waitMs: 0 };
      const user = rig.as();
      const done = await user[call]({ ...input, ...key } as never).then(
        ({ status, kind, reason }): Outcome => ({
          is: status === 'denied' ? 'denied' : 'sent',
          kind,
          reason,
        }),
        failed,
      );
      expect(said, `request ${n} ${JSON.stringify(asked)} while ${state}`).toEqual(done);
      seen.add(done.reason?.code ?? done.code ?? `${done.kind} sent`);
      if (done.is === 'sent') sent++;
    }
    expect(sent).toBeGreaterThan(requests / 10);
    if (seed === usualSeed)
      expect([...seen]).toEqual(
        expect.arrayContaining([
          'open sent',
          'net sent',
          'close sent',
          'amend sent',
          'place_order sent',
          'amend_order sent',
          'cancel_order sent',
          'dealing_halted',
          'reduce_only',
          'account_unavailable',
          'size_limit',
          'exposure_limit',
          'orders_per_minute_limit',
          'insufficient_funds',
          'price_stale',
          'market_not_tradeable',
          'would_reverse',
          'unchanged',
        ]),
      );
  },
  deep ? 1_200_000 : 120_000,
);
