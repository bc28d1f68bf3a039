import { and, eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { userEvents } from '../../../drizzle/schema/index.ts';
import { AppError } from '../../lib/app-error.ts';
import { accountRig, janeTypes } from '../../testing/account-rig.ts';
import type { FoundHealth } from './ports.ts';
import { noticed } from '../../testing/noticed.ts';

const offline: FoundHealth = { state: 'offline', message: 'It does not answer.', brokerCode: null };
const degraded: FoundHealth = { state: 'degraded', message: 'Its stream is down.', brokerCode: null };
const refused = (brokerCode: string): FoundHealth => ({
  state: 'read_only',
  message: `It says ${brokerCode}.`,
  brokerCode,
});
const up: FoundHealth = { state: 'up' };

async function connected() {
  const rig = await accountRig();
  const ann = await rig.as('ann');
  const [account] = (await ann.connect(janeTypes)).accounts;
  const { id } = account!;
  return {
    ...rig,
    id,
    ann,
    /** The events of the account's health, oldest first: the state each tells. */
    changes: async () =>
      (
        await rig.database.db
          .select()
          .from(userEvents)
          .where(eq(userEvents.accountId, id))
          .orderBy(userEvents.offset)
      ).flatMap(({ type, data }) =>
        type === 'account.degraded' || type === 'account.restored'
          ? [(data as { health: { state: string } }).health.state]
          : [],
      ),
    health: async () => (await ann.get({ id })).health,
  };
}

test('a change of an account’s health is told once, however many processes find it, and in the order in which it happened', async () => {
  await using rig = await connected();
  const { accounts, id } = rig;
  for (const found of [offline, refused('a'), refused('b'), degraded, up]) {
    rig.clock.advance(1_000);
    const news = await Promise.all(
      Array.from({ length: 8 }, () => accounts.reportHealth(id, found, { epoch: 1 })),
    );
    expect(news.filter(Boolean)).toHaveLength(1);
  }
  expect(await rig.changes()).toEqual(['offline', 'read_only', 'read_only', 'degraded', 'up']);
  expect(await noticed(rig.database, 'user_ann')).toEqual([
    ...Array.from({ length: 4 }, () => 'account.degraded'),
    'account.restored',
  ]);
  expect(await rig.health()).toEqual({ state: 'up', since: rig.clock.now(), problem: null });
});

test('what is wrong is shown with since when and why, in the event as in the account', async () => {
  await using rig = await connected();
  await rig.accounts.reportHealth(rig.id, refused('error.security.api-key-disabled'), { epoch: 1 });
  const since = rig.clock.now();
  rig.clock.advance(60_000);
  await rig.accounts.reportHealth(rig.id, refused('error.security.api-key-disabled'), { epoch: 1 });
  expect(await rig.health()).toEqual({
    state: 'read_only',
    since,
    problem: {
      message: 'It says error.security.api-key-disabled.',
      brokerCode: 'error.security.api-key-disabled',
    },
  });
  const rows = await rig.database.db
    .select()
    .from(userEvents)
    .where(and(eq(userEvents.accountId, rig.id), eq(userEvents.stream, 'trading')));
  expect(rows.at(-1)).toMatchObject({
    type: 'account.degraded',
    at: since,
    data: {
      id: rig.id,
      brokerAccountId: 'JANE1',
      health: { state: 'read_only', problem: { brokerCode: 'error.security.api-key-disabled' } },
    },
  });
  expect(await rig.accounts.healthCounts()).toEqual({
    up: 1,
    degraded: 0,
    read_only: 1,
    offline: 0,
    disconnected: 0,
  });
});

test('a gateway that was frozen and wakes changes nothing: what it found is of an older epoch', async () => {
  await using rig = await connected();
  await rig.accounts.reportHealth(rig.id, up, { epoch: 2 });
  expect(await rig.accounts.reportHealth(rig.id, offline, { epoch: 1 })).toBe(false);
  expect(await rig.changes()).toEqual([]);
  expect(await rig.health()).toMatchObject({ state: 'up' });
});

test('a login that works ends a refusal and an outage, and says nothing of a stream that is down', async () => {
  await using rig = await connected();
  const { accounts, id, ann } = rig;
  accounts.reportLogin(id, new AppError('broker.login_failed', { brokerCode: 'error.security.x' }));
  await expect.poll(rig.health).toMatchObject({ state: 'read_only' });
  expect(await ann.test({ id })).toMatchObject({ health: { state: 'up' } });
  await accounts.reportHealth(id, degraded, { epoch: 1 });
  expect(await ann.test({ id })).toMatchObject({ health: { state: 'degraded' } });
  expect(await rig.changes()).toEqual(['read_only', 'up', 'degraded']);
});

test('an account that the broker suspends from dealing is read-only whatever logs in to it, until the account itself is found to be dealt on', async () => {
  await using rig = await connected();
  const { accounts, id, ann } = rig;
  rig.ig.simulator.setFaults([{ name: 'dealing-suspended', accountId: 'JANE1' }]);
  const { health } = await ann.test({ id });
  expect(health).toMatchObject({ state: 'read_only', problem: { brokerCode: 'SUSPENDED_FROM_DEALING' } });
  expect(health.problem?.message).toBe(
    'IG demo has suspended this account from dealing: it can be read, and nothing is dealt on it. Log in on its web site to see why, or ask IG.',
  );
  await ann.updateCredentials({ id, password: janeTypes.password });
  accounts.reportLogin(id, null);
  expect(await ann.test({ id })).toMatchObject({ health });
  rig.ig.simulator.setFaults([]);
  expect(await ann.test({ id })).toMatchObject({ health: { state: 'up' } });
  expect(await rig.changes()).toEqual(['read_only', 'up']);
});

test('of an account that is disconnected no health is told any more', async () => {
  await using rig = await connected();
  await rig.ann.disconnect({ id: rig.id });
  expect(await rig.accounts.reportHealth(rig.id, offline, { epoch: 1 })).toBe(false);
  expect(await rig.changes()).toEqual([]);
});
