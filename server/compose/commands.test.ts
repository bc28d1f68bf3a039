// What a command in another process does to a running server whose bus is in memory: the database is all they share.
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { brokerAccounts } from '../../drizzle/schema/index.ts';
import { systemClock } from '../lib/clock.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { createSealer } from '../lib/seal.ts';
import { within } from '../lib/within.ts';
import { signIn, signUp } from '../testing/kit.ts';
import { startProgram } from '../testing/processes.ts';
import { openRaw } from '../testing/sockets.ts';
import { testApp, testSecrets, type TestApp } from '../testing/test-app.ts';
import { openGround } from './ground.ts';

/** Below the 30 s after which a server looks by itself, and generous to a busy machine. */
const patienceMs = 20_000;
const timeoutMs = 90_000;

test(
  'a user whom `npm run user` disables has no open socket left in a running all-in-one, at once',
  async () => {
    await using app = await testApp();
    await using user = signIn(app.url);
    const { email } = await user.api.users.me.query();
    const socket = await openRaw(Number(new URL(app.url).port), await user.token());
    onTestFinished(socket.close);
    const follow = { path: 'notifications.onNotification', input: { json: {} } };
    socket.send({ id: 1, method: 'subscription', params: follow });
    await socket.message((message) => message.id === 1); // signed in

    await using command = startProgram('scripts/user.ts', {
      args: ['disable', email],
      env: { DATABASE_URL: app.databaseUrl },
    });
    expect(await command.exited, command.output()).toBe(0);
    expect(await within(systemClock, patienceMs, () => socket.closed)).toMatchObject({ code: 4401 });
  },
  timeoutMs,
);

/** A command: what it writes and tells, with nothing of the server's but its database. */
async function openCommand({ databaseUrl }: TestApp) {
  const lifecycle = createLifecycle(logger);
  onTestFinished(() => lifecycle.close());
  const { database, bus } = await openGround({ databaseUrl, amqpUrl: undefined, lifecycle, logger });
  const announce = (id: string) => bus.publish('wakeups', 'accounts', { kind: 'accounts', id });
  const row = (id: string) => eq(brokerAccounts.id, id);
  return {
    async credentialsOf(id: string): Promise<string> {
      const [found] = await database.db.select().from(brokerAccounts).where(row(id));
      return found!.credentials;
    },
    async saveCredentials(id: string, credentials: string) {
      await database.db.update(brokerAccounts).set({ credentials }).where(row(id));
      announce(id);
    },
    async disconnect(id: string) {
      const left = { disconnectedAt: systemClock.now(), credentials: '', isDefault: false };
      await database.db.update(brokerAccounts).set(left).where(row(id));
      announce(id);
    },
  };
}

/** The account that somebody's first look gives them. */
async function accountOf({ api }: ReturnType<typeof signIn>): Promise<string> {
  const { accounts } = await api.accounts.list.query();
  return accounts[0]!.id;
}

test(
  'credentials changed by a command are those of the next deal and stream of a running all-in-one; a disconnected account is streamed no more',
  async () => {
    await using app = await testApp();
    const command = await openCommand(app);
    await using trader = signIn(app.url);
    const accountId = await accountOf(trader);
    await using ann = await signUp(app);
    const { trading } = trader.api;
    const annsAccount = await accountOf(ann);
    const streams = () => expect.poll(() => app.simulator!.stats().streams, { timeout: patienceMs });
    await streams().toBe(3); // the feed's and two accounts'
    await command.disconnect(annsAccount);
    await streams().toBe(2);

    const right = await command.credentialsOf(accountId);
    const wrong = { identifier: 'nobody', password: 'none', apiKey: 'none' };
    const sealer = createSealer(testSecrets.encryptionKeys);
    await command.saveCredentials(
      accountId,
      sealer.seal(JSON.stringify(wrong), `broker_accounts/${accountId}`),
    );
    await streams().toBe(1);
    const order = { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY' as const, size: '1' };
    const refused = await trading.openPosition.mutate({
      ...order,
      idempotencyKey: 'with-the-wrong-ones',
    });
    // By whichever knew it first: the look at the account's health, or the refused log-in of the deal itself.
    expect(['account_unavailable', 'never_reached_broker']).toContain(refused.reason?.code);

    await command.saveCredentials(accountId, right);
    await streams().toBe(2);
    const health = async () => (await trader.api.accounts.get.query({ id: accountId })).health.state;
    await expect.poll(health, { timeout: patienceMs }).toBe('up');
    const taken = await trading.openPosition.mutate({
      ...order,
      idempotencyKey: 'with-the-right-ones',
      waitMs: 10_000,
    });
    expect(taken).toMatchObject({ status: 'accepted' });
  },
  timeoutMs,
);
