// Administration against the whole server: what an administrator does reaches what is open, at once.
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { users } from '../../drizzle/schema/index.ts';
import { createDatabase } from '../db/client.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { within } from '../lib/within.ts';
import { signUp } from '../testing/kit.ts';
import { openRaw } from '../testing/sockets.ts';
import { testApp } from '../testing/test-app.ts';

/** Generous to a busy machine. */
const patienceMs = 20_000;

test('who is an administrator no more loses what is open in every process, and there is nothing that their token still lets them do', async () => {
  await using app = await testApp();
  await using other = await testApp({ databaseUrl: app.databaseUrl, roles: ['api'] });
  const database = createDatabase({ url: app.databaseUrl, logger, max: 1 });
  onTestFinished(() => database.close());
  await using root = await signUp(app, {
    email: 'root@example.com',
    password: 'correct horse',
    name: 'Root',
  });
  await using ann = await signUp(app);
  const annsId = (await ann.api.users.me.query()).id;
  const { id } = await root.api.users.me.query();
  await database.db.update(users).set({ isAdmin: true }).where(eq(users.id, id));
  const { setRole } = root.api.admin;
  // Within a second: a login is believed no longer without asking.
  await expect
    .poll(
      () =>
        setRole.mutate({ id: annsId, role: 'admin' }).then(
          () => true,
          () => false,
        ),
      {
        timeout: patienceMs,
      },
    )
    .toBe(true);

  const token = await ann.token();
  const asked = { path: 'admin.listUsers', input: { json: {} } };
  const open = async ({ url }: { url: string }) => {
    const socket = await openRaw(Number(new URL(url).port), token);
    onTestFinished(socket.close);
    socket.send({ id: 1, method: 'query', params: asked });
    const answer = await socket.message((message) => message.id === 1);
    expect(answer.result.data.json.users.map((user: { id: string }) => user.id)).toContain(annsId);
    return socket;
  };
  const sockets = await Promise.all([open(app), open(other)]);
  expect((await setRole.mutate({ id: annsId, role: 'user' })).ended.sessions).toBe(1);
  for (const socket of sockets)
    expect(await within(systemClock, patienceMs, () => socket.closed)).toMatchObject({ code: 4401 });
  for (const { url } of [app, other]) {
    const answer = await fetch(`${url}/api/admin/users`, { headers: { authorization: `Bearer ${token}` } });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
      401,
      'auth.token_invalid',
    ]);
  }
}, 90_000);
