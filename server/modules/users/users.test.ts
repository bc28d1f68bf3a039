import { expect, test } from 'vitest';
import { users } from '../../../drizzle/schema/index.ts';
import { testAuth } from '../../testing/test-auth.ts';

test('me is the caller as stored at this moment, without the password', async () => {
  await using app = await testAuth();
  const { accessToken, user } = await app.signUp();
  const call = await app.call({ bearer: accessToken });
  expect(await call.users.me()).toEqual({ ...user, timeZone: 'UTC' });
  await app.database.db.update(users).set({ name: 'Ann B.' });
  expect(await call.users.me()).toEqual({ ...user, name: 'Ann B.' });
});

test('me needs a login, and an account that still exists', async () => {
  await using app = await testAuth();
  await expect((await app.call()).users.me()).rejects.toMatchObject({ cause: { code: 'auth.required' } });
  const { accessToken } = await app.signUp();
  const call = await app.call({ bearer: accessToken });
  await app.database.db.delete(users);
  await expect(call.users.me()).rejects.toMatchObject({ cause: { code: 'auth.required' } });
});
