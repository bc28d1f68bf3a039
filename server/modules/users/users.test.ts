import { expect, test } from 'vitest';
import { users } from '../../../drizzle/schema/index.ts';
import { failure } from '../../testing/failure.ts';
import { testAuth } from '../../testing/test-auth.ts';

const nothingSaid = {
  phone: null,
  country: null,
  language: null,
  baseCurrency: null,
  tradingExperience: null,
  riskProfile: null,
  twoFactor: { enabled: false, recoveryCodesLeft: 0 },
};

test('me is the caller as stored at this moment, without the password', async () => {
  await using app = await testAuth();
  const { accessToken, user } = await app.signUp();
  const call = await app.call({ bearer: accessToken });
  expect(await call.users.me()).toEqual({ ...user, ...nothingSaid, timeZone: 'UTC' });
  await app.database.db.update(users).set({ name: 'Ann B.' });
  expect(await call.users.me()).toEqual({ ...user, ...nothingSaid, name: 'Ann B.' });
});

test('me needs a login, and an account that still exists', async () => {
  await using app = await testAuth();
  await expect((await app.call()).users.me()).rejects.toMatchObject({ cause: { code: 'auth.required' } });
  const { accessToken } = await app.signUp();
  const call = await app.call({ bearer: accessToken });
  await app.database.db.delete(users);
  await expect(call.users.me()).rejects.toMatchObject({ cause: { code: 'auth.required' } });
});

test('a profile takes what is said as its standard writes it, keeps what is left out, and null takes it back', async () => {
  await using app = await testAuth();
  const { accessToken, user } = await app.signUp();
  const { users } = await app.call({ bearer: accessToken });
  const said = await users.updateProfile({
    phone: '+44 (20) 7946-0000',
    country: ' gb',
    language: 'de-ch',
    baseCurrency: 'CHF',
    tradingExperience: 'advanced',
    riskProfile: 'moderate',
  });
  const expected = {
    ...user,
    phone: '+442079460000',
    country: 'GB',
    language: 'de-CH',
    baseCurrency: 'CHF',
    tradingExperience: 'advanced',
    riskProfile: 'moderate',
    twoFactor: { enabled: false, recoveryCodesLeft: 0 },
  };
  expect(said).toEqual(expected);
  await users.updateProfile({ timeZone: 'Europe/Zurich', phone: null });
  expect(await users.me()).toEqual({ ...expected, timeZone: 'Europe/Zurich', phone: null });
});

test('a profile changes oneself alone, and neither the address, the password, the rights nor the id', async () => {
  await using app = await testAuth();
  const [one, other] = [await app.signUp(), await app.signUp({ email: 'other@example.com' })];
  const mine = (await app.call({ bearer: one.accessToken })).users;
  for (const field of ['isAdmin', 'email', 'passwordHash', 'id', 'disabledAt', '__proto__']) {
    const input = JSON.parse(`{"name":"Ann","${field}":"x"}`) as { name: string };
    expect(await failure(mine.updateProfile(input))).toMatchObject({
      code: 'request.invalid',
      message: expect.stringMatching(`^${field}\\b`),
    });
  }
  await mine.updateProfile({ name: 'Ann' });
  expect(await mine.me()).toMatchObject({ name: 'Ann', isAdmin: false, email: one.user.email });
  expect(await (await app.call({ bearer: other.accessToken })).users.me()).toMatchObject({
    name: other.user.name,
  });
});

test.each([
  ['phone', '020 7946 0000'],
  ['phone', '+44 20 79'],
  ['country', 'England'],
  ['country', 'EU'],
  ['country', 'QQ'],
  ['language', 'not a language'],
  ['baseCurrency', 'pounds'],
  ['baseCurrency', 'ZZZ'],
  ['timeZone', '+01:00'],
  ['timeZone', null],
  ['name', ' '],
  ['tradingExperience', 'guru'],
])('a profile refuses a %s of %j by its name, and nothing is written', async (field, value) => {
  await using app = await testAuth();
  const { accessToken } = await app.signUp();
  const { users } = await app.call({ bearer: accessToken });
  const before = await users.me();
  expect(
    await failure(users.updateProfile({ riskProfile: 'moderate', [field]: value } as never)),
  ).toMatchObject({ code: 'request.invalid', message: expect.stringMatching(`^${field}\\b`) });
  expect(await users.me()).toEqual(before);
});

test('a profile of which nothing is changed is told what it may write', async () => {
  await using app = await testAuth();
  const { accessToken } = await app.signUp();
  const { users } = await app.call({ bearer: accessToken });
  expect(await failure(users.updateProfile({}))).toMatchObject({
    code: 'request.invalid',
    message: expect.stringContaining('write at least one of name, timeZone'),
  });
});
