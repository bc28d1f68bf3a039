import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { accountRisk, userEvents } from '../../../drizzle/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { accountRig, janeTypes } from '../../testing/account-rig.ts';
import { failure } from '../../testing/failure.ts';

const password = 'correct horse';
type Rig = Awaited<ReturnType<typeof accountRig>>;

/** Ann, and an account of hers. */
async function annOn(rig: Rig, environment: 'demo' | 'live') {
  const ann = await rig.as('ann');
  const { accounts } = await ann.connect({ ...janeTypes, environment });
  return { ann, id: accounts[0]!.id };
}
const riskOf = async (rig: Rig, id: string) =>
  (await rig.database.db.select().from(accountRisk).where(eq(accountRisk.accountId, id)))[0]!;

test('a live account is connected with live dealing off; the password typed again switches it on, and anybody with the login off', async () => {
  await using rig = await accountRig({ environment: 'live' });
  const { ann, id } = await annOn(rig, 'live');
  expect(await ann.get({ id })).toMatchObject({ environment: 'live', liveDealing: false });
  expect(await ann.enableLiveDealing({ id, password })).toMatchObject({ id, liveDealing: true });
  expect(rig.typed).toEqual(['ann@example.com from 192.0.2.1']);
  expect(await riskOf(rig, id)).toMatchObject({ liveDealing: true, haltEpoch: 1 });
  expect(await ann.disableLiveDealing({ id })).toMatchObject({ liveDealing: false });
  expect(await riskOf(rig, id)).toMatchObject({ liveDealing: false, haltEpoch: 2 });
  expect((await ann.list()).accounts.map(({ liveDealing }) => liveDealing)).toEqual([false, false]);
});

test('each change is told once, with what may be dealt from then on', async () => {
  await using rig = await accountRig({ environment: 'live' });
  const { ann, id } = await annOn(rig, 'live');
  for (let again = 0; again < 2; again++) await ann.enableLiveDealing({ id, password });
  for (let again = 0; again < 2; again++) await ann.disableLiveDealing({ id });
  const told = await rig.database.db.select().from(userEvents).orderBy(userEvents.offset);
  const limits = { maxSize: null, maxDailyLoss: null };
  expect(told.slice(2)).toMatchObject([
    {
      type: 'dealing.live_enabled',
      accountId: id,
      environment: 'live',
      data: { dealingState: 'reduce_only', limits },
    },
    {
      type: 'dealing.live_disabled',
      accountId: id,
      environment: 'live',
      data: { dealingState: 'off', limits },
    },
  ]);
  expect(told).toHaveLength(4);
});

test('whose address is not confirmed has no live dealing, and no password is looked at for it; it can always be switched off', async () => {
  await using rig = await accountRig({ environment: 'live', mayDealLive: false });
  const { ann, id } = await annOn(rig, 'live');
  expect(await failure(ann.enableLiveDealing({ id, password }))).toMatchObject({
    code: 'auth.email_unverified',
  });
  expect(rig.typed).toEqual([]);
  expect(await riskOf(rig, id)).toMatchObject({ liveDealing: false, haltEpoch: 0 });
  expect(await ann.disableLiveDealing({ id })).toMatchObject({ liveDealing: false });
});

test('who has two-factor authentication on shows a code first: without one no password is looked at, and nothing is switched on', async () => {
  let shown = false;
  await using rig = await accountRig({
    environment: 'live',
    requireCodeLately: async () => {
      if (!shown) throw new AppError('auth.step_up_required');
    },
  });
  const { ann, id } = await annOn(rig, 'live');
  expect(await failure(ann.enableLiveDealing({ id, password }))).toMatchObject({
    code: 'auth.step_up_required',
  });
  expect(rig.typed).toEqual([]);
  expect(await riskOf(rig, id)).toMatchObject({ liveDealing: false });
  shown = true;
  expect(await ann.enableLiveDealing({ id, password })).toMatchObject({ liveDealing: true });
});

test('a wrong password switches nothing on', async () => {
  await using rig = await accountRig({ environment: 'live' });
  const { ann, id } = await annOn(rig, 'live');
  expect(await failure(ann.enableLiveDealing({ id, password: 'wrong' }))).toMatchObject({
    code: 'auth.wrong_password',
  });
  expect(await riskOf(rig, id)).toMatchObject({ liveDealing: false, haltEpoch: 0 });
  expect(await rig.told('ann')).toHaveLength(2);
});

test('an account that is not live, not one’s own, or disconnected has no switch, and no password is looked at for it', async () => {
  await using rig = await accountRig({ environment: 'demo' });
  const { ann, id } = await annOn(rig, 'demo');
  const bob = await rig.as('bob');
  const both = (of: typeof ann, account: string) => [
    () => of.enableLiveDealing({ id: account, password }),
    () => of.disableLiveDealing({ id: account }),
  ];
  const refusals: [() => Promise<unknown>, string][] = [
    ...both(ann, id).map((call): [() => Promise<unknown>, string] => [call, 'accounts.not_live']),
    ...both(bob, id).map((call): [() => Promise<unknown>, string] => [call, 'accounts.not_found']),
    ...both(ann, 'acct_none').map((call): [() => Promise<unknown>, string] => [call, 'accounts.not_found']),
  ];
  for (const [call, code] of refusals) expect(await failure(call())).toMatchObject({ code });
  await ann.disconnect({ id });
  for (const call of both(ann, id))
    expect(await failure(call())).toMatchObject({ code: 'accounts.disconnected' });
  expect(rig.typed).toEqual([]);
  expect(await failure(ann.enableLiveDealing({ id, password: '' }))).toMatchObject({
    code: 'request.invalid',
  });
});

test('an account that was disconnected comes back with live dealing off, its limits kept, and its old figures forgotten', async () => {
  await using rig = await accountRig({ environment: 'live' });
  const { ann, id } = await annOn(rig, 'live');
  await ann.enableLiveDealing({ id, password });
  const before = { maxSize: '2', maxDailyLoss: '100', cash: '9000', margin: '0', runningProfit: '-5' };
  await rig.database.db.update(accountRisk).set({ ...before, fundsAt: rig.clock.now() });
  await ann.disconnect({ id });
  const { accounts } = await ann.connect({ ...janeTypes, environment: 'live' });
  expect(accounts.find((each) => each.id === id)).toMatchObject({ liveDealing: false });
  expect(await riskOf(rig, id)).toMatchObject({
    connected: true,
    maxSize: '2',
    maxDailyLoss: '100',
    cash: null,
    runningProfit: null,
    fundsAt: null,
  });
});
