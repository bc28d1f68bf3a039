// What a command in another process does to a running server whose bus is in memory: the database is all they share.
import { once } from 'node:events';
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { createFTraderClient, createTokenSource } from '../../client/index.ts';
import { brokerAccounts } from '../../drizzle/schema/index.ts';
import { pause, systemClock } from '../lib/clock.ts';
import { createLifecycle } from '../lib/lifecycle.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { createSealer } from '../lib/seal.ts';
import { startProgram } from '../testing/processes.ts';
import { testApp, testSecrets, type TestApp } from '../testing/test-app.ts';
import { openGround } from './ground.ts';

/** Well below the 30 s after which a server looks by itself. */
const patienceMs = 5_000;
const timeoutMs = 60_000;
const demo = { email: 'demo@ftrader.local', password: 'ftrader-demo' };

test(
  'sessions ended by a command close their sockets in a running all-in-one, at once',
  async () => {
    await using app = await testApp();
    const answer = await fetch(`${app.url}/api/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(demo),
    });
    const { accessToken, user } = (await answer.json()) as { accessToken: string; user: { id: string } };
    const socket = new WebSocket(`${app.url.replace('http', 'ws')}/trpc?connectionParams=1`);
    await once(socket, 'open');
    socket.send(JSON.stringify({ method: 'connectionParams', data: { token: accessToken } }));
    const follow = { path: 'notifications.onNotification', input: { json: {} } };
    socket.send(JSON.stringify({ id: 1, method: 'subscription', params: follow }));
    await once(socket, 'message'); // signed in
    const closed = once(socket, 'close');

    await using command = startProgram('server/testing/end-sessions.ts', {
      args: [app.databaseUrl, user.id],
    });
    expect(await command.exited, command.output()).toBe(0);
    const tooLate = pause(systemClock, patienceMs).then(() => 'the socket is still open');
    expect(await Promise.race([closed.then(([code]) => code as number), tooLate])).toBe(4401);
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
      await database.db.delete(brokerAccounts).where(row(id));
      announce(id);
    },
  };
}

/** Somebody's client, and the account that their first look gives them. */
async function signIn({ url }: TestApp, login: { email: string; password: string }) {
  const { api, close } = createFTraderClient({ url, token: createTokenSource({ url, ...login }) });
  onTestFinished(close);
  const { accounts } = await api.accounts.list.query();
  return { api, accountId: accounts[0]!.id };
}
async function register({ url }: TestApp, login: { email: string; password: string }) {
  const { api, close } = createFTraderClient({ url, token: async () => undefined });
  await api.auth.register.mutate({ ...login, name: 'Ann' });
  await close();
  return login;
}

test(
  'credentials changed by a command are those of the next deal and stream of a running all-in-one; a removed account is streamed no more',
  async () => {
    await using app = await testApp();
    const command = await openCommand(app);
    const { api, accountId } = await signIn(app, demo);
    const ann = await signIn(
      app,
      await register(app, { email: 'ann@example.com', password: 'correct horse' }),
    );
    const streams = () => expect.poll(() => app.simulator!.stats().streams, { timeout: patienceMs });
    await streams().toBe(3); // the feed's and two accounts'
    await command.disconnect(ann.accountId);
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
    const refused = await api.trading.openPosition.mutate({
      ...order,
      idempotencyKey: 'with-the-wrong-ones',
    });
    expect(refused).toMatchObject({ status: 'rejected', reason: { code: 'never_reached_broker' } });

    await command.saveCredentials(accountId, right);
    await streams().toBe(2);
    const taken = await api.trading.openPosition.mutate({ ...order, idempotencyKey: 'with-the-right-ones' });
    expect(taken).toMatchObject({ status: 'accepted' });
  },
  timeoutMs,
);
