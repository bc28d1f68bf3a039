// What is left when a process dies or nobody answers: swept, read about, decided by evidence; never sent again.
import { describe, expect, test } from 'vitest';
import type { DealOutcome } from '../../../../shared/trading.ts';
import { systemClock } from '../../../lib/clock.ts';
import * as build from '../../../testing/build.ts';
import { mortal, untilDeath } from '../../../testing/mortal.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import type { Treatment } from '../../../testing/venue.ts';

/** A process comes up and does what it does by itself, for a minute. */
async function recover(rig: TradingRig, accountId = rig.accountId) {
  const alive = rig.restart();
  for (const ms of [1_000, 20_000, 31_000, 3_000, 5_000]) {
    rig.clock.advance(ms);
    await alive.sweep();
    await alive.reconcileAccount(accountId);
  }
  return alive;
}
const rows = async (rig: TradingRig, userId: string) =>
  (
    await rig.database.pool.query<{ status: string; reserved: string }>(
      'select status, reserved from deals where user_id = $1 order by created_at, kind desc',
      [userId],
    )
  ).rows;
/** Another user in front of a venue that knows nobody, and would take a repeated reference for another deal. */
async function arrive(rig: TradingRig, name: string, treat: Treatment) {
  rig.venue.reset();
  rig.venue.checksReferences = false;
  rig.venue.treat = treat;
  return { userId: await rig.addUser(name), accountId: `acct_${name}` };
}
const fills = (treat: Treatment) => treat.startsWith('fill');
const deep = process.env['FTRADER_DEEP'] === '1';
/** The steps to die at. In the short form every third, from another one under each treatment: three treatments die at all of them. */
const deathsOf = (steps: readonly string[], treatment: number) =>
  [...steps.entries()].filter(([at]) => deep || at % 3 === treatment % 3);
const numbered = (...treatments: Treatment[]) => treatments.map((treat, number) => [treat, number] as const);

describe('a process that dies at any step of an opening', () => {
  test.each(numbered('fill', 'reject', 'refuse', 'fill, then silence', 'silence', 'not sent'))(
    'when the venue would %s: at most one deal, always decided, as the venue decided',
    async (treat, number) => {
      await using rig = await tradingRig();
      const whole = mortal(rig, Number.POSITIVE_INFINITY);
      const { userId: witness } = await arrive(rig, 'witness', treat);
      await whole.process.as(witness).openPosition(rig.order());
      await recover(rig, 'acct_witness');
      expect(whole.steps).toContain('after dealing.send');
      expect(whole.steps.length).toBeGreaterThan(20);

      for (const [at, name] of deathsOf(whole.steps, number)) {
        const { userId, accountId } = await arrive(rig, `u${at}`, treat);
        const order = rig.order();
        await untilDeath(mortal(rig, at), (process) => process.as(userId).openPosition(order));
        const alive = await recover(rig, accountId);
        const [deal, ...others] = await rows(rig, userId);
        expect(others, name).toEqual([]);
        expect(rig.venue.deals, name).toBeLessThanOrEqual(1);
        if (deal)
          expect(deal, name).toMatchObject({
            status: rig.venue.deals === 1 ? 'accepted' : 'rejected',
            reserved: '0',
          });
        else expect(rig.venue.requests, name).toEqual([]);
        // The caller never heard and asks again, with its key.
        expect((await alive.as(userId).openPosition(order)).replayed, name).toBe(deal !== undefined);
        await recover(rig, accountId);
        expect(rig.venue.deals, name).toBe(deal ? Number(deal.status === 'accepted') : Number(fills(treat)));
        expect(await rows(rig, userId), name).toMatchObject([
          { status: rig.venue.deals === 1 ? 'accepted' : 'rejected' },
        ]);
        expect((await rig.risk(accountId)).reserved, name).toBe('0');
        await rig.told(userId); // gapless
      }
    },
    120_000,
  );
});

describe('a process that dies at any step of a close', () => {
  test.each(numbered('fill', 'fill, then silence', 'silence'))(
    'when the venue would %s: closed once or not at all, and known',
    async (treat, number) => {
      await using rig = await tradingRig();
      const arrange = async (name: string) => {
        const { userId, accountId } = await arrive(rig, name, 'fill');
        await rig.as(userId).openPosition(rig.order({ size: '3' }));
        await rig.trading.reconcileAccount(accountId);
        rig.venue.treat = treat;
        return { userId, accountId, dealId: [...rig.venue.positions.keys()][0]! };
      };
      const whole = mortal(rig, Number.POSITIVE_INFINITY);
      const witness = await arrange('witness');
      await whole.process.as(witness.userId).closePosition(rig.close(witness.dealId, { size: '1' }));
      await recover(rig, witness.accountId);
      expect(whole.steps).toContain('after dealing.send');
      expect(whole.steps.length).toBeGreaterThan(20);

      for (const [at, name] of deathsOf(whole.steps, number)) {
        const { userId, accountId, dealId } = await arrange(`u${at}`);
        const close = rig.close(dealId, { size: '1' });
        await untilDeath(mortal(rig, at), (process) => process.as(userId).closePosition(close));
        const alive = await recover(rig, accountId);
        await alive.as(userId).closePosition(close);
        await recover(rig, accountId);
        const left = rig.venue.positions.get(dealId)!.size;
        const sent = rig.venue.requests.length - 1;
        expect(sent, name).toBeLessThanOrEqual(1);
        expect(left, name).toBe(sent === 1 && fills(treat) ? '2' : '3');
        expect(
          (await rows(rig, userId)).map(({ status }) => status),
          name,
        ).toEqual(['accepted', left === '2' ? 'accepted' : 'rejected']);
        expect(
          (await rig.as(userId).listPositions({})).positions.map(({ size }) => size),
          name,
        ).toEqual([left]);
      }
    },
    120_000,
  );
});

describe('absence', () => {
  const unknown = async (treat: Treatment = 'silence') => {
    const rig = await tradingRig();
    rig.venue.treat = treat;
    const { id } = await rig.as().openPosition(rig.order());
    const status = async () => (await rig.as().getDeal({ id })).status;
    return {
      rig,
      id,
      status,
      read: () => rig.trading.reconcileAccount(rig.accountId),
      [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
    };
  };
  test('is proven by two complete reads, 30 s after the connection was closed and 2 s apart', async () => {
    await using x = await unknown();
    for (const [ms, expected] of [
      [29_999, 'unknown'],
      [1, 'unknown'],
      [1_999, 'unknown'],
      [1, 'rejected'],
    ] as const) {
      x.rig.clock.advance(ms);
      await x.read();
      expect(await x.status(), `${ms} ms on`).toBe(expected);
    }
    expect(await x.rig.as().getDeal({ id: x.id })).toMatchObject({
      reason: { code: 'never_reached_broker' },
      decidedBy: 'absence',
    });
    expect((await x.rig.risk()).reserved).toBe('0');
  });
  test('a read that failed counts for nothing, and two at once are one', async () => {
    await using x = await unknown();
    x.rig.clock.advance(60_000);
    x.rig.venue.down = true;
    await expect(x.read()).rejects.toThrow();
    x.rig.venue.down = false;
    const { evidence } = x.rig.venue;
    const [positions, bothAsk] = [evidence.positions, Promise.withResolvers<void>()];
    let asked = 0;
    evidence.positions = async (account) => {
      if (++asked === 2) bothAsk.resolve();
      await bothAsk.promise;
      return positions(account);
    };
    await Promise.all([x.read(), x.rig.restart().reconcileAccount(x.rig.accountId), x.read()]);
    expect(asked).toBe(2);
    expect(await x.status()).toBe('unknown');
    await x.read();
    expect(await x.status()).toBe('rejected');
  });
  test('what is there is found by the first read, however early', async () => {
    await using x = await unknown('fill, then silence');
    x.rig.venue.confirms.clear();
    await x.read();
    expect(await x.rig.as().getDeal({ id: x.id })).toMatchObject({
      status: 'accepted',
      level: '1.17006',
      decidedBy: 'reading',
    });
  });
  test('a deal that was opened and closed meanwhile is found in the history', async () => {
    await using x = await unknown('fill, then silence');
    x.rig.venue.confirms.clear();
    x.rig.venue.positions.clear();
    await x.read();
    expect(await x.status()).toBe('accepted');
  });
  test.each(['stream', 'reading'])(
    'what appears after all is adopted, as a critical break (told by the %s)',
    async (way) => {
      await using x = await unknown();
      for (let reads = 0; reads < 2; reads++) {
        x.rig.clock.advance(35_000);
        await x.read();
      }
      expect(await x.status()).toBe('rejected');
      const request = x.rig.venue.requests[0]!;
      x.rig.venue.book(request, request.kind === 'open' ? request.dealReference : '');
      await (way === 'stream' ? x.rig.applyConfirm() : x.read());
      expect(await x.status()).toBe('accepted');
      const told = await x.rig.told();
      expect(told.filter((type) => type === 'break.opened')).toHaveLength(1);
      expect(told.filter((type) => type === 'position.opened')).toHaveLength(1);
      await x.read();
      expect(await x.rig.told()).toEqual(told);
    },
  );
  test('of a close: a position that a stop has closed meanwhile, by its history, was not closed by us', async () => {
    await using rig = await tradingRig();
    await rig.as().openPosition(rig.order());
    await rig.trading.reconcileAccount(rig.accountId);
    const dealId = [...rig.venue.positions.keys()][0]!;
    rig.venue.treat = 'silence';
    const { id } = await rig.as().closePosition(rig.close(dealId));
    rig.venue.positions.clear();
    rig.venue.activity.push(build.closedElsewhere(dealId, { at: rig.clock.now() }));
    await recover(rig);
    expect(await rig.as().getDeal({ id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'never_reached_broker' },
    });
    expect((await rig.as().listPositions({})).positions).toEqual([]);
  });
});

describe('a reading of the books', () => {
  test('adopts positions opened elsewhere and closes those that are gone, with the history’s word', async () => {
    await using rig = await tradingRig();
    rig.venue.book(build.openRequest({ size: '2' }), 'WEB1');
    await rig.trading.reconcileAccount(rig.accountId);
    expect((await rig.as().listPositions({})).positions).toMatchObject([
      { source: 'external', size: '2', name: 'EUR/USD' },
    ]);
    const dealId = [...rig.venue.positions.keys()][0]!;
    rig.venue.book({ kind: 'close', dealId, direction: 'SELL', size: '2' }, 'WEB2');
    await rig.trading.reconcileAccount(rig.accountId);
    await rig.trading.reconcileAccount(rig.accountId);
    expect((await rig.as().listPositions({})).positions).toEqual([]);
    expect(await rig.told()).toEqual(['position.opened', 'position.closed']);
  });
  test('waits for the history before it believes that a position is gone, and says so when it never comes', async () => {
    await using rig = await tradingRig();
    await rig.as().openPosition(rig.order());
    await rig.trading.reconcileAccount(rig.accountId);
    rig.venue.positions.clear();
    rig.clock.advance(5_000);
    await rig.trading.reconcileAccount(rig.accountId);
    expect((await rig.as().listPositions({})).positions).toHaveLength(1);
    rig.clock.advance(30_000);
    await rig.trading.reconcileAccount(rig.accountId);
    expect((await rig.as().listPositions({})).positions).toHaveLength(0);
    expect((await rig.told()).slice(-2)).toEqual(['position.closed', 'break.opened']);
  });
});

test('a deal whose confirm was lost is asked for, and decided, by the jobs alone', async () => {
  await using rig = await tradingRig({ clock: systemClock, work: true });
  const stop = rig.trading.startSweeping();
  const { id } = await rig.as().openPosition(rig.order());
  for await (const message of rig.events.follow(rig.userId, 'trading', { after: '0' }))
    if (message.type === 'deal.accepted') break;
  expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted' });
  await stop();
}, 40_000);

test('a deal that the broker acknowledged and then lost without a trace is found by the sweep, and decided', async () => {
  await using rig = await tradingRig();
  const { id, status } = await rig.as().openPosition(rig.order());
  expect(status).toBe('submitted');
  rig.venue.reset();
  await recover(rig);
  expect(await rig.as().getDeal({ id })).toMatchObject({
    status: 'rejected',
    reason: { code: 'never_reached_broker' },
  });
  expect((await rig.risk()).reserved).toBe('0');
});

describe('a close repeated after one that was taken for lost', () => {
  /** A position of 2; a close of 1 that never arrived and is decided so; a second close of 1, dealt, its answer lost. */
  async function twice() {
    const rig = await tradingRig();
    await rig.as().openPosition(rig.order({ size: '2' }));
    await rig.trading.reconcileAccount(rig.accountId);
    const dealId = [...rig.venue.positions.keys()][0]!;
    rig.venue.treat = 'silence';
    const lost = await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    await recover(rig);
    expect(await rig.as().getDeal({ id: lost.id })).toMatchObject({
      status: 'rejected',
      reason: { code: 'never_reached_broker' },
    });
    rig.venue.treat = 'fill, then silence';
    const again = await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    expect(again.status).toBe('unknown');
    const statuses = async () => [
      (await rig.as().getDeal({ id: lost.id })).status,
      (await rig.as().getDeal({ id: again.id })).status,
    ];
    return { rig, statuses, [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose]() };
  }

  test('the history proves the second one only, and the account’s other deals are still decided', async () => {
    await using x = await twice();
    x.rig.venue.treat = 'fill';
    const other = await x.rig.as().openPosition(x.rig.order());
    for (let read = 0; read < 3; read++) {
      x.rig.clock.advance(5_000);
      await x.rig.trading.reconcileAccount(x.rig.accountId);
    }
    expect(await x.statuses()).toEqual(['rejected', 'accepted']);
    expect((await x.rig.as().getDeal({ id: other.id })).status).toBe('accepted');
    expect(await x.rig.told()).not.toContain('break.opened');
  });

  test('one that is dealt while the broker is read, and bears no reference yet, does not prove the lost one', async () => {
    await using rig = await tradingRig();
    const dealId = await openedPosition(rig, { size: '2' });
    rig.venue.treat = 'silence';
    const lost = await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    await recover(rig);
    rig.venue.treat = 'fill';
    const { evidence } = rig.venue;
    let answer = () => undefined as void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const dealing = rig.restart({
      dealing: {
        async send(...args) {
          const sent = await rig.venue.dealing.send(...args);
          dealt();
          await answered;
          return sent;
        },
      },
    });
    let dealt = () => undefined as void;
    const isDealt = new Promise<void>((resolve) => (dealt = resolve));
    let again: Promise<DealOutcome> | undefined;
    const reading = rig.restart({
      evidence: {
        ...evidence,
        async positions(account) {
          again ??= dealing.as().closePosition(rig.close(dealId, { size: '1' }));
          await isDealt;
          return evidence.positions(account);
        },
      },
    });
    await reading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id: lost.id })).toMatchObject({ status: 'rejected' });
    answer();
    await again;
    for (let read = 0; read < 3; read++) {
      rig.clock.advance(5_000);
      await rig.trading.reconcileAccount(rig.accountId);
    }
    expect(await rig.as().getDeal({ id: lost.id })).toMatchObject({ status: 'rejected' });
    expect(await rig.as().getDeal({ id: (await again!).id })).toMatchObject({ status: 'accepted' });
    expect(await rig.told()).not.toContain('break.opened');
  });

  test('a confirm whose reference nobody knew yet is the second one’s', async () => {
    await using x = await twice();
    await x.rig.applyConfirm();
    expect(await x.statuses()).toEqual(['rejected', 'accepted']);
    expect(await x.rig.told()).not.toContain('break.opened');
  });
});
