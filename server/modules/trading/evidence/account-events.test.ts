// What the stream tells: once, in any order, and of positions that were opened or closed elsewhere.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { eurusd } from '../../../testing/build.ts';
import { tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';
import type { DealRow } from '../deals/life.ts';
import { openingEvidence } from '../deals/open-position.ts';
import { accountLease, leases } from '../../../../drizzle/schema/index.ts';
import { createAccountEvents } from './account-events.ts';

const state = async ({ database: { pool } }: TradingRig, accountId = 'acct_ann') => ({
  deals: (
    await pool.query(
      'select status, level, deal_id, profit from deals where account_id = $1 order by created_at, kind desc',
      [accountId],
    )
  ).rows,
  positions: (
    await pool.query(
      'select deal_id, size::float as size, source, closed_at is null as open from positions where account_id = $1 order by deal_id',
      [accountId],
    )
  ).rows,
});
const external = (rig: TradingRig, over: object = {}) => ({
  eventId: 'e1',
  accountId: rig.accountId,
  kind: 'position' as const,
  data: {
    dealId: 'DIELSEWHERE',
    dealReference: 'WEB123',
    state: 'open',
    epic: eurusd,
    expiry: '-',
    direction: 'SELL',
    size: '2',
    level: '1.2',
    currency: 'USD',
    stopLevel: null,
    limitLevel: null,
    at: rig.clock.now().toISOString(),
    ...over,
  },
});

const reconnection = {
  eventId: 'r1',
  accountId: 'acct_ann',
  kind: 'reconnected',
  data: { at: new Date(0).toISOString() },
};
/** Events of one account as one message of the bus. */
const together = (events: readonly { eventId: string; accountId: string }[]) => ({
  eventId: events[0]!.eventId,
  accountId: events[0]!.accountId,
  events,
});
/** Cut after each event whose `cutAfter` is true. */
const inMessages = <T>(events: readonly T[], cutAfter: readonly boolean[]): T[][] =>
  events.reduce<T[][]>(
    (messages, event, i) => {
      messages.at(-1)!.push(event);
      if (cutAfter[i]) messages.push([]);
      return messages;
    },
    [[]],
  );

/** The account's figures as the stream tells them, dated so many seconds ahead. */
const fundsOf =
  (rig: Awaited<ReturnType<typeof tradingRig>>) => (eventId: string, cash: string, seconds: number) => ({
    eventId,
    accountId: rig.accountId,
    kind: 'funds',
    data: {
      cash,
      margin: '0',
      runningProfit: '0',
      at: new Date(rig.clock.now().getTime() + seconds * 1_000).toISOString(),
    },
  });

describe('an account event', () => {
  test('of a gateway that was replaced is not believed, once its successor has told anything; what it had sent before is', async () => {
    await using rig = await tradingRig();
    const under = (epoch: number | undefined, ...events: { eventId: string; accountId: string }[]) =>
      rig.trading.applyAccountEvent({ ...together(events), ...(epoch !== undefined && { epoch }) });
    const funds = fundsOf(rig);
    const { dealReference } = await rig.as().openPosition(rig.order());
    const confirm = rig.venue.confirmEvent(rig.accountId, rig.venue.confirms.get(dealReference!)!);
    await under(1, confirm, funds('f1', '9000', 1));
    await under(2, reconnection, funds('f2', '9100', 2));
    const believed = async () => [await state(rig), await rig.told(), (await rig.risk()).cash];
    const before = await believed();
    expect(before[2]).toBe('9100');
    // It wakes with what had reached its socket, dated now by its own clock.
    await under(1, external(rig), funds('f3', '5000', 4));
    await under(1, { ...confirm, eventId: 'c2' });
    expect(await believed()).toEqual(before);
    await under(undefined, funds('f4', '9200', 5)); // an older release does not say
    await under(3, funds('f5', '9300', 6));
    await under(2, funds('f6', '1', 7));
    expect((await rig.risk()).cash).toBe('9300');
  });

  test('of a gateway that was replaced is not believed by a process that was started after the takeover either', async () => {
    await using rig = await tradingRig();
    const funds = fundsOf(rig);
    const told = (epoch: number, cash: string, seconds: number) => ({
      ...together([funds(`f${seconds}`, cash, seconds)]),
      epoch,
    });
    const cash = async () => (await rig.risk()).cash;
    await rig.database.db.insert(leases).values({
      name: accountLease(rig.accountId),
      holder: 'the successor',
      epoch: 2,
      expiresAt: rig.clock.now(),
    });
    const first = rig.restart();
    await first.applyAccountEvent(told(2, '9100', 1));
    // The gateway of epoch 1 is woken once nobody is left who has heard of its successor.
    const second = rig.restart();
    await second.applyAccountEvent(told(1, '5000', 2));
    expect(await cash()).toBe('9100');
    await second.applyAccountEvent(told(2, '9200', 3));
    expect(await cash()).toBe('9200');
    // A takeover that this process has heard of counts, whatever the row says.
    await second.applyAccountEvent(told(3, '9300', 4));
    await second.applyAccountEvent(told(2, '1', 5));
    expect(await cash()).toBe('9300');
  });

  test('delivered again changes nothing: no row, no event, no notice', async () => {
    await using rig = await tradingRig();
    const { dealReference } = await rig.as().openPosition(rig.order());
    const confirm = rig.venue.confirmEvent(rig.accountId, rig.venue.confirms.get(dealReference!)!);
    const position = rig.venue.positionEvent(rig.accountId, confirm.data.dealId!);
    const funds = {
      eventId: 'f1',
      accountId: rig.accountId,
      kind: 'funds',
      data: {
        cash: '9990',
        margin: '0',
        runningProfit: '0',
        at: new Date(rig.clock.now().getTime() + 1_000).toISOString(),
      },
    };
    for (const event of [confirm, position, funds]) await rig.trading.applyAccountEvent(event);
    const before = [await state(rig), await rig.told(), await rig.risk()];
    for (const event of [
      confirm,
      funds,
      position,
      confirm,
      { ...confirm, eventId: 'the same confirm under another id' },
      { ...position, eventId: 'p again' },
    ])
      await rig.trading.applyAccountEvent(event);
    expect([await state(rig), await rig.told(), await rig.risk()]).toEqual(before);
    expect((await rig.told()).filter((type) => type === 'cash.changed')).toHaveLength(1);
    expect(Number((await rig.database.pool.query('select count(*) as n from notifications')).rows[0].n)).toBe(
      1,
    );
  });

  test('a stream that names no currency: our own deal knows it, and the broker’s list corrects the guess for one opened elsewhere', async () => {
    await using rig = await tradingRig();
    const { dealReference } = await rig.as().openPosition(rig.order());
    const { dealId } = rig.venue.confirms.get(dealReference!)!;
    const position = rig.venue.positionEvent(rig.accountId, dealId!);
    await rig.trading.applyAccountEvent({ ...position, data: { ...position.data, currency: null } });
    const currencies = async () =>
      (await rig.database.pool.query('select currency from positions order by source desc')).rows.map(
        ({ currency }) => currency,
      );
    expect(await currencies()).toEqual(['USD']);
    await rig.trading.applyAccountEvent(external(rig, { currency: null }));
    expect(await currencies()).toEqual(['USD', 'GBP']);
    expect(await rig.waitingJobs()).toEqual(['trading.reconcile-account']);
    await rig.trading.applyAccountEvent({ ...external(rig), eventId: 'e2' });
    expect(await currencies()).toEqual(['USD', 'USD']);
  });

  test('the result of a close that its history proved comes with a late confirm, and changes nothing else', async () => {
    await using rig = await tradingRig();
    const { dealReference } = await rig.as().openPosition(rig.order());
    await rig.trading.reconcileAccount(rig.accountId);
    rig.venue.treat = 'fill, then silence';
    const { id } = await rig.as().closePosition(rig.close(rig.venue.confirms.get(dealReference!)!.dealId!));
    await rig.trading.reconcileAccount(rig.accountId);
    expect(await rig.as().getDeal({ id })).toMatchObject({ status: 'accepted', profit: null });
    const told = await rig.told();
    await rig.applyConfirm();
    expect(await rig.as().getDeal({ id })).toMatchObject({
      status: 'accepted',
      profit: '-4.8',
      profitCurrency: 'GBP',
    });
    expect(await rig.told()).toEqual(told);
  });

  test('in whatever order and however many at once those of an opening and its closing come, the end is the same', async () => {
    await using rig = await tradingRig();
    const names = ['openConfirm', 'openPosition', 'closeConfirm', 'closedPosition'] as const;
    const ends = new Set<string>();
    const seed = 20261123;
    let runs = 0;
    const cuts = fc.array(fc.boolean(), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...names], { minLength: 4 }), cuts, async (order, cutAfter) => {
        const name = `trader_${++runs}`;
        const [userId, accountId] = [await rig.addUser(name), `acct_${name}`];
        const opening = await rig.as(userId).openPosition(rig.order());
        const openConfirm = rig.venue.confirms.get(opening.dealReference!)!;
        const dealId = openConfirm.dealId!;
        // Known here by reconciliation, while the stream lags.
        const events: Record<string, { eventId: string; accountId: string }> = {
          openConfirm: rig.venue.confirmEvent(accountId, openConfirm),
          openPosition: rig.venue.positionEvent(accountId, dealId),
        };
        await rig.trading.reconcileAccount(accountId);
        const closing = await rig.as(userId).closePosition(rig.close(dealId));
        Object.assign(events, {
          closeConfirm: rig.venue.confirmEvent(accountId, rig.venue.confirms.get(closing.dealReference!)!),
          closedPosition: rig.venue.positionEvent(accountId, dealId),
        });
        for (const message of inMessages(
          order.map((event) => events[event]!),
          cutAfter,
        ))
          await rig.trading.applyAccountEvent(together(message));
        const { deals, positions } = await state(rig, accountId);
        expect(deals.map(({ status }) => status)).toEqual(['accepted', 'accepted']);
        expect(positions).toMatchObject([{ size: 0, open: false, source: 'ftrader' }]);
        const told = await rig.told(userId);
        expect(told.filter((type) => type.startsWith('position.')).sort()).toEqual([
          'position.closed',
          'position.opened',
        ]);
        ends.add(JSON.stringify([deals.map(({ status, profit }) => [status, profit]), told.length]));
      }),
      { numRuns: 16, seed },
    );
    expect(ends.size, `seed ${seed}: ${[...ends].join(' | ')}`).toBe(1);
  });

  test('that came with others is applied in one transaction with them', async () => {
    await using rig = await tradingRig();
    const { dealReference } = await rig.as().openPosition(rig.order());
    const confirm = rig.venue.confirmEvent(rig.accountId, rig.venue.confirms.get(dealReference!)!);
    const position = rig.venue.positionEvent(rig.accountId, confirm.data.dealId!);
    const at = new Date(rig.clock.now().getTime() + 1_000).toISOString();
    const data = { cash: '9990', margin: '0', runningProfit: '0', at };
    const funds = { eventId: 'f1', accountId: rig.accountId, kind: 'funds', data };
    await rig.trading.applyAccountEvent(together([funds, position, confirm]));
    const { rows } = await rig.database.pool.query(
      'select xmin from account_inbox union select xmin from positions union select xmin from deals union select xmin from account_risk where cash = 9990',
    );
    expect(rows).toHaveLength(1);
    expect(await rig.told()).toEqual([
      'deal.submitting',
      'deal.submitted',
      'deal.accepted',
      'position.opened',
      'cash.changed',
    ]);
  });
  test('that cannot be applied keeps back none of those that came with it', async () => {
    await using rig = await tradingRig();
    const wrong = external(rig, { dealId: 'DIWRONG', epic: 'no\0text' });
    const last = external(rig, { dealId: 'DILAST' });
    const message = together([external(rig), { ...wrong, eventId: 'e2' }, { ...last, eventId: 'e3' }]);
    const apply = () => rig.trading.applyAccountEvent(message);
    await expect(apply()).rejects.toThrow();
    await expect(apply()).rejects.toThrow(); // it becomes a dead letter
    expect(await rig.told()).toEqual(['position.opened', 'position.opened']);
    expect((await state(rig)).positions.map(({ deal_id }) => deal_id)).toEqual(['DIELSEWHERE', 'DILAST']);
  });
  test('that finds no database is tried again with those it came with, and not one by one', async () => {
    await using rig = await tradingRig();
    const { db } = rig.database;
    let tried = 0;
    const away = new Proxy(db, {
      get(target, name) {
        if (name !== 'transaction') return Reflect.get(target, name, target) as unknown;
        return async () => {
          tried++;
          throw Object.assign(new Error('it starts up'), { code: '57P03' });
        };
      },
    });
    const process = rig.restart({ database: { ...rig.database, db: away } });
    const message = together([external(rig), { ...external(rig, { dealId: 'DILAST' }), eventId: 'e2' }]);
    await expect(process.applyAccountEvent(message)).rejects.toMatchObject({ code: '57P03' });
    expect(tried).toBe(1);
    await rig.trading.applyAccountEvent(message);
    expect(await rig.told()).toEqual(['position.opened', 'position.opened']);
  });
  test('of a deal made elsewhere has the broker’s lists read, since its position may never be told; one of ours does not', async () => {
    await using rig = await tradingRig();
    const { dealReference } = await rig.as().openPosition(rig.order());
    await rig.applyConfirm(dealReference);
    expect(await rig.waitingJobs()).toEqual([]);
    const { data, ...confirm } = rig.venue.confirmEvent(
      rig.accountId,
      rig.venue.confirms.get(dealReference!)!,
      'elsewhere',
    );
    const dealtElsewhere = { ...data, dealReference: 'WEB123', dealId: 'DIELSEWHERE' };
    await rig.trading.applyAccountEvent({ ...confirm, data: dealtElsewhere });
    expect(await rig.waitingJobs()).toEqual(['trading.reconcile-account']);
  });

  test('of a position opened elsewhere is adopted as external; its closing elsewhere is told with a notice', async () => {
    await using rig = await tradingRig();
    await rig.trading.applyAccountEvent(external(rig));
    expect((await rig.as().listPositions({})).positions).toMatchObject([
      { dealId: 'DIELSEWHERE', source: 'external', direction: 'SELL', size: '2', level: '1.2' },
    ]);
    await rig.trading.applyAccountEvent(external(rig, { state: 'updated', size: '1.5' }));
    expect(await rig.told()).toEqual(['position.opened']); // the same event id: it was applied before
    await rig.trading.applyAccountEvent({
      ...external(rig, { state: 'updated', size: '1.5' }),
      eventId: 'e2',
    });
    await rig.trading.applyAccountEvent({
      ...external(rig, { state: 'deleted', size: '0', level: '1.19' }),
      eventId: 'e3',
    });
    expect(await rig.told()).toEqual(['position.opened', 'position.reduced', 'position.closed']);
    expect((await rig.database.pool.query('select kind from notifications order by id')).rows).toEqual([
      { kind: 'position.closed' },
      { kind: 'position.closed' },
    ]);
  });
  test('"open" after "deleted" raises nothing again', async () => {
    await using rig = await tradingRig();
    await rig.trading.applyAccountEvent({ ...external(rig, { state: 'deleted', size: '0' }), eventId: 'e2' });
    await rig.trading.applyAccountEvent(external(rig));
    expect((await rig.as().listPositions({})).positions).toEqual([]);
  });
  test('a position that bears our reference proves the deal, before any confirm', async () => {
    await using rig = await tradingRig();
    rig.venue.treat = 'fill, then silence';
    const { id, status } = await rig.as().openPosition(rig.order());
    expect(status).toBe('unknown');
    const [position] = rig.venue.positions.values();
    await rig.trading.applyAccountEvent(rig.venue.positionEvent(rig.accountId, position!.dealId));
    expect(await rig.as().getDeal({ id })).toMatchObject({
      status: 'accepted',
      dealId: position!.dealId,
      level: '1.17006',
    });
  });
  test('of a reconnection asks for a reading of the books', async () => {
    await using rig = await tradingRig();
    await rig.trading.applyAccountEvent({
      eventId: 'r1',
      accountId: rig.accountId,
      kind: 'reconnected',
      data: { at: rig.clock.now() },
    });
    expect(await rig.waitingJobs()).toEqual(['trading.reconcile-account']);
  });
  test('of older funds than are known changes nothing', async () => {
    await using rig = await tradingRig();
    const funds = (cash: string, ms: number) =>
      rig.trading.applyAccountEvent({
        eventId: `f${ms}`,
        accountId: rig.accountId,
        kind: 'funds',
        data: { cash, margin: '1', runningProfit: '2', at: new Date(ms) },
      });
    for (const [cash, ms] of [
      ['100', 5],
      ['90', 3],
      ['100', 7],
      ['100', 6],
      ['110', 8],
    ] as const)
      await funds(cash, ms);
    expect(await rig.risk()).toMatchObject({ cash: '110', fundsAt: new Date(8) });
    expect(await rig.told()).toEqual(['cash.changed']);
  });
  test.each([
    ['of two accounts at once', together([reconnection, { ...reconnection, accountId: 'acct_bob' }])],
    [
      'of no account here',
      { eventId: 'x', accountId: 'acct_none', kind: 'reconnected', data: { at: new Date(0) } },
    ],
    ['that cannot be read', { eventId: 'x', kind: 'confirm' }],
  ])('%s is refused', async (_case, event) => {
    await using rig = await tradingRig();
    await expect(rig.trading.applyAccountEvent(event)).rejects.toThrow();
  });
});

// A kind whose deals bear the opening's reference, as an amend's do at IG; nothing is dealt with it.
describe('a confirm that bears the reference of an opening', () => {
  const at = new Date(0);
  const row = (over: Partial<DealRow>) => ({ id: 'deal_1', dealReference: 'FT-1', ...over }) as DealRow;
  const opening = row({ kind: 'open', status: 'accepted', dealId: 'DI1' });
  const confirm = {
    eventId: 'c1',
    accountId: 'acct_1',
    kind: 'confirm',
    data: {
      dealReference: 'FT-1',
      dealId: 'DI1',
      status: 'accepted',
      action: 'amended',
      brokerCode: 'SUCCESS',
      epic: eurusd,
      direction: 'BUY',
      size: '1',
      level: '1.2',
      stopLevel: null,
      limitLevel: null,
      profit: null,
      profitCurrency: null,
      at: at.toISOString(),
    },
  };

  /** Which deal is settled when these bear the reference, and these others change the position. */
  async function settledOf(bearers: DealRow[], changing: DealRow[]): Promise<string[]> {
    const settled: string[] = [];
    const kind = { changesPosition: true, evidence: { ...openingEvidence, isToldBy: () => true } };
    const deps: Partial<Record<keyof Parameters<typeof createAccountEvents>[0], unknown>> = {
      riskStore: {},
      dealStore: { lockByReference: async () => bearers, lockChanging: async () => changing },
      positionStore: { lock: async () => undefined },
      inbox: { insert: async () => true },
      inAccount: async (
        account: object,
        work: (entry: object, ahead: unknown) => Promise<unknown>,
        ahead: (tx: object, at: Date) => Promise<unknown>,
      ) => work({ account, at, positions: new Map(), orders: new Map() }, await ahead({}, at)),
      kinds: { open: { ...kind, changesPosition: false }, close: { ...kind, referenceOf: 'positions' } },
      settle: async (_entry: object, deal: DealRow) => (settled.push(deal.id), deal),
      accountOf: async () => build.account(),
      logger: silentLogger,
    };
    const events = createAccountEvents(deps as unknown as Parameters<typeof createAccountEvents>[0]);
    await events.apply(confirm);
    return settled;
  }

  test('is of the change that awaits its verdict, before we have learnt its reference and after', async () => {
    const unnamed = row({ id: 'change', kind: 'close', status: 'submitting', dealReference: null });
    expect(await settledOf([opening], [unnamed])).toEqual(['change']);
    const lost = row({ ...unnamed, status: 'unknown' });
    expect(await settledOf([opening], [lost])).toEqual(['change']);
    const before = row({ id: 'earlier change', kind: 'close', status: 'accepted' });
    expect(await settledOf([before, opening], [unnamed])).toEqual(['change']);
    const named = row({ ...unnamed, status: 'submitted', dealReference: 'FT-1' });
    expect(await settledOf([named, before, opening], [])).toEqual(['change']);
  });

  test('is of the opening while that awaits its verdict itself', async () => {
    expect(await settledOf([row({ kind: 'open', status: 'submitted' })], [])).toEqual(['deal_1']);
  });
});
