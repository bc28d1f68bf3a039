// Signals through their procedures, on a real database and trading, in front of a hand-made venue.
import { eq } from 'drizzle-orm';
import { expect, test } from 'vitest';
import {
  deals,
  notifications,
  sessions,
  signalReceipts,
  signals,
  users,
} from '../../../drizzle/schema/index.ts';
import type { CreateSignal } from '../../../shared/signals.ts';
import { silentLogger } from '../../lib/logger.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { noticed } from '../../testing/noticed.ts';
import { setRisk } from '../../testing/risk-rig.ts';
import { openedPosition, quoteOf, tradingRig } from '../../testing/trading-rig.ts';
import { createSignalsModule } from './index.ts';

const epic = build.eurusd;
const terms = {
  name: 'breakout',
  scopes: ['trade:open', 'trade:close'],
  epics: [epic],
  maxSize: '2',
} as const;

async function withSignal(over: Partial<CreateSignal> = {}) {
  const rig = await tradingRig();
  const { database, clock, deps, trading } = rig;
  const module = createSignalsModule({
    database,
    dealing: trading.forSignals,
    accountOf: deps.accounts.forUser,
    requireFresh: async () => undefined,
    notify: deps.notify,
    wake: () => undefined,
    waitMs: 0,
    clock,
    ids: deps.ids,
    logger: silentLogger,
  });
  await database.db.insert(sessions).values({
    id: 'session_1',
    userId: rig.userId,
    createdAt: clock.now(),
    expiresAt: new Date('2100-01-01'),
  });
  const principal = build.principal(undefined, { id: rig.userId });
  const as = (of: typeof principal | null) =>
    createCallerFactory(module.router)(build.context({ principal: of }));
  const ann = as(principal);
  const made = await ann.create({ ...terms, scopes: [...terms.scopes], epics: [...terms.epics], ...over });
  const buy = (more: object = {}) => ({
    id: made.id,
    secret: made.secret,
    action: 'open',
    epic,
    direction: 'buy',
    size: '1',
    at: clock.now().toISOString(),
    ...more,
  });
  return Object.assign(rig, {
    module,
    ann,
    made,
    buy,
    send: as(null).receive,
    dealt: () => database.db.$count(deals),
    told: async () => (await noticed(database, rig.userId)).filter((kind) => kind.startsWith('signal.')),
    refusal: async () => (await ann.list()).signals[0]!.lastRefusal,
  });
}

test('a signal deals once, however often and however many times at once it comes, with a key of its own or without', async () => {
  await using rig = await withSignal();
  for (const key of [undefined, 'entry 1', 'entry 2']) {
    const said = rig.buy(key === undefined ? {} : { key });
    const all = await Promise.all([1, 2, 3, 4].map(() => rig.send(said)));
    expect(all.filter(({ deal }) => !deal!.replayed)).toHaveLength(1);
    expect(new Set(all.map(({ deal }) => deal!.id)).size).toBe(1);
    expect(all[0]).toMatchObject({ action: 'open', dryRun: false, deal: { size: '1' } });
  }
  expect(await rig.dealt()).toBe(3);
  // Long after its time, and once it is beyond the terms: what came of it is told again, and nothing is dealt.
  const said = rig.buy({ key: 'entry 1' });
  await rig.ann.update({ id: rig.made.id, epics: ['CS.D.GBPUSD.CFD.IP'], scopes: ['trade:close'] });
  rig.clock.advance(3_600_000);
  expect((await rig.send(said)).deal).toMatchObject({ status: 'submitted', replayed: true });
  expect(await failure(rig.send({ ...said, size: '2' }))).toMatchObject({ code: 'trading.key_reused' });
  expect(await rig.dealt()).toBe(3);
});

test('its secret is shown once and kept as a hash; a wrong one, another id and a disabled user are told apart by nothing, and no owner hears of them', async () => {
  await using rig = await withSignal();
  const { db } = rig.database;
  const { secret, id } = rig.made;
  expect(secret).toMatch(/^fts_[\w-]{43}$/);
  expect(JSON.stringify([await rig.ann.list(), await db.select().from(signals)])).not.toContain(
    secret.slice(4),
  );
  const refused = async (more: object) => {
    const { code, message, options } = (await failure(rig.send(rig.buy(more)))) as never as Record<
      string,
      unknown
    >;
    return { code, message, options };
  };
  const wrong = await refused({ secret: `${secret}x` });
  expect(wrong).toMatchObject({ code: 'signals.unknown' });
  // Whatever else is wrong with it, the secret comes first.
  expect(await refused({ secret: `${secret}x`, epic: 'none', size: '-1', at: 'never' })).toEqual(wrong);
  expect(await refused({ secret: `${secret}x`, size: 1, bogus: true })).toEqual(wrong);
  expect(await refused({ id: 'sig_none' })).toEqual(wrong);
  await db.update(users).set({ disabledAt: rig.clock.now() }).where(eq(users.id, rig.userId));
  expect(await refused({})).toEqual(wrong);
  await db.update(users).set({ disabledAt: null }).where(eq(users.id, rig.userId));
  expect([await rig.dealt(), await rig.told(), (await rig.ann.list()).signals[0]!.lastRefusedAt]).toEqual([
    0,
    [],
    null,
  ]);
  await rig.ann.delete({ id });
  expect(await refused({})).toEqual(wrong);
});

test('what is beyond its terms is refused in words that its owner is told too, and nothing is dealt', async () => {
  await using rig = await withSignal({ scopes: ['trade:open'] });
  const past = (seconds: number) => new Date(rig.clock.now().getTime() - seconds * 1_000).toISOString();
  const cases: [object, string, RegExp][] = [
    [{ action: 'sell' }, 'request.invalid', /action must be open or close/],
    [{ size: undefined }, 'request.invalid', /size is required/],
    [{ size: 1 }, 'request.invalid', /size must be .*text/],
    [{ bogus: 'yes' }, 'request.invalid', /bogus/],
    [{ size: '0' }, 'request.invalid', /size must be greater than zero/],
    [{ at: '2026-01-05 09:00' }, 'request.invalid', /at must be an instant/],
    [{ at: undefined, direction: 'up' }, 'request.invalid', /direction must be BUY or SELL.*at is required/],
    [{ stopLevel: '1.1', forceOpen: false }, 'request.invalid', /stopLevel cannot stand beside forceOpen/],
    [{ action: 'close' }, 'request.invalid', /direction/],
    [
      { action: 'close', direction: undefined, size: undefined },
      'signals.not_allowed',
      /lacks the scope trade:close/,
    ],
    [{ epic: 'CS.D.GBPUSD.CFD.IP' }, 'signals.not_allowed', /does not deal in CS\.D\.GBPUSD/],
    [{ size: '2.01' }, 'signals.not_allowed', /2\.01 is more than the 2 /],
    [{ at: past(61) }, 'signals.not_in_time', /61 s away .* 60 s are let through/],
    [{ at: past(-61) }, 'signals.not_in_time', /61 s away/],
  ];
  for (const [more, code, message] of cases) {
    expect(await failure(rig.send(rig.buy(more)))).toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
    expect(await rig.refusal()).toMatch(message);
  }
  expect(await rig.told()).toEqual(cases.map(() => 'signal.refused'));
  expect(await rig.dealt()).toBe(0);
  await rig.ann.update({ id: rig.made.id, state: 'paused' });
  expect(await failure(rig.send(rig.buy()))).toMatchObject({ code: 'signals.paused' });
  await rig.ann.update({ id: rig.made.id, state: 'active' });
  expect((await rig.send(rig.buy({ at: past(60) }))).deal).toMatchObject({ status: 'submitted' });
  // Of a flood of refusals so many are told in an hour, the last of them as that.
  for (let n = cases.length; n < 25; n++) await failure(rig.send(rig.buy({ size: '3' })));
  const told = await rig.database.db
    .select()
    .from(notifications)
    .where(eq(notifications.kind, 'signal.refused'));
  expect(told).toHaveLength(20);
  expect(told.filter(({ body }) => body.includes('not told one by one'))).toHaveLength(1);
  rig.clock.advance(3_600_000);
  await failure(rig.send(rig.buy({ size: '3' })));
  expect(await rig.told()).toHaveLength(21);
});

test('the kill switch and the rules of every deal hold for it, and its owner is told of a deal that they denied', async () => {
  await using rig = await withSignal();
  await setRisk(rig, { halted: true });
  const said = rig.buy();
  expect((await rig.send(said)).deal).toMatchObject({ status: 'denied', reason: { code: 'dealing_halted' } });
  expect(await rig.told()).toEqual(['signal.refused']);
  expect((await rig.send(said)).deal).toMatchObject({ status: 'denied', replayed: true });
  expect(await rig.told()).toEqual(['signal.refused']);
  expect(rig.venue.requests).toEqual([]);
});

test('no more are let through than its rates say, when all come at once too; a repeat does not count', async () => {
  await using rig = await withSignal({ perMinute: 3, perDay: 4 });
  const said = Array.from({ length: 9 }, (_, n) => rig.buy({ key: `n${n}` }));
  const sent = await Promise.allSettled(said.map((each) => rig.send(each)));
  const through = said.filter((_, n) => sent[n]!.status === 'fulfilled');
  expect(through).toHaveLength(3);
  expect(await rig.dealt()).toBe(3);
  expect((await rig.send(through[0]!)).deal).toMatchObject({ replayed: true });
  rig.clock.advance(30_000);
  expect(await failure(rig.send(rig.buy({ key: 'soon' })))).toMatchObject({
    code: 'request.limited',
    options: { retryAfterMs: 30_000 },
  });
  rig.clock.advance(30_000);
  rig.prices.quote = quoteOf({}, rig.clock.now());
  expect((await rig.send(rig.buy({ key: 'later' }))).deal).toMatchObject({ replayed: false });
  rig.clock.advance(60_000);
  expect(await failure(rig.send(rig.buy({ key: 'of the day' })))).toMatchObject({
    code: 'request.limited',
    message: expect.stringContaining('4 times in a day'),
  });
});

test('a dry run says what would be dealt and deals nothing; the same signal deals once it is none', async () => {
  await using rig = await withSignal({ dryRun: true });
  await openedPosition(rig);
  const [opening, closing] = [
    rig.buy({ key: 'a' }),
    rig.buy({ key: 'b', action: 'close', direction: undefined, size: undefined }),
  ];
  expect(await rig.send(opening)).toMatchObject({
    dryRun: true,
    deal: null,
    previews: [{ kind: 'open', wouldBe: 'sent', size: '1' }],
  });
  expect(await rig.send(closing)).toMatchObject({
    target: null,
    previews: [{ kind: 'close', wouldBe: 'sent' }],
  });
  expect(await rig.dealt()).toBe(1);
  await rig.ann.update({ id: rig.made.id, dryRun: false });
  expect((await rig.send(opening)).deal).toMatchObject({ status: 'submitted', replayed: false });
});

test('to close brings the net size in its market to nothing, once', async () => {
  await using rig = await withSignal();
  await openedPosition(rig);
  const said = rig.buy({ action: 'close', direction: undefined, size: undefined });
  const closed = await rig.send(said);
  expect(closed).toMatchObject({
    deal: null,
    target: { netSize: '0', legs: [{ direction: 'SELL', size: '1' }] },
  });
  for (let turn = 0; turn < 2; turn++) {
    await rig.applyConfirm();
    await rig.trading.reconcileAccount(rig.accountId);
    await rig.trading.runSagas();
  }
  const another = await openedPosition(rig);
  expect((await rig.send(said)).target).toMatchObject({
    id: closed.target!.id,
    status: 'done',
    replayed: true,
  });
  expect((await rig.as().listPositions({})).positions.map(({ dealId }) => dealId)).toEqual([another]);
});

test('one whose process died before anything was dealt is told as lost, once; what was dealt is not', async () => {
  await using rig = await withSignal();
  const { db } = rig.database;
  await rig.send(rig.buy({ key: 'dealt' }));
  const said = rig.buy({ key: 'died' });
  // As a crash leaves them: let through, and nothing written of how it ended; of one not even a deal.
  await db.delete(deals).where(eq(deals.idempotencyKey, (await rig.send(said)).idempotencyKey));
  await db.update(signalReceipts).set({ outcome: null });
  await rig.module.tellLost();
  expect(await rig.told()).toEqual([]); // it may be under way
  rig.clock.advance(120_001);
  await Promise.all([rig.module.tellLost(), rig.module.tellLost()]);
  await rig.module.tellLost();
  expect(await rig.told()).toEqual(['signal.lost']);
  expect((await db.select().from(signalReceipts)).map(({ outcome }) => outcome).sort()).toEqual([
    'dealt',
    'lost',
  ]);
});
