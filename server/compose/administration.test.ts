// Administration against the whole server: what an administrator does reaches what is open, at once.
import { eq } from 'drizzle-orm';
import { expect, onTestFinished, test } from 'vitest';
import { sessions, users } from '../../drizzle/schema/index.ts';
import { errorOf } from '../../client/index.ts';
import { createDatabase, type Database } from '../db/client.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger as logger } from '../lib/logger.ts';
import { within } from '../lib/within.ts';
import { signUp, type Caller } from '../testing/kit.ts';
import { openRaw } from '../testing/sockets.ts';
import { testApp } from '../testing/test-app.ts';

/** Generous to a busy machine. */
const patienceMs = 20_000;

const newRoot = { email: 'root@example.com', password: 'correct horse', name: 'Root' };
async function makeAdmin({ db }: Database, { api }: Caller) {
  const { id } = await api.users.me.query();
  await db.update(users).set({ isAdmin: true }).where(eq(users.id, id));
  // Within a second: a login is believed no longer without asking.
  await expect
    .poll(
      () =>
        api.admin.listUsers.query({}).then(
          () => true,
          () => false,
        ),
      { timeout: patienceMs },
    )
    .toBe(true);
}

test('who is an administrator no more loses what is open in every process, and there is nothing that their token still lets them do', async () => {
  await using app = await testApp();
  await using other = await testApp({ databaseUrl: app.databaseUrl, roles: ['api'] });
  const database = createDatabase({ url: app.databaseUrl, logger, max: 1 });
  onTestFinished(() => database.close());
  await using root = await signUp(app, newRoot);
  await using ann = await signUp(app);
  const annsId = (await ann.api.users.me.query()).id;
  await makeAdmin(database, root);
  const { setRole } = root.api.admin;
  await setRole.mutate({ id: annsId, role: 'admin' });

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

test('what grants something or takes it from somebody asks a login for a proof of the last minutes, and an API key for none; nothing delays a halt', async () => {
  await using app = await testApp();
  const database = createDatabase({ url: app.databaseUrl, logger, max: 1 });
  onTestFinished(() => database.close());
  await using ann = await signUp(app);
  const { id } = await ann.api.users.me.query();
  await using root = await signUp(app, newRoot);
  await makeAdmin(database, root);
  const { api } = root;
  const { key } = await api.auth.createApiKey.mutate({ name: 'ops', scopes: ['admin'] });
  await database.db.update(sessions).set({ provedAt: new Date(0) });

  const everything = { scope: 'everything' } as const;
  const steps = {
    setRole: () => api.admin.setRole.mutate({ id, role: 'admin' }),
    disableUser: () => api.admin.disableUser.mutate({ id }),
    enableUser: () => api.admin.enableUser.mutate({ id }),
    revokeSessions: () => api.admin.revokeSessions.mutate({ id }),
    resumeDealing: () => api.admin.resumeDealing.mutate({ for: everything }),
  };
  expect(await api.admin.haltDealing.mutate({ for: everything, reason: 'a drill' })).toMatchObject({
    halts: [{ scope: 'everything' }],
  });
  for (const [name, step] of Object.entries(steps))
    expect(errorOf(await step().catch((error: unknown) => error)), name).toMatchObject({
      code: 'auth.step_up_required',
    });
  expect(await api.admin.getUser.query({ id })).toMatchObject({
    isAdmin: false,
    disabledAt: null,
    sessions: 1,
  });
  const byKey = await fetch(`${app.url}/api/admin/users/${id}/role`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ role: 'admin' }),
  });
  expect([byKey.status, await byKey.json()]).toMatchObject([200, { user: { isAdmin: true } }]);
  await api.auth.stepUp.mutate({ password: newRoot.password });
  for (const step of Object.values(steps)) await step();
}, 90_000);
