// The limits of an account: how they are set, and what they do to deals, through the procedures.
import { expect, test } from 'vitest';
import { brokerAccounts } from '../../../../drizzle/schema/index.ts';
import { AccountRisk } from '../../../../shared/risk.ts';
import { AppError } from '../../../lib/app-error.ts';
import { eurusd } from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { refused, rigOn, setRisk } from '../../../testing/risk-rig.ts';

test.each(['simulated', 'demo', 'live'] as const)(
  'a size above the limit is refused with both numbers, one of it goes (%s)',
  async (environment) => {
    await using rig = await rigOn(environment);
    await rig.as().setRiskLimits({ maxSize: '1.5', maxDailyLoss: '500' });
    expect(await rig.as().openPosition(rig.order({ size: '1.51' }))).toMatchObject(
      refused({ code: 'size_limit', size: '1.51', limit: '1.5' }),
    );
    expect(await rig.as().openPosition(rig.order({ size: '1.5' }))).toMatchObject({ status: 'submitted' });
  },
);

test('a change is an event with what was before, the same again is none; null takes one away', async () => {
  await using rig = await rigOn('demo');
  const answer = await rig.as().setRiskLimits({ maxSize: '2', maxDailyLoss: '100' });
  expect(AccountRisk.parse(answer)).toMatchObject({
    accountId: rig.accountId,
    currency: 'GBP',
    limits: { maxSize: '2', maxDailyLoss: '100' },
  });
  await rig.as().setRiskLimits({ maxSize: '2' });
  await rig.as().setRiskLimits({ maxSize: null });
  expect(await rig.told()).toEqual(['risk.limits_changed', 'risk.limits_changed']);
  for await (const event of rig.events.follow(rig.userId, 'trading', { after: '1' })) {
    expect(event).toMatchObject({
      type: 'risk.limits_changed',
      environment: 'demo',
      accountId: rig.accountId,
      data: {
        dealingState: 'active',
        limits: { maxSize: null, maxDailyLoss: '100' },
        previous: { maxSize: '2', maxDailyLoss: '100' },
      },
    });
    break;
  }
});

test('a stricter limit stops what is admitted and not sent yet; a wider one stops nothing', async () => {
  await using rig = await rigOn('demo');
  await rig.as().setRiskLimits({ maxSize: '2' });
  const meanwhile = (maxSize: string) =>
    rig.restart({
      dealing: {
        ...rig.venue.dealing,
        send: async (...args) => (await rig.as().setRiskLimits({ maxSize }), rig.venue.dealing.send(...args)),
      },
    });
  expect(
    await meanwhile('3')
      .as()
      .openPosition(rig.order({ size: '2' })),
  ).toMatchObject({ status: 'submitted' });
  expect(
    await meanwhile('1')
      .as()
      .openPosition(rig.order({ size: '2' })),
  ).toMatchObject({ status: 'denied' });
  expect(rig.venue.requests).toHaveLength(1);
});

test('they are whoever’s account it is: not anybody else’s, not without signing in, not with a key that may only deal', async () => {
  await using rig = await rigOn('demo');
  await rig.addUser('bob');
  const { accountId } = rig;
  const mine = [{ accountId, maxSize: '1' }, { accountId }] as const;
  expect(await failure(rig.as('user_bob').setRiskLimits(mine[0]))).toMatchObject({
    code: 'accounts.not_found',
  });
  expect(await failure(rig.as('user_bob').getRisk(mine[1]))).toMatchObject({ code: 'accounts.not_found' });
  expect(await failure(rig.as(null).setRiskLimits(mine[0]))).toMatchObject({ code: 'auth.required' });
  expect(await failure(rig.as(null).getRisk(mine[1]))).toMatchObject({ code: 'auth.required' });
  const dealing = rig.as(rig.userId, ['account:read', 'trade:open', 'trade:close']);
  expect(await failure(dealing.setRiskLimits(mine[0]))).toMatchObject({ code: 'auth.scope_missing' });
  expect(await dealing.getRisk(mine[1])).toMatchObject({ accountId });
});

test.each<[object, string]>([
  [{}, '(input)'],
  [{ maxSize: '0' }, 'maxSize'],
  [{ maxDailyLoss: '-5' }, 'maxDailyLoss'],
  [{ maxDailyLoss: '1e3' }, 'maxDailyLoss'],
  [{ maxDailyLoss: 100 }, 'maxDailyLoss'],
  [{ maxSize: '1', size: '1' }, 'size'],
  [{ maxExposure: '0' }, 'maxExposure'],
  [{ maxOrdersPerMinute: 0 }, 'maxOrdersPerMinute'],
  [{ maxOrdersPerDay: 1.5 }, 'maxOrdersPerDay'],
  [{ maxOrdersPerDay: '5' }, 'maxOrdersPerDay'],
  [{ epics: [] }, 'epics'],
  [{ epics: [{ epic: eurusd }] }, 'epics[0]'],
  [{ epics: [{ epic: eurusd, maxDailyLoss: '1' }] }, 'epics[0].maxDailyLoss'],
  [{ epics: ['1', '2'].map((maxSize) => ({ epic: eurusd, maxSize })) }, 'epics'],
  [{ maxSize: '1', epics: [{ epic: eurusd, maxSize: '1.1' }] }, 'epics[0].maxSize'],
])('%j is refused by the field %s', async (input, field) => {
  await using rig = await rigOn('demo');
  const problem = await failure(rig.as().setRiskLimits(input as never));
  expect(problem).toMatchObject({
    code: 'request.invalid',
    options: { fields: { [field]: expect.any(String) } },
  });
});

test('a limit of a market that the broker does not know is refused: it would bound nothing; one that is there may go, and the broker need not answer', async () => {
  await using rig = await rigOn('demo');
  expect(
    await failure(
      rig.as().setRiskLimits({
        maxSize: '2',
        epics: [
          { epic: eurusd, maxSize: '1' },
          { epic: 'CS.D.EURUSD.CFD', maxSize: '1' },
        ],
      }),
    ),
  ).toMatchObject({
    code: 'market_data.unknown_epic',
    options: { fields: { 'epics[1].epic': expect.stringContaining('CS.D.EURUSD.CFD, which is no market') } },
  });
  expect(await rig.as().getRisk({})).toMatchObject({ limits: { maxSize: null, epics: [] } });
  const one = { epic: 'OLD.ONE', maxSize: '1', maxExposure: null, maxOrdersPerMinute: null };
  await setRisk(rig, { epicLimits: [{ ...one, maxOrdersPerDay: null }] });
  const changed = { epic: 'OLD.ONE', maxSize: '2' };
  expect(await rig.as().setRiskLimits({ epics: [changed] })).toMatchObject({ limits: { epics: [changed] } });
  expect(await rig.as().setRiskLimits({ epics: [{ epic: 'OLD.ONE', maxSize: null }] })).toMatchObject({
    limits: { epics: [] },
  });
  rig.prices.quote = new AppError('broker.unavailable');
  expect(await rig.as().setRiskLimits({ epics: [{ epic: eurusd, maxSize: '1' }] })).toMatchObject({
    limits: { epics: [{ epic: eurusd, maxSize: '1' }] },
  });
});

test('of a loss limit for one market the answer says where it belongs', async () => {
  await using rig = await rigOn('demo');
  const asked = { epics: [{ epic: eurusd, maxSize: '1', maxDailyLoss: '1' }] };
  expect(await failure(rig.as().setRiskLimits(asked as never))).toMatchObject({
    options: {
      fields: { 'epics[0].maxDailyLoss': 'is of the account only: write it beside epics' },
    },
  });
});

test('a wider limit of a live account asks for what its first one asked for, and a market’s of any account too', async () => {
  await using rig = await rigOn('live');
  const key = rig.as(rig.userId, ['account:read', 'trade:open', 'trade:close']);
  await rig.as().setRiskLimits({ maxSize: '1', maxDailyLoss: '100', maxOrdersPerDay: 5 });
  for (const wider of [
    { maxSize: '2' },
    { maxOrdersPerDay: null },
    { epics: [{ epic: eurusd, maxSize: '1' }] },
  ])
    expect(await failure(key.setRiskLimits(wider))).toMatchObject({ code: 'auth.scope_missing' });
  expect(await rig.as().setRiskLimits({ maxSize: '2', maxOrdersPerDay: null })).toMatchObject({
    dealingState: 'active',
    limits: { maxSize: '2', maxOrdersPerDay: null },
  });
});

test('a market keeps what is not named of its limits, and goes from the list with the last of them', async () => {
  await using rig = await rigOn('demo');
  const set = async (epics: object[]) => (await rig.as().setRiskLimits({ epics } as never)).limits.epics;
  await set([{ epic: eurusd, maxSize: '1', maxOrdersPerDay: 5 }]);
  expect(await set([{ epic: eurusd, maxExposure: '9000' }])).toEqual([
    { epic: eurusd, maxSize: '1', maxExposure: '9000', maxOrdersPerMinute: null, maxOrdersPerDay: 5 },
  ]);
  expect(await set([{ epic: eurusd, maxSize: null, maxExposure: null, maxOrdersPerDay: null }])).toEqual([]);
});

test('limits of an account that is disconnected stay as they are', async () => {
  await using rig = await rigOn('demo');
  await rig.database.db.update(brokerAccounts).set({ disconnectedAt: rig.clock.now() });
  const { accountId } = rig;
  expect(await failure(rig.as().setRiskLimits({ accountId, maxSize: '1' }))).toMatchObject({
    code: 'accounts.disconnected',
  });
  expect(await rig.as().getRisk({ accountId })).toMatchObject({ limits: { maxSize: null } });
});
