// Another address for one's account.
import { expect, test } from 'vitest';
import { users } from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { codeLifetimeMs, proofHoldsMs } from './domain.ts';

const { email, password } = build.newcomer;
const next = 'ann@example.org';
async function signedIn() {
  const app = await testAuth();
  const { accessToken } = await app.signUp();
  const call = await app.call({ bearer: accessToken });
  return {
    app,
    me: call.users,
    auth: call.auth,
    /** The code that was mailed to an address, and who was mailed else. */
    async asked(address = next) {
      await call.users.requestEmailChange({ email: address });
      const letters = await app.letters();
      return {
        code: letters.find(({ to }) => to === address.trim().toLowerCase())?.code,
        told: letters.map(({ to }) => to),
      };
    },
    [Symbol.asyncDispose]: () => app[Symbol.asyncDispose](),
  };
}

test('changes by the code that was mailed to the new address, once; both addresses are told, of the wish and of the change', async () => {
  await using rig = await signedIn();
  const { app, me } = rig;
  const { code, told } = await rig.asked(' ANN@example.org');
  expect(told.toSorted()).toEqual([email, next].toSorted());
  expect((await me.me()).email).toBe(email);
  expect(await me.confirmEmailChange({ code: code! })).toMatchObject({ email: next, emailVerified: true });
  const letters = await app.letters();
  expect(letters.map(({ to }) => to).toSorted()).toEqual([email, next].toSorted());
  for (const letter of letters) expect(letter.subject).toBe('FTrader: your e-mail address was changed');
  expect(await failure(me.confirmEmailChange({ code: code! }))).toMatchObject({ code: 'auth.code_invalid' });
  const anybody = (await app.call()).auth;
  expect(await failure(anybody.login(build.login))).toMatchObject({ code: 'auth.invalid_credentials' });
  expect((await anybody.login({ email: next, password })).user.email).toBe(next);
});

test('asks for a recent proof, not for the address one has, and is no use to another or after half an hour', async () => {
  await using rig = await signedIn();
  const { app, me } = rig;
  expect(await failure(me.requestEmailChange({ email }))).toMatchObject({
    options: { fields: { email: 'is your address already' } },
  });
  const { code } = await rig.asked();
  const bob = await app.signUp({ email: 'bob@example.com' });
  const bobs = (await app.call({ bearer: bob.accessToken })).users;
  expect(await failure(bobs.confirmEmailChange({ code: code! }))).toMatchObject({
    code: 'auth.code_invalid',
  });
  app.clock.advance(proofHoldsMs);
  expect(await failure(me.requestEmailChange({ email: next }))).toMatchObject({
    code: 'auth.step_up_required',
  });
  app.clock.advance(codeLifetimeMs.change_email - proofHoldsMs);
  const { accessToken } = await (await app.call()).auth.login(build.login);
  const again = (await app.call({ bearer: accessToken })).users;
  expect(await failure(again.confirmEmailChange({ code: code! }))).toMatchObject({
    code: 'auth.code_invalid',
  });
});

test('an address that is somebody else’s is answered alike and mailed nothing, and one that is taken meanwhile is not doubled', async () => {
  await using rig = await signedIn();
  const { app, me } = rig;
  await app.signUp({ email: 'bob@example.com' });
  expect(await rig.asked('bob@example.com')).toEqual({ code: undefined, told: [email] });
  const { code } = await rig.asked();
  await app.signUp({ email: next }, { ip: '198.51.100.9' });
  expect(await failure(me.confirmEmailChange({ code: code! }))).toMatchObject({ code: 'auth.code_invalid' });
  expect((await app.database.db.select().from(users)).map((row) => row.email).toSorted()).toEqual(
    [email, next, 'bob@example.com'].toSorted(),
  );
});
