// The switches of the simulated broker's faults against the whole server: what each brings about, and whom it reaches.
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { users } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../db/client.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { signUp } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';
import { simulatedFault, simulatedFaultNames } from '../../shared/simulated-faults.ts';

/** Generous to a busy machine. */
const patience = { timeout: 30_000 };
const epic = 'CS.D.EURUSD.CFD.IP';

test('a deal whose every word is lost is unknown, then accepted by a reading; the switch is spent, and nobody else is struck', async () => {
  await using app = await testApp();
  await using ann = await signUp(app);
  await using bob = await signUp(app, { email: 'bob@example.com', password: 'correct horse', name: 'Bob' });
  const accountOf = async ({ api }: typeof ann) => (await api.accounts.list.query()).accounts[0]!.id;
  const [anns, bobs] = [await accountOf(ann), await accountOf(bob)];
  const order = (key: string) => ({ epic, direction: 'BUY' as const, size: '1', idempotencyKey: key });
  // The first prices of a server that has just begun.
  await expect
    .poll(
      async () => (await bob.api.trading.openPosition.mutate(order(crypto.randomUUID()))).status,
      patience,
    )
    .toBe('accepted');

  const fault = { id: anns, fault: 'lost_words' } as const;
  const stateOf = async () =>
    (await ann.api.accounts.listFaults.query({ id: anns })).faults.find(
      ({ fault }) => fault === 'lost_words',
    );
  await ann.api.accounts.setFault.mutate({ ...fault, on: true });
  expect(await stateOf()).toMatchObject({ state: 'armed', hits: 0 });
  expect(
    (await bob.api.accounts.listFaults.query({ id: bobs })).faults.filter(({ state }) => state !== 'off'),
  ).toEqual([]);
  expect((await bob.api.trading.openPosition.mutate(order(crypto.randomUUID()))).status).toBe('accepted');

  const { id, status } = await ann.api.trading.openPosition.mutate(order(crypto.randomUUID()));
  expect(['unknown', 'accepted']).toContain(status);
  await expect
    .poll(async () => (await ann.api.trading.getDeal.query({ id })).status, patience)
    .toBe('accepted');
  const { timeline, decidedBy } = await ann.api.trading.getDeal.query({ id });
  expect([timeline.map(({ step }) => step).filter((step) => step !== 'broker_decided'), decidedBy]).toEqual([
    ['admitted', 'sent', 'unknown', 'decided'],
    'reading',
  ]);
  expect(await stateOf()).toMatchObject({ state: 'spent', hits: 1 });
  await ann.api.accounts.setFault.mutate({ ...fault, on: true });
  expect(await stateOf()).toMatchObject({ state: 'armed', hits: 0 });
  await ann.api.accounts.setFault.mutate({ ...fault, on: false });
  expect(await stateOf()).toMatchObject({ state: 'off' });
}, 90_000);

test('every fault is one that the simulator takes; those that strike everybody are an administrator’s', async () => {
  await using app = await testApp();
  await using root = await signUp(app);
  const database = createDatabase({ url: app.databaseUrl, logger, max: 1 });
  onTestFinished(() => database.close());
  const { id } = (await root.api.accounts.list.query()).accounts[0]!;
  const set = (fault: (typeof simulatedFaultNames)[number], on: boolean) =>
    root.api.accounts.setFault.mutate({ id, fault, on });
  const forAll = simulatedFaultNames.filter((fault) => simulatedFault(fault).strikes === 'everybody');
  expect(
    (await root.api.accounts.listFaults.query({ id })).faults
      .filter(({ allowed }) => !allowed)
      .map(({ fault }) => fault),
  ).toEqual(forAll);
  for (const fault of forAll)
    await expect(set(fault, true), fault).rejects.toMatchObject({
      data: { code: 'auth.scope_missing' },
      message: expect.stringMatching(/strikes everybody .* an administrator/),
    });
  const { id: userId } = await root.api.users.me.query();
  await database.db.update(users).set({ isAdmin: true }).where(eq(users.id, userId));
  await expect
    .poll(
      () =>
        set('muted_prices', false).then(
          () => true,
          () => false,
        ),
      patience,
    )
    .toBe(true);
  for (const fault of simulatedFaultNames) {
    const { faults } = await set(fault, true);
    expect(faults.filter(({ state }) => state !== 'off').map((each) => each.fault)).toEqual([fault]);
    await set(fault, false);
  }
}, 90_000);
