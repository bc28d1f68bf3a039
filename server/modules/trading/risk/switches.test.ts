// The kill switch through the procedures: what it keeps here, what it never forbids, and who is told.
import { describe, expect, test } from 'vitest';
import { refused } from '../../../testing/risk-rig.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import * as people from '../../../testing/people.ts';
import { noticed } from '../../../testing/noticed.ts';

const halted = refused(expect.objectContaining({ code: 'dealing_halted' }));
const closesOnly = refused(expect.objectContaining({ code: 'reduce_only', missing: [] }));
type State = 'active' | 'reduce_only' | 'halted';
const byAdministrator = (dealingState: State) => ({
  dealingState,
  by: 'administrator' as const,
  reason: 'an incident',
});
const ways: Record<string, (rig: TradingRig, dealingState: State) => Promise<unknown>> = {
  account: (rig, dealingState) => rig.as().setDealingState({ scope: 'account', dealingState }),
  user: (rig, dealingState) => rig.as().setDealingState({ scope: 'user', dealingState }),
  administrator: (rig, dealingState) =>
    rig.trading.setDealingState(
      { scope: 'administrator', userId: rig.userId },
      byAdministrator(dealingState),
    ),
  everything: (rig, dealingState) =>
    rig.trading.setDealingState({ scope: 'everything' }, byAdministrator(dealingState)),
};
const scopes = Object.keys(ways);

/** A process in which `meanwhile` happens between the admission of a deal and its first byte. */
const late = (rig: TradingRig, meanwhile: () => Promise<unknown>) =>
  rig.restart({
    dealing: { send: async (...args) => (await meanwhile(), rig.venue.dealing.send(...args)) },
  });

describe.each(scopes)('of scope %s', (scope) => {
  const set = ways[scope]!;
  test.each<State>(['halted', 'reduce_only'])(
    '%s between admission and sending keeps the opening here, and nothing stays reserved',
    async (state) => {
      await using rig = await tradingRig();
      const process = late(rig, () => set(rig, state));
      expect(await process.as().openPosition(rig.order())).toMatchObject(
        state === 'halted' ? halted : closesOnly,
      );
      expect([rig.venue.requests, (await rig.risk()).reserved]).toEqual([[], '0']);
    },
  );
  test('a halt that is taken back before the first byte keeps what was admitted before it here all the same', async () => {
    await using rig = await tradingRig();
    const process = late(rig, async () => {
      await set(rig, 'halted');
      await set(rig, 'active');
    });
    expect(await process.as().openPosition(rig.order())).toMatchObject(halted);
    expect(await rig.as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
  });
  test('a halt survives a restart, also of one that resumes what was less strict', async () => {
    await using rig = await tradingRig();
    await set(rig, 'halted');
    for (const process of [rig.restart(), rig.restart()]) {
      expect(await process.as().openPosition(rig.order())).toMatchObject(halted);
      expect(await process.as().placeOrder(rig.resting())).toMatchObject(halted);
      expect(await process.as().getRisk({})).toMatchObject({
        dealingState: 'halted',
        switches: [{ scope, dealingState: 'halted' }],
      });
    }
    await set(rig, 'active');
    expect(await rig.restart().as().openPosition(rig.order())).toMatchObject({ status: 'submitted' });
    expect(await rig.as().getRisk({})).toMatchObject({ dealingState: 'active', switches: [] });
  });
  test.each<State>(['halted', 'reduce_only'])(
    '%s never forbids closing or cancelling, also when it comes between admission and sending',
    async (state) => {
      await using rig = await tradingRig();
      const [one, two] = [await openedPosition(rig), await openedPosition(rig)];
      const placed = async () => {
        const { dealReference } = await rig.as().placeOrder(rig.resting());
        await rig.applyConfirm(dealReference);
        return rig.venue.confirms.get(dealReference!)!.dealId!;
      };
      const [first, second] = [await placed(), await placed()];
      const process = late(rig, () => set(rig, state));
      expect(await process.as().closePosition(rig.close(one))).toMatchObject({ status: 'submitted' });
      expect(await rig.as().closePosition(rig.close(two))).toMatchObject({ status: 'submitted' });
      await set(rig, 'active');
      expect(await process.as().cancelOrder(rig.change(first))).toMatchObject({ status: 'submitted' });
      expect(await rig.as().cancelOrder(rig.change(second))).toMatchObject({ status: 'submitted' });
      expect([rig.venue.positions.size, rig.venue.orders.size]).toEqual([0, 0]);
    },
  );
});

test('the strictest of account, user, administrator and everything holds, and each takes back only its own', async () => {
  await using rig = await tradingRig();
  const state = async () => (await rig.as().getRisk({})).dealingState;
  await ways['user']!(rig, 'reduce_only');
  expect(await state()).toBe('reduce_only');
  for (const scope of scopes.filter((each) => each !== 'user')) {
    await ways[scope]!(rig, 'halted');
    expect([scope, await state()]).toEqual([scope, 'halted']);
    for (const other of scopes.filter((each) => each !== 'user' && each !== scope))
      await ways[other]!(rig, 'active');
    expect([scope, await state()]).toEqual([scope, 'halted']);
    await ways[scope]!(rig, 'active');
    expect([scope, await state()]).toEqual([scope, 'reduce_only']);
  }
  await ways['user']!(rig, 'active');
  expect(await state()).toBe('active');
});

test('what a user sets for all accounts holds for one that is connected later, and for nobody else', async () => {
  await using rig = await tradingRig();
  const other = await rig.addUser('bob');
  await rig.as().setDealingState({ scope: 'user', dealingState: 'halted' });
  await people.addAccount(rig.database, rig.userId, { id: 'acct_later', createdAt: rig.clock.now() });
  expect(await rig.as().openPosition(rig.order({ accountId: 'acct_later' }))).toMatchObject(halted);
  expect(await rig.as().getRisk({ accountId: 'acct_later' })).toMatchObject({ dealingState: 'halted' });
  expect(await rig.as(other).openPosition(rig.order())).toMatchObject({ status: 'submitted' });
});

test('who did it and why is told once, to everybody it holds for, and shown', async () => {
  await using rig = await tradingRig();
  const other = await rig.addUser('bob');
  const reason = 'my model misbehaves';
  for (let n = 0; n < 2; n++)
    expect(
      await rig.as().setDealingState({ scope: 'account', dealingState: 'reduce_only', reason }),
    ).toMatchObject({
      accounts: [
        {
          accountId: rig.accountId,
          environment: 'simulated',
          dealingState: 'reduce_only',
          switches: [{ scope: 'account', dealingState: 'reduce_only', by: 'owner', reason }],
        },
      ],
    });
  await ways['everything']!(rig, 'halted');
  await ways['everything']!(rig, 'active');
  expect(await rig.told()).toEqual(['dealing.halted', 'dealing.halted', 'dealing.resumed']);
  expect(await rig.told(other)).toEqual(['dealing.halted', 'dealing.resumed']);
  // What an administrator does stands in the inbox too; what one does oneself does not.
  for (const userId of [rig.userId, other])
    expect(await noticed(rig.database, userId)).toEqual(['dealing.halted', 'dealing.resumed']);
  const told = [];
  for await (const message of rig.events.follow(rig.userId, 'trading', { after: '0' }))
    if (told.push(message) === 3) break;
  expect(told).toMatchObject([
    {
      accountId: rig.accountId,
      environment: 'simulated',
      data: { scope: 'account', dealingState: 'reduce_only', by: 'owner', reason },
    },
    {
      accountId: null,
      environment: null,
      data: { scope: 'everything', dealingState: 'halted', by: 'administrator', reason: 'an incident' },
    },
    { data: { scope: 'everything', dealingState: 'active' } },
  ]);
});

test.each(['account', 'user'] as const)(
  'another reason for what is set already is told and shown (%s); none leaves the one before, and a dead-man’s switch takes none away',
  async (scope) => {
    await using rig = await tradingRig();
    const halt = (reason?: string) => rig.as().setDealingState({ scope, dealingState: 'halted', reason });
    await rig.as().armDeadMan({ afterMs: 1_000, action: 'halt' });
    await halt('lunch');
    await halt('the model misbehaves');
    const set = { scope, dealingState: 'halted', by: 'owner', reason: 'the model misbehaves' };
    const accounts = [{ switches: [set] }];
    expect(await halt()).toMatchObject({ accounts });
    expect(await halt('the model misbehaves')).toMatchObject({ accounts });
    expect(await rig.told()).toEqual(['dealing.halted', 'dealing.halted']);
    rig.clock.advance(1_000);
    await rig.trading.fireDeadMen();
    const { switches } = await rig.as().getRisk({});
    expect(switches.filter((each) => each.scope === scope)).toMatchObject([set]);
    expect(
      (await rig.as().setDealingState({ scope, dealingState: 'active', reason: 'over' })).accounts,
    ).toHaveLength(1);
  },
);

test('a switch is its owner’s: others, guests, and a login that may not close, are refused; contradictions name what to change', async () => {
  await using rig = await tradingRig();
  const other = await rig.addUser('bob');
  const halt = { scope: 'account', dealingState: 'halted' } as const;
  await expect(rig.as(other).setDealingState({ ...halt, accountId: rig.accountId })).rejects.toMatchObject({
    cause: { code: 'accounts.not_found' },
  });
  await expect(rig.as(null).setDealingState(halt)).rejects.toMatchObject({
    cause: { code: 'auth.required' },
  });
  await expect(rig.as(rig.userId, ['trade:open']).setDealingState(halt)).rejects.toMatchObject({
    cause: { code: 'auth.scope_missing' },
  });
  await expect(
    rig.as().setDealingState({ scope: 'user', dealingState: 'halted', accountId: rig.accountId }),
  ).rejects.toMatchObject({
    cause: { options: { fields: { accountId: expect.stringContaining('scope account') } } },
  });
  await expect(rig.as().setDealingState({ ...halt, dealingState: 'off' as never })).rejects.toMatchObject({
    cause: { code: 'request.invalid' },
  });
  expect((await rig.as().getRisk({})).dealingState).toBe('active');
});
