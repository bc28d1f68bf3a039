// What is asked for after the fact: a deal by its key, deals of a kind, a position that is closed, events behind one, a reading now.
import { describe, expect, test } from 'vitest';
import { ListEvents } from '../../../shared/event-lists.ts';
import { inTransaction } from '../../db/transaction.ts';
import { eurusd } from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { openedPosition, tradingRig, type TradingRig } from '../../testing/trading-rig.ts';
import { freshMs } from './evidence/on-demand.ts';

const nobody = (rig: TradingRig) => rig.as(null);

describe('trading.findDeal', () => {
  test('gives the deal of a key to whoever lost its answer; to nobody else, and no deal of a key never used', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const order = rig.order();
    const { replayed: _, ...deal } = await rig.as().openPosition(order);
    const { idempotencyKey } = order;
    expect(await rig.as().findDeal({ idempotencyKey })).toMatchObject(deal);
    for (const lost of [
      () => rig.as(bob).findDeal({ idempotencyKey }),
      () => rig.as().findDeal({ idempotencyKey: 'never-used' }),
    ])
      expect(await failure(lost())).toMatchObject({ code: 'trading.deal_not_found' });
    expect(await failure(rig.as().findDeal({ idempotencyKey: 'short' }))).toMatchObject({
      code: 'request.invalid',
    });
    expect(await failure(nobody(rig).findDeal({ idempotencyKey }))).toMatchObject({ code: 'auth.required' });
  });

  test('never says of the key of a target, or of an ending of everything, that nothing was asked for under it', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const [target, ending] = ['a-target-of-mine', 'an-ending-of-mine'];
    const { id } = await rig
      .as()
      .setTarget({ epic: eurusd, netSize: '1', idempotencyKey: target, waitMs: 0 });
    expect(await failure(rig.as().getSaga({ id }))).toMatchObject({ code: 'trading.saga_not_found' });
    await rig.as().flatten({ idempotencyKey: ending, waitMs: 0 });
    for (const idempotencyKey of [target, ending]) {
      expect(await failure(rig.as().findDeal({ idempotencyKey }))).toMatchObject({
        code: 'trading.key_reused',
        message: expect.stringContaining('send the same request again'),
      });
      expect(await failure(rig.as(bob).findDeal({ idempotencyKey }))).toMatchObject({
        code: 'trading.deal_not_found',
      });
    }
  });
});

describe('trading.listDeals', () => {
  test('shows those that fit all that is asked for: status, kind, market, and a time from its first instant to before its last', async () => {
    await using rig = await tradingRig();
    const from = rig.clock.now();
    const dealId = await openedPosition(rig, { size: '2' });
    rig.clock.advance(1_000);
    const to = rig.clock.now();
    await rig.as().closePosition(rig.close(dealId, { size: '1' }));
    await rig.as().openPosition(rig.order({ size: '0.1' }));
    const found = async (filter: Parameters<ReturnType<typeof rig.as>['listDeals']>[0]) =>
      (await rig.as().listDeals(filter)).deals.map(({ kind, status }) => `${kind} ${status}`);
    expect(await found({ status: ['denied', 'accepted'] })).toEqual(['open denied', 'open accepted']);
    expect(await found({ kind: ['close'] })).toEqual(['close submitted']);
    expect(await found({ kind: ['open'], status: ['denied'] })).toEqual(['open denied']);
    expect(await found({ from, to })).toEqual(['open accepted']);
    expect(await found({ from: to })).toHaveLength(2);
    expect(await found({ epic: 'CS.D.GBPUSD.CFD.IP' })).toEqual([]);
    const first = await rig.as().listDeals({ kind: ['open'], limit: 1 });
    expect(
      (await rig.as().listDeals({ kind: ['open'], limit: 1, cursor: first.nextCursor! })).deals,
    ).toMatchObject([{ status: 'accepted' }]);
  });
});

test('a time that ends before it begins is told as such, and not answered with an empty list', async () => {
  await using rig = await tradingRig();
  const [from, to] = [new Date(2_000), new Date(1_000)];
  for (const list of ['listDeals', 'listActivity', 'listTransactions'] as const) {
    expect(await failure(rig.as()[list]({ from, to }))).toMatchObject({
      code: 'request.invalid',
      options: { fields: { to: expect.stringContaining('must be later than from') } },
    });
    expect(await failure(rig.as()[list]({ from, to: from }))).toMatchObject({ code: 'request.invalid' });
  }
});

describe('trading.getPosition', () => {
  test('gives one that is open at its price, and one that is closed without a price; never somebody else’s', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const dealId = await openedPosition(rig);
    expect(await rig.as().getPosition({ dealId })).toMatchObject({
      size: '1',
      bid: '1.17000',
      closedAt: null,
      runningProfit: expect.any(String),
      environment: 'simulated',
    });
    const { dealReference } = await rig.as().closePosition(rig.close(dealId));
    await rig.applyConfirm(dealReference);
    expect(await rig.as().getPosition({ dealId })).toMatchObject({
      size: '0',
      bid: null,
      runningProfit: null,
      closedAt: expect.any(Date),
    });
    for (const lost of [
      () => rig.as(bob).getPosition({ dealId }),
      () => rig.as().getPosition({ dealId: 'DINONE' }),
    ])
      expect(await failure(lost())).toMatchObject({ code: 'trading.position_not_found' });
    expect(await failure(nobody(rig).getPosition({ dealId }))).toMatchObject({ code: 'auth.required' });
  });
});

describe('trading.listEvents', () => {
  test('from any event kept tells each that follows once and in order, however often it is asked and whatever comes meanwhile', async () => {
    await using rig = await tradingRig();
    const told: string[] = [];
    let after = '0';
    for (let asked = 0; asked < 12; asked++) {
      if (asked % 6 === 0) await openedPosition(rig, { size: '1' });
      const page = await rig.as().listEvents({ after, limit: 3 });
      expect(page.recovered).toBe(true);
      told.push(...page.events.map(({ id }) => id));
      after = page.next;
    }
    const { head } = await rig.as().listEvents({ after });
    expect(told).toEqual(Array.from({ length: Number(head) }, (_, n) => String(n + 1)));
    expect(await rig.as().listEvents({ after: head })).toEqual({
      events: [],
      next: head,
      head,
      recovered: true,
    });
  });

  test('says where there is no way on: without a place, from one older than what is kept, or from another database’s', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig);
    const { head } = await rig.as().listEvents({ after: '0' });
    const lost = { events: [], next: head, head, recovered: false };
    expect(await rig.as().listEvents({})).toEqual(lost);
    expect(await rig.as().listEvents({ after: '999' })).toEqual(lost);
    await inTransaction(rig.database.db, ({ $client }) =>
      $client.query('delete from user_events where "offset" <= 2'),
    );
    expect(await rig.as().listEvents({ after: '1' })).toEqual(lost);
    expect((await rig.as().listEvents({ after: '2' })).events[0]).toMatchObject({ id: '3' });
  });

  test('tells nobody else’s, needs a login, and refuses what is no place', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    await openedPosition(rig);
    expect((await rig.as(bob).listEvents({ after: '0' })).events).toEqual([]);
    expect(await failure(nobody(rig).listEvents({ after: '0' }))).toMatchObject({ code: 'auth.required' });
    expect(ListEvents.safeParse({ after: '-1' }).success).toBe(false);
    expect(ListEvents.safeParse({ after: '0', limit: 501 }).success).toBe(false);
  });
});

describe('trading.reconcile', () => {
  test('reads the broker’s lists now and says what came of it', async () => {
    await using rig = await tradingRig();
    const { id } = await rig.as().openPosition(rig.order());
    const readAt = rig.clock.now();
    expect(await rig.as().reconcile({})).toEqual({
      accountId: rig.accountId,
      environment: 'simulated',
      readAt,
      found: { positions: 1, orders: 0, differences: 1, decidedDeals: 1 },
      undecidedDeals: 0,
    });
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted' });
  });

  test('costs the broker one reading however many ask at once, and none while the newest is fresh', async () => {
    await using rig = await tradingRig();
    let asked = 0;
    const { positions } = rig.venue.evidence;
    rig.venue.evidence.positions = (account) => (asked++, positions(account));
    const all = await Promise.all(Array.from({ length: 20 }, () => rig.as().reconcile({})));
    const readAt = rig.clock.now();
    expect([asked, all.every((each) => each.readAt.getTime() === readAt.getTime())]).toEqual([1, true]);
    rig.clock.advance(freshMs - 1);
    expect(await rig.restart().as().reconcile({})).toMatchObject({ found: null, readAt });
    expect(asked).toBe(1);
    rig.clock.advance(1);
    expect(await rig.as().reconcile({})).toMatchObject({ found: { positions: 0 } });
    expect(asked).toBe(2);
  });

  test('answers with the broker’s failure where its lists cannot be read, and not for somebody else’s account', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    rig.venue.down = true;
    expect(await failure(rig.as().reconcile({}))).toMatchObject({ code: 'broker.unavailable' });
    expect(await failure(rig.as(bob).reconcile({ accountId: rig.accountId }))).toMatchObject({
      code: 'accounts.not_found',
    });
    expect(await failure(nobody(rig).reconcile({}))).toMatchObject({ code: 'auth.required' });
  });
});
