// An account that changes under running processes: its client, its dealing and its stream follow the row, without a restart.
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { brokerAccounts } from '../../../drizzle/schema/index.ts';
import { systemClock as clock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { silentLogger as logger } from '../../lib/logger.ts';
import { createSealer } from '../../lib/seal.ts';
import { createMemoryBus } from '../../messaging/memory.ts';
import { defaultLimits } from '../../messaging/topology.ts';
import { createAccountChanges } from '../../modules/accounts/index.ts';
import type { BrokerCredentials } from '../../modules/accounts/ports.ts';
import { count, createInbox } from '../../testing/bus.contract.ts';
import { AccountMessage } from '../../modules/trading/ports.ts';
import { addUser } from '../../testing/people.ts';
import { testBroker } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { createAccountClients, createEvidence, createGateway, createSimulatedBroker } from '../index.ts';
import { testAccounts } from '../../testing/test-accounts.ts';

const adminToken = 'admin-of-a-test';
const patience = { timeout: 10_000 };
const ids = createIds(clock);
const sealer = createSealer([`test:${Buffer.alloc(32, 7).toString('base64')}`]);

/** The accounts, clients and gateway of one process, an account in it, and its row in the test's hands. */
async function arrange() {
  const db = await testDb();
  const { database } = db;
  const ig = await testBroker({ clock, adminToken });
  const bus = createMemoryBus({ logger, clock, limits: defaultLimits });
  const changes = createAccountChanges({ database, bus, clock, logger });
  const accounts = testAccounts({
    database,
    ids,
    clock,
    sealer,
    bus,
    simulator: createSimulatedBroker({ baseUrl: ig.login.baseUrl, token: adminToken, clock }),
    changes,
  });
  const clients = createAccountClients({
    endpoints: { simulated: ig.login.baseUrl },
    credentialsOf: accounts.credentialsOf,
    changes,
    database,
    sealer,
    clock,
    logger,
  });
  const gateway = createGateway({
    accounts: {
      reportHealth: async () => undefined,
      all: accounts.all,
      ofFeed: accounts.ofFeed,
      changes,
      clients,
    },
    database,
    bus,
    clock,
    ids,
    logger,
  });
  /** Each begin of the account's stream. */
  const begun = createInbox<string>();
  await bus.consume('account', async (message) => {
    for (const { kind, eventId } of AccountMessage.parse(message).events)
      if (kind === 'reconnected') begun.put(eventId);
  });
  await changes.start();
  await gateway.start();
  await addUser(database, { id: 'user_1' });
  const account = await accounts.forUser('user_1');
  await begun.until(count(1));
  const row = eq(brokerAccounts.id, account.id);
  const news = () => new Promise<string>((resolve) => changes.listen(resolve));
  /** As a command in another process would: the row, then its wake-up. Resolves when it is heard here. */
  async function write(work: Promise<unknown>) {
    await work;
    const heard = news();
    accounts.announce(account.id);
    await heard;
  }
  return {
    ig,
    account,
    clients,
    gateway,
    begun,
    credentials: await accounts.credentialsOf(account),
    evidence: createEvidence({ clients, clock }),
    saveCredentials: (credentials: BrokerCredentials) =>
      write(
        database.db
          .update(brokerAccounts)
          .set({ credentials: sealer.seal(JSON.stringify(credentials), `broker_accounts/${account.id}`) })
          .where(row),
      ),
    rename: () => write(database.db.update(brokerAccounts).set({ name: 'Renamed' }).where(row)),
    disconnect: () => write(database.db.delete(brokerAccounts).where(row)),
    async [Symbol.asyncDispose]() {
      await gateway.stop();
      await changes.close();
      await bus.close();
      await ig[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('changed credentials are used by the next call and by the stream, which begins anew with the order to read everything', async () => {
  await using rig = await arrange();
  expect(await rig.evidence.positions(rig.account)).toEqual([]);
  const streams = () => rig.ig.simulator.stats().streams;

  await rig.saveCredentials({ ...rig.credentials, password: 'of somebody else' });
  await expect(rig.evidence.positions(rig.account)).rejects.toMatchObject({ code: 'broker.login_failed' });
  await expect.poll(streams, patience).toBe(0);

  await rig.saveCredentials(rig.credentials);
  expect(await rig.evidence.positions(rig.account)).toEqual([]);
  await rig.begun.until(count(2));
  await expect.poll(streams, patience).toBe(1);
  expect(new Set(rig.begun.items).size).toBe(2);
});

test('a renamed account, and credentials sealed anew, keep their client and their stream', async () => {
  await using rig = await arrange();
  const before = await rig.clients.of(rig.account);
  await rig.rename();
  await rig.saveCredentials(rig.credentials); // another ciphertext, as after a rotation of keys
  expect(await rig.clients.of(rig.account)).toBe(before);
  rig.ig.simulator.setFaults([{ name: 'stream-drop', recoverable: false }]); // whatever was to begin anew comes before this
  await rig.begun.until(count(2));
  expect(rig.gateway.accountStatus()).toMatchObject([{ held: true, state: 'up' }]);
  expect(rig.begun.items).toHaveLength(2);
});

test('a disconnected account is streamed no more, and no call goes out for it', async () => {
  await using rig = await arrange();
  await rig.disconnect();
  await expect.poll(() => rig.gateway.accountStatus(), patience).toEqual([]);
  await expect.poll(() => rig.ig.simulator.stats().streams, patience).toBe(0);
  await expect(rig.evidence.positions(rig.account)).rejects.toMatchObject({ code: 'accounts.not_found' });
});
