// What a login holds open ends with it: on every transport, in every process, however it ends.
import { expect, onTestFinished, test } from 'vitest';
import { createFTraderClient } from '../../client/index.ts';
import { systemClock } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import { failure } from '../testing/failure.ts';
import * as build from '../testing/build.ts';
import { openEventStream } from '../testing/event-stream.ts';
import { addUser, signUp } from '../testing/kit.ts';
import { openRaw } from '../testing/sockets.ts';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { createDatabase } from '../db/client.ts';
import { silentLogger as logger } from '../lib/logger.ts';

/** Generous to a busy machine; nothing else would end what is open here. */
const patienceMs = 20_000;
const timeoutMs = 90_000;
const follow = { path: 'trading.onEvents', input: { json: { lastEventId: '0' } } };
const input = `trading.onEvents?input=${encodeURIComponent(JSON.stringify(follow.input))}`;

/** The login's events over a socket and an event stream of one process, both begun. */
async function follows({ url }: TestApp, token: string) {
  const port = Number(new URL(url).port);
  const socket = await openRaw(port, token);
  onTestFinished(socket.close);
  socket.send({ id: 1, method: 'subscription', params: follow });
  await socket.message((message) => message.result?.type === 'started');
  const stream = await openEventStream(port, input, { token });
  onTestFinished(() => void stream.close());
  await stream.event(({ event }) => event === 'connected');
  return { socket, stream };
}
interface Ended {
  app: TestApp;
  login: { accessToken: string; refreshToken: string; user: { id: string } };
  sql: (text: string, values: unknown[]) => Promise<unknown>;
}
const ways: Record<string, (about: Ended) => Promise<unknown>> = {
  'a log-out': ({ app, login }) =>
    createFTraderClient({ url: app.url, token: () => login.accessToken }).api.auth.logout.mutate(),
  'the second use of a refresh token': async ({ app, login: { refreshToken }, sql }) => {
    const { api } = createFTraderClient({ url: app.url });
    await api.auth.refresh.mutate({ refreshToken });
    await sql(`update refresh_tokens set used_at = used_at - interval '1 hour'`, []);
    expect(await failure(api.auth.refresh.mutate({ refreshToken }))).toBeDefined();
  },
  'a user disabled by whoever writes the row': ({ login, sql }) =>
    sql(`update users set disabled_at = now() where id = $1`, [login.user.id]),
};

test.each(Object.entries(ways))(
  '%s ends the sockets and event streams of that login, and no other, in this process and in another',
  async (_way, end) => {
    await using app = await testApp();
    await using elsewhere = await testApp({ databaseUrl: app.databaseUrl, roles: ['api'] });
    const database = createDatabase({ url: app.databaseUrl, logger, max: 1 });
    onTestFinished(() => database.close());
    const { api } = createFTraderClient({ url: app.url });
    await addUser(app);
    const login = await api.auth.login.mutate(build.login);
    await using bob = await signUp(app, { ...build.newcomer, email: 'bob@example.com' });
    const [token, bobs] = [login.accessToken, (await bob.token())!];
    const open = [...(await Promise.all([follows(app, token), follows(elsewhere, token)]))];
    const others = await Promise.all([follows(app, bobs), follows(elsewhere, bobs)]);

    await end({ app, login, sql: (text, values) => database.pool.query(text, values) });
    await within(systemClock, patienceMs, () =>
      Promise.all(open.flatMap(({ socket, stream }) => [socket.closed, stream.ended])),
    );
    for (const { socket, stream } of open) {
      expect((await socket.closed).code).toBe(4401);
      expect(stream.events.at(-1)).toMatchObject({
        event: 'serialized-error',
        data: { json: { data: { code: 'auth.required' } } },
      });
    }
    const heard = open.map(({ socket, stream }) => [socket.messages.length, stream.events.length]);
    const deal = await bob.api.trading.openPosition.mutate(build.openPosition({ waitMs: 10_000 }));
    expect(deal.status).toBe('accepted');
    for (const { socket, stream } of others) {
      await socket.message((message) => JSON.stringify(message).includes(deal.id));
      await stream.event(({ data }) => JSON.stringify(data)?.includes(deal.id));
    }
    expect(open.map(({ socket, stream }) => [socket.messages.length, stream.events.length])).toEqual(heard);
    const [here, there] = await Promise.all(
      [app, elsewhere].map(async ({ url }) => (await fetch(`${url}/status`)).json()),
    );
    for (const status of [here, there])
      expect(status).toMatchObject({ sockets: 1, eventStreams: 1, subscriptions: 2 });
  },
  timeoutMs,
);
