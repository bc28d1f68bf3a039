import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { sessions, users } from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { AdministrationError } from './administration.ts';
import { demoLogin } from './domain.ts';

const ann = build.newcomer;
const wrongCredentials = { cause: { code: 'auth.invalid_credentials' } };

test('a new password signs in, the old one does not, and what it had opened is ended', async () => {
  await using app = await testAuth();
  const { administration } = app.auth;
  const { accessToken } = await app.signUp();
  const call = await app.call();
  expect(await administration.setPassword(ann.email.toUpperCase(), 'another one entirely')).toEqual({
    sessions: 1,
    apiKeys: 0,
  });
  expect((await app.auth.authenticate({ bearer: accessToken })).principal).toBeNull();
  await expect(call.auth.login(build.login)).rejects.toMatchObject(wrongCredentials);
  await call.auth.login({ ...build.login, password: 'another one entirely' });
});

test('a disabled account signs nobody in until it is enabled', async () => {
  await using app = await testAuth();
  const { administration } = app.auth;
  await app.signUp();
  const call = await app.call();
  await administration.disable(ann.email);
  await expect(call.auth.login(build.login)).rejects.toMatchObject(wrongCredentials);
  await administration.enable(ann.email);
  await call.auth.login(build.login);
});

test.each([
  ['gets another password', 'setPassword'],
  ['is disabled', 'disable'],
] as const)('a login under way while its account %s opens no session', async (_what, change) => {
  await using app = await testAuth();
  await app.signUp();
  /** Runs once the password was found right, and before anything is done about it. */
  const begin = async () => {
    await (change === 'disable'
      ? app.auth.administration.disable(ann.email)
      : app.auth.administration.setPassword(ann.email, 'another one entirely'));
    return async () => undefined;
  };
  const call = await app.call({}, { audit: { begin, refuse: async () => undefined } });
  await expect(call.auth.login(build.login)).rejects.toMatchObject(wrongCredentials);
  expect(await app.database.db.select().from(sessions)).toEqual([]);
});

test('an administrator is made once, and nobody who registered before becomes one by name', async () => {
  await using app = await testAuth();
  const { administration } = app.auth;
  await app.signUp();
  const root = { email: 'root@example.com', password: 'correct horse battery', name: 'root' };
  const refused = (work: Promise<unknown>, text: string) =>
    expect(work).rejects.toThrow(new AdministrationError(text));
  await refused(
    administration.createSuperuser({ ...root, password: 'short' }),
    'the password must have at least 10 characters',
  );
  await administration.createSuperuser({ ...root, email: 'Root@Example.com' });
  await refused(administration.createSuperuser(root), 'there is a user root@example.com already');
  await refused(
    administration.findSuperuser(ann.email),
    `${ann.email} is a user already, and no administrator: choose another address`,
  );
  await refused(
    administration.disable('nobody@example.com'),
    'there is no user nobody@example.com (npm run user -- list)',
  );
  expect(await administration.findSuperuser(root.email)).toMatchObject({ isAdmin: true });
  const call = await app.call();
  expect((await call.auth.login({ email: root.email, password: root.password })).user.isAdmin).toBe(true);
  const listed = [];
  for await (const user of administration.list()) listed.push(user);
  expect(listed).toMatchObject([
    { email: ann.email, isAdmin: false, sessions: 1 },
    { email: root.email, isAdmin: true, sessions: 1 },
  ]);
});

test('in production nobody is given the published password of the demo login', async () => {
  await using app = await testAuth({ production: true });
  await app.signUp({ email: demoLogin.email });
  await expect(app.auth.administration.setPassword(demoLogin.email, demoLogin.password)).rejects.toThrow(
    'published',
  );
  const [row] = await app.database.db.select().from(users).where(eq(users.email, demoLogin.email));
  expect(row).toBeDefined();
});
