// What administrators stop and resume: for everything or one user, and what nobody else may.
import { expect, test } from 'vitest';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { openedPosition, tradingRig } from '../../testing/trading-rig.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createAdminModule } from './index.ts';

/** What halts need nothing of. */
const notAsked = {} as Parameters<typeof createAdminModule>[0];

async function setUp() {
  const rig = await tradingRig();
  const bob = await rig.addUser('bob');
  const known = [rig.userId, bob];
  const { router } = createAdminModule({
    ...notAsked,
    dealing: rig.trading,
    users: { exists: async (id) => known.includes(id), requireFreshLogin: async () => undefined },
  });
  const call = createCallerFactory(router);
  return {
    rig,
    bob,
    admin: call(build.context({ principal: build.principal(['admin'], { id: 'user_root' }) })),
    user: call(build.context({ principal: build.principal(undefined, { id: rig.userId }) })),
    stranger: call(build.context({ principal: null })),
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}
const everything = { scope: 'everything' } as const;

test('a halt for everything stops openings of every user, never a close, says who and why, and is taken back', async () => {
  await using app = await setUp();
  const { rig, admin, bob } = app;
  const dealId = await openedPosition(rig);
  expect(await admin.haltDealing({ for: everything, reason: 'wrong prices' })).toMatchObject({
    halts: [{ scope: 'everything', userId: null, dealingState: 'halted', reason: 'wrong prices' }],
  });
  for (const id of [rig.userId, bob])
    expect(await rig.as(id).openPosition(rig.order())).toMatchObject({
      status: 'denied',
      reason: { code: 'dealing_halted' },
    });
  expect(await rig.as().getRisk({})).toMatchObject({
    dealingState: 'halted',
    switches: [{ scope: 'everything', by: 'administrator', reason: 'wrong prices' }],
  });
  expect(await rig.as().closePosition(rig.close(dealId))).toMatchObject({ status: 'submitted' });
  expect(await admin.resumeDealing({ for: everything })).toEqual({ halts: [] });
  expect(await rig.as(bob).openPosition(rig.order())).toMatchObject({ status: 'submitted' });
});

test('one for a user is theirs alone and cannot be taken back by them; what they set themselves stays when it is', async () => {
  await using app = await setUp();
  const { rig, admin, bob } = app;
  const whom = { scope: 'user', userId: rig.userId } as const;
  await rig.as().setDealingState({ scope: 'user', dealingState: 'reduce_only' });
  expect(await admin.haltDealing({ for: whom, reason: 'a drill' })).toMatchObject({
    halts: [{ scope: 'user', userId: rig.userId, dealingState: 'halted' }],
  });
  await rig.as().setDealingState({ scope: 'user', dealingState: 'active' });
  expect((await rig.as().getRisk({})).dealingState).toBe('halted');
  expect((await rig.as(bob).getRisk({})).dealingState).toBe('active');
  await rig.as().setDealingState({ scope: 'user', dealingState: 'reduce_only' });
  expect(await admin.resumeDealing({ for: whom })).toEqual({ halts: [] });
  expect((await rig.as().getRisk({})).dealingState).toBe('reduce_only');
});

test('it only closes where that is asked for', async () => {
  await using app = await setUp();
  await app.admin.haltDealing({ for: everything, dealingState: 'reduce_only', reason: 'the close' });
  expect((await app.rig.as().getRisk({})).dealingState).toBe('reduce_only');
});

test('nobody but an administrator may; a user who is not there, a halt without a reason and one that says active are refused, and nothing is set', async () => {
  await using app = await setUp();
  const halt = { for: everything, reason: 'mischief' } as const;
  for (const [call, code] of [
    [() => app.stranger.haltDealing(halt), 'auth.required'],
    [() => app.user.haltDealing(halt), 'auth.scope_missing'],
    [() => app.user.resumeDealing({ for: everything }), 'auth.scope_missing'],
    [
      () => app.admin.haltDealing({ ...halt, for: { scope: 'user', userId: 'user_gone' } }),
      'admin.user_not_found',
    ],
    [() => app.admin.haltDealing({ for: everything, reason: ' ' }), 'request.invalid'],
    [() => app.admin.haltDealing({ ...halt, dealingState: 'active' as 'halted' }), 'request.invalid'],
    [() => app.admin.haltDealing({ ...halt, for: { scope: 'user' } as never }), 'request.invalid'],
  ] as const)
    expect(await failure(call())).toMatchObject({ code });
  expect((await app.rig.as().getRisk({})).dealingState).toBe('active');
});
