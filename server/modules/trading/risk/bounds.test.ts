import { expect, test } from 'vitest';
import type { OrderCounts } from '../../../../drizzle/schema/index.ts';
import type { EpicLimits, RiskLimits, SetRiskLimits } from '../../../../shared/risk-limits.ts';
import { eurusd } from '../../../testing/build.ts';
import {
  boundsOf,
  breachIn,
  isStricter,
  refuseExposure,
  refuseLargeSize,
  refuseOrder,
  type Bound,
  type LimitsRow,
} from './bounds.ts';
import { changedLimits } from './change.ts';
import { usesOf } from './uses.ts';

const now = new Date('2026-01-05T09:00:30.000Z');
const dayEndsAt = new Date('2026-01-06T00:00:00Z');
const none = { maxSize: null, maxExposure: null, maxOrdersPerMinute: null, maxOrdersPerDay: null };
const bound = (over: Partial<Bound>): Bound => ({ epic: null, ...none, ...over });
const ofEpic = (over: Partial<EpicLimits>): EpicLimits => ({ epic: eurusd, ...none, ...over });
const limits = (over: Partial<RiskLimits> = {}): RiskLimits => ({
  ...none,
  maxDailyLoss: null,
  epics: [],
  ...over,
});
const row = (over: Partial<LimitsRow> = {}): LimitsRow => ({
  ...none,
  maxDailyLoss: null,
  epicLimits: [],
  ...over,
});
/** Seconds before now → orders. */
const counts = (today: number, ...seconds: [number, number][]): OrderCounts => ({
  account: {
    seconds: seconds.map(([ago, orders]) => [Math.floor(now.getTime() / 1000) - ago, orders]),
    today,
  },
});

test.each([
  ['2.0', { maxSize: '2' }, null],
  ['2.01', { maxSize: '2' }, { code: 'size_limit', size: '2.01', limit: '2' }],
  ['2.01', { maxSize: '2', epic: eurusd }, { code: 'size_limit', size: '2.01', limit: '2', epic: eurusd }],
  ['1000', {}, null],
])('a deal of %s within %j: %j', (size, over, reason) => {
  expect(refuseLargeSize(size, bound(over))).toEqual(reason);
});

test.each([
  ['900', '100', { maxExposure: '1000' }, null],
  ['900', '100.01', { maxExposure: '1000' }, { code: 'exposure_limit', exposure: '1000.01', limit: '1000' }],
  ['2000', '0', { maxExposure: '1000' }, null],
  [null, '0', { maxExposure: '1000' }, null],
  [
    null,
    '1',
    { maxExposure: '1000', epic: eurusd },
    { code: 'exposure_unknown', limit: '1000', epic: eurusd },
  ],
  ['0', null, { maxExposure: '1000' }, { code: 'exposure_unknown', limit: '1000' }],
  [null, null, {}, null],
])('%s stands and %s comes, within %j: %j', (stands, added, over, reason) => {
  expect(refuseExposure(stands, added, bound(over))).toEqual(reason);
});

const minute = (orders: number, allowedAgainAt: string) => ({
  code: 'orders_per_minute_limit',
  orders,
  limit: 3,
  allowedAgainAt: new Date(allowedAgainAt),
});
test.each([
  ['none yet', counts(0), null],
  ['one below the limit', counts(2, [50, 1], [0, 1]), null],
  ['at the limit', counts(3, [50, 1], [40, 1], [0, 1]), minute(3, '2026-01-05T09:00:41Z')],
  ['above it, since it was lowered', counts(5, [50, 1], [40, 3], [0, 1]), minute(5, '2026-01-05T09:00:51Z')],
  ['all in one second', counts(3, [10, 3]), minute(3, '2026-01-05T09:01:21Z')],
  ['the oldest a moment too old', counts(3, [61, 1], [40, 1], [0, 1]), null],
  ['the oldest just not', counts(3, [60, 1], [40, 1], [0, 1]), minute(3, '2026-01-05T09:00:31Z')],
  ['counted by a clock that was ahead', counts(3, [-3_600, 3]), null],
])('three orders a minute: %s', (_what, sent, reason) => {
  expect(refuseOrder(sent, bound({ maxOrdersPerMinute: 3 }), { now, dayEndsAt })).toEqual(reason);
});
test('orders a day: up to the limit they go, then not before the day is over', () => {
  const refuse = (today: number) =>
    refuseOrder(counts(today), bound({ maxOrdersPerDay: 3 }), { now, dayEndsAt });
  expect(refuse(2)).toBeNull();
  expect(refuse(3)).toEqual({ code: 'orders_per_day_limit', orders: 3, limit: 3, allowedAgainAt: dayEndsAt });
});

test('a deal is held against the limits of its market first, then against the account’s; those of another market are not its', () => {
  const all = row({
    maxSize: '5',
    epicLimits: [ofEpic({ maxSize: '1' }), ofEpic({ epic: 'IX.D.FTSE.CFD.IP', maxSize: '2' })],
  });
  expect(boundsOf(all, eurusd).map(({ epic, maxSize }) => [epic, maxSize])).toEqual([
    [eurusd, '1'],
    [null, '5'],
  ]);
  expect(boundsOf(all, 'CS.D.GBPUSD.CFD.IP').map(({ maxSize }) => maxSize)).toEqual(['5']);
});

test.each<[Partial<RiskLimits>, Partial<RiskLimits>, boolean]>([
  [{}, { maxSize: '2' }, true],
  [{ maxSize: '2' }, { maxSize: '2.0' }, false],
  [{ maxSize: '2' }, { maxSize: '1.9' }, true],
  [{ maxSize: '2' }, {}, false],
  [{ maxDailyLoss: '100' }, { maxDailyLoss: '150' }, false],
  [{ maxExposure: '9' }, { maxExposure: '10' }, false],
  [{ maxOrdersPerMinute: 10 }, { maxOrdersPerMinute: 9 }, true],
  [{}, { maxOrdersPerDay: 1 }, true],
  [{}, { epics: [ofEpic({ maxSize: '1' })] }, true],
  [{ epics: [ofEpic({ maxSize: '1' })] }, { epics: [ofEpic({ maxSize: '2' })] }, false],
  [{ epics: [ofEpic({ maxSize: '1' })] }, {}, false],
])('limits %j that become %j are stricter: %s', (before, next, stricter) => {
  expect(isStricter(limits(next), limits(before))).toBe(stricter);
});

test.each<[Partial<RiskLimits>, Omit<SetRiskLimits, 'accountId'>, Partial<RiskLimits>]>([
  [{ maxSize: '2' }, { maxExposure: '5' }, { maxSize: '2', maxExposure: '5' }],
  [{ maxSize: '2' }, { maxSize: null }, {}],
  [{}, { epics: [{ epic: eurusd, maxSize: '1' }] }, { epics: [ofEpic({ maxSize: '1' })] }],
  [
    { epics: [ofEpic({ maxSize: '1' })] },
    { epics: [{ epic: eurusd, maxOrdersPerDay: 3 }] },
    { epics: [ofEpic({ maxSize: '1', maxOrdersPerDay: 3 })] },
  ],
  [{ epics: [ofEpic({ maxSize: '1' })] }, { epics: [{ epic: eurusd, maxSize: null }] }, {}],
  [
    { epics: [ofEpic({ maxSize: '1' })] },
    { maxSize: '0.5' },
    { maxSize: '0.5', epics: [ofEpic({ maxSize: '1' })] },
  ],
])('limits %j, changed by %j, are %j', (before, given, after) => {
  expect(changedLimits(limits(before), given)).toEqual(limits(after));
});

test('a limit of a market that is wider than the account’s is refused by its name; so is one market too many', () => {
  const wider = () =>
    changedLimits(limits({ maxOrdersPerDay: 5 }), { epics: [{ epic: eurusd, maxOrdersPerDay: 6 }] });
  expect(wider).toThrow(
    expect.objectContaining({
      code: 'request.invalid',
      options: {
        fields: { 'epics[0].maxOrdersPerDay': expect.stringContaining('is 6, above the account’s 5') },
      },
    }),
  );
  const epics = Array.from({ length: 100 }, (_, n) => ofEpic({ epic: `CS.D.PAIR${n}.CFD.IP`, maxSize: '1' }));
  expect(() => changedLimits(limits({ epics }), { epics: [{ epic: eurusd, maxSize: '1' }] })).toThrow(
    expect.objectContaining({ options: { fields: { epics: expect.stringContaining('101 markets') } } }),
  );
});

test('each limit that is set is shown with what is used, what is left and when it is whole again; none is left below nothing', () => {
  const all = row({
    maxSize: '2',
    maxExposure: '1000',
    maxDailyLoss: '50',
    maxOrdersPerMinute: 3,
    maxOrdersPerDay: 10,
    epicLimits: [ofEpic({ maxExposure: '300' })],
  });
  const exposure = { total: '1200', of: () => '100' };
  const used = { orders: counts(4, [10, 2]), exposure, lossToday: '20', dayEndsAt, now };
  const shown = (uses: ReturnType<typeof usesOf>) =>
    uses.map(({ limit, epic, max, used: of, left, wholeAgainAt }) => [
      limit,
      epic,
      max,
      of,
      left,
      wholeAgainAt,
    ]);
  expect(shown(usesOf(all, used))).toEqual([
    ['maxDailyLoss', null, '50', '20', '30', dayEndsAt],
    ['maxSize', null, '2', null, '2', null],
    ['maxExposure', null, '1000', '1200', '0', null],
    ['maxOrdersPerMinute', null, '3', '2', '1', new Date('2026-01-05T09:01:21Z')],
    ['maxOrdersPerDay', null, '10', '4', '6', dayEndsAt],
    ['maxExposure', eurusd, '300', '100', '200', null],
  ]);
  const unknown = usesOf(row({ maxExposure: '1', maxDailyLoss: '1' }), {
    ...used,
    exposure: null,
    lossToday: null,
  });
  expect(unknown.map(({ used: of, left }) => [of, left])).toEqual([
    [null, null],
    [null, null],
  ]);
});

test('what says that a limit is reached is a breach of it, and nothing else is', () => {
  expect(breachIn({ code: 'size_limit', size: '2', limit: '1', epic: eurusd })).toEqual({
    limit: 'maxSize',
    epic: eurusd,
  });
  expect(breachIn({ code: 'daily_loss_limit', loss: '2', limit: '1' })).toEqual({
    limit: 'maxDailyLoss',
    epic: null,
  });
  expect(breachIn({ code: 'exposure_unknown', limit: '1' })).toBeNull();
  expect(breachIn({ code: 'insufficient_funds', required: '2', available: '1' })).toBeNull();
});
