import { eq } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { users } from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { testAuth, testSecretKeys } from '../../testing/test-auth.ts';

const refusal = (code: string) => ({ cause: { code } });

describe('the demo login', () => {
  const demo = { email: 'demo@ftrader.local', password: 'ftrader-demo' };
  test('is made once, also by two processes at once, and is known as long as its password is the published one', async () => {
    await using app = await testAuth();
    expect(await app.auth.demo.isDefault()).toBe(false);
    await Promise.all([app.auth.demo.prepare(), app.auth.demo.prepare()]);
    await app.auth.demo.prepare();
    expect(await app.database.db.select().from(users)).toHaveLength(1);
    expect(await app.auth.demo.isDefault()).toBe(true);
    const { user } = await (await app.call()).auth.login(demo);
    expect(user.isAdmin).toBe(false);
    const other = await app.signUp();
    const [row] = await app.database.db.select().from(users).where(eq(users.id, other.user.id));
    await app.database.db.update(users).set({ passwordHash: row!.passwordHash }).where(eq(users.id, user.id));
    expect(await app.auth.demo.isDefault()).toBe(false);
    await app.auth.demo.prepare(); // does not bring the old password back
    expect(await app.auth.demo.isDefault()).toBe(false);
  });

  test('is no danger once disabled', async () => {
    await using app = await testAuth();
    await app.auth.demo.prepare();
    await app.database.db.update(users).set({ disabledAt: app.clock.now() });
    expect(await app.auth.demo.isDefault()).toBe(false);
  });

  test('is never made in production, and one that was made before is shut there with its sessions', async () => {
    await using app = await testAuth({ production: true });
    await app.auth.demo.prepare();
    expect(await app.database.db.select().from(users)).toEqual([]);
    const settings = {
      secretKeys: testSecretKeys,
      accessTokenMinutes: 15,
      refreshTokenMinutes: 1440,
      production: false,
      registrationClosed: undefined,
    };
    const before = app.startProcess({ settings });
    await before.demo.prepare();
    expect(await before.demo.shown()).toEqual(demo);
    const signedIn = await before.router.createCaller(build.context()).login(demo);
    await before.close();

    expect(await app.auth.demo.shown()).toBeNull();
    const call = await app.call();
    await expect(call.auth.login(demo)).rejects.toMatchObject(refusal('auth.invalid_credentials')); // also before it is shut
    const ended: string[] = [];
    app.auth.onSessionEnded((id) => ended.push(id));
    await Promise.all([app.auth.demo.prepare(), app.auth.demo.prepare()]);
    expect(ended).toHaveLength(1);
    expect(await app.auth.demo.isDefault()).toBe(false);
    expect((await app.auth.authenticate({ bearer: signedIn.accessToken })).principal).toBeNull();
    await expect(call.auth.refresh({ refreshToken: signedIn.refreshToken })).rejects.toMatchObject(
      refusal('auth.token_invalid'),
    );
    await expect(call.auth.login(demo)).rejects.toMatchObject(refusal('auth.invalid_credentials'));
  });

  test('is left alone in production once its password is somebody’s own, and cannot be made there by signing up', async () => {
    await using app = await testAuth({ production: true });
    const call = await app.call();
    await expect(call.auth.register({ ...demo, name: 'Eve' })).rejects.toMatchObject({
      cause: { code: 'request.invalid', options: { fields: { password: expect.any(String) } } },
    });
    const own = { ...demo, password: 'correct horse' };
    await app.signUp({ ...own, name: 'Owner' });
    await app.auth.demo.prepare();
    expect(await call.auth.login(own)).toMatchObject({ user: { name: 'Owner' } });
  });
});
