// A password that somebody who is signed in types again: held against the one they sign in with, and limited as log-ins are.
import { expect, test } from 'vitest';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { defaultAuthLimits } from './rate-limits.ts';

const ann = { email: build.newcomer.email, ip: '192.0.2.1' };
const limits = { ...defaultAuthLimits, loginFailures: { points: 3, seconds: 600 } };

test('the right one passes, a wrong one and somebody else’s do not', async () => {
  await using app = await testAuth();
  await app.signUp();
  await app.signUp({ email: 'bob@example.com', password: 'another horse' });
  await app.auth.checkPassword(ann, build.newcomer.password);
  for (const wrong of ['', 'wrong horse', 'another horse'])
    expect(await failure(app.auth.checkPassword(ann, wrong))).toMatchObject({ code: 'auth.wrong_password' });
});

test('attempts with it and attempts to log in are one count, in every process; the right one forgives both', async () => {
  await using app = await testAuth({ limits });
  await app.signUp();
  const call = await app.call({}, { ip: ann.ip });
  const other = app.startProcess();
  const wrongLogin = () => call.auth.login({ ...build.login, password: 'wrong horse' });
  const wrong = (process: Pick<typeof other, 'checkPassword'>) => process.checkPassword(ann, 'wrong horse');
  await failure(wrongLogin());
  await failure(wrong(other));
  await app.auth.checkPassword(ann, build.newcomer.password);
  expect(await failure(wrong(app.auth))).toMatchObject({ code: 'auth.wrong_password' });
  expect(await failure(wrongLogin())).toMatchObject({ code: 'auth.invalid_credentials' });
  expect(await failure(wrong(other))).toMatchObject({ code: 'auth.wrong_password' });
  for (const limited of [
    failure(app.auth.checkPassword(ann, build.newcomer.password)),
    failure(call.auth.login(build.login)),
  ])
    expect(await limited).toMatchObject({ code: 'request.limited' });
  await other.close();
});
