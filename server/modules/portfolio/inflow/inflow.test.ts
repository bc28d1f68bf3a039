// What happens on accounts flows into portfolios: on a real PostgreSQL, from events as trading writes them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { portfolioInflows, portfolioTransactions } from '../../../../drizzle/schema/index.ts';
import { decimal } from '../../../../shared/decimal.ts';
import type { EventData, NewEvent } from '../../../../shared/events.ts';
import { createDatabase } from '../../../db/client.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { createIds, type Ids } from '../../../lib/ids.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { eventSamples } from '../../../testing/event-samples.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { addUser } from '../../../testing/people.ts';
import { testBus } from '../../../testing/price-rig.ts';
import { testDb } from '../../../testing/test-db.ts';
import { createCallerFactory } from '../../../trpc/init.ts';
import { openedPosition, tradingRig } from '../../../testing/trading-rig.ts';
import { createUserEvents } from '../../events/index.ts';
import { createPortfolioInflow, createPortfolioModule } from '../index.ts';
import { sum } from '../ledger/amount.ts';
import { sumsByCurrency } from '../ledger/postings.ts';
import { quietMs } from './stretch.ts';

const ofAnn = { userId: 'user_ann', environment: 'simulated', currency: 'GBP' } as const;
const isa = { ...ofAnn, id: 'acct_isa', name: 'Shares dealing' };
const cfd = { ...ofAnn, id: 'acct_cfd', name: 'My CFDs' };
const gold = 'CS.D.USCGC.TODAY.IP';
type Told = {
  [T in keyof EventData['trading']]: { type: T; data: EventData['trading'][T] };
}[keyof EventData['trading']];

const opened = (dealId: string, epic = build.eurusd): Told => ({
  type: 'position.opened',
  data: { ...eventSamples.trading['position.opened'], dealId, epic },
});
const closed = (dealId: string, epic = build.eurusd, tag: string | null = null): Told => ({
  type: 'position.closed',
  data: { ...eventSamples.trading['position.closed'], dealId, epic, tag },
});
const result = (id: string, position: string, profit: string | null, epic = build.eurusd): Told => ({
  type: 'deal.accepted',
  data: {
    ...eventSamples.trading['deal.accepted'],
    id,
    kind: 'close',
    dealId: position,
    affected: [{ dealId: position, action: 'closed' }],
    epic,
    profit,
    profitCurrency: profit === null ? null : 'GBP',
  },
});
const cash = (previousCash: string, after: string): Told => ({
  type: 'cash.changed',
  data: { cash: after, previousCash, change: decimal.subtract(after, previousCash), currency: 'GBP' },
});

async function setUp() {
  const db = await testDb();
  const database = createDatabase({ url: db.url, logger: silentLogger, max: 8 });
  const clock = createManualClock();
  const bus = testBus();
  const events = createUserEvents({ database, bus, logger: silentLogger });
  await addUser(database, { id: 'user_ann', timeZone: 'Europe/London' });
  const connected = [cfd, isa];
  const inflowWith = (ids: Ids) =>
    createPortfolioInflow({ database, clock, ids, events, accounts: { all: async () => connected } });
  const ids = createIds(clock);
  const { router } = createPortfolioModule({ database, clock, ids });
  const ann = createCallerFactory(router)(
    build.context({ principal: build.principal(['session', 'account:read'], { id: 'user_ann' }), clock }),
  );
  return {
    database,
    clock,
    ids,
    ann,
    connected,
    inflowWith,
    run: inflowWith(ids).run,
    /** Told now, on one account, in this order. */
    tell: (account: { id: string }, ...told: Told[]) =>
      inTransaction(database.db, (tx) =>
        events.append(
          tx,
          'user_ann',
          'trading',
          told.map(
            (each) =>
              ({
                ...each,
                at: clock.now(),
                accountId: account.id,
                environment: 'simulated',
              }) as NewEvent<'trading'>,
          ),
        ),
      ),
    /** The transactions of the newest portfolio, oldest first, as `kind amount`. */
    async written(n = 0) {
      const portfolio = (await ann.list({})).portfolios[n];
      if (!portfolio) return [];
      const { transactions } = await ann.transactions({ id: portfolio.id });
      return transactions
        .toSorted((a, b) => a.number - b.number)
        .map(({ terms }) =>
          [terms.kind, 'instrument' in terms ? terms.instrument : '', 'amount' in terms ? terms.amount : '']
            .filter(Boolean)
            .join(' '),
        );
    },
    [Symbol.asyncDispose]: async () => (
      await bus.close(),
      await database.close(),
      await db[Symbol.asyncDispose]()
    ),
  };
}

test('the first deal makes the user’s portfolio, and what closed positions paid flows into it', async () => {
  await using app = await setUp();
  await app.run();
  expect(await app.ann.list({})).toMatchObject({ portfolios: [] });
  await app.tell(cfd, opened('D1'));
  await app.run();
  expect((await app.ann.list({})).portfolios).toMatchObject([
    {
      name: 'My CFDs',
      baseCurrency: 'GBP',
      timeZone: 'Europe/London',
      startsOn: '2026-01-05',
      transactions: 0,
    },
  ]);
  app.clock.advance(3_600_000);
  await app.tell(cfd, closed('D1'), result('deal_1', 'D1', '12.34'), cash('10000.00', '10012.34'));
  await app.run(); // at once: nothing is left to explain
  await app.run();
  expect(await app.written()).toEqual(['adjustment 10000', `result ${build.eurusd} 12.34`]);
  const [made] = (await app.ann.list({})).portfolios;
  expect(await app.ann.holdings({ id: made!.id })).toMatchObject({
    cash: [{ currency: 'GBP', amount: '10012.34' }],
  });
  expect(await app.ann.performance({ id: made!.id })).toMatchObject({
    gain: '12.34',
    flows: '10000',
    contributions: [{ of: build.eurusd, gain: '12.34' }],
  });
});

test('what happened before the first deal makes no portfolio, and what the account held by then comes with it', async () => {
  await using app = await setUp();
  await app.tell(cfd, cash('0', '500'));
  app.clock.advance(quietMs);
  await app.run();
  expect((await app.ann.list({})).portfolios).toEqual([]);
  await app.tell(cfd, opened('D1'));
  await app.run();
  expect(await app.written()).toEqual(['adjustment 500']);
});

test.each([
  ['position, deal, cash', [closed('D1'), result('deal_1', 'D1', '-7.5'), cash('100', '92.5')]],
  ['cash, position, deal', [cash('100', '92.5'), closed('D1'), result('deal_1', 'D1', '-7.5')]],
  ['deal, cash, position', [result('deal_1', 'D1', '-7.5'), cash('100', '92.5'), closed('D1')]],
])('a result and its cash meet in whatever order they are told: %s', async (_order, told) => {
  await using app = await setUp();
  await app.tell(cfd, opened('D1'));
  for (const each of told) {
    await app.tell(cfd, each);
    await app.run();
    app.clock.advance(1_000);
  }
  await app.run();
  expect(await app.written()).toEqual(['adjustment 100', `result ${build.eurusd} -7.5`]);
});

test('cash that no deal explains is an adjustment, after a quiet minute, and nobody’s gain', async () => {
  await using app = await setUp();
  await app.tell(cfd, opened('D1'), cash('100', '350'));
  app.clock.advance(quietMs - 1);
  await app.run();
  expect(await app.written()).toEqual([]);
  app.clock.advance(1);
  await app.run();
  expect(await app.written()).toEqual(['adjustment 100', 'adjustment 250']);
  const [made] = (await app.ann.list({})).portfolios;
  expect(await app.ann.performance({ id: made!.id })).toMatchObject({ gain: '0', flows: '350' });
});

test('where nobody tells the result of a close, its cash does', async () => {
  await using app = await setUp();
  await app.tell(cfd, opened('D1'), closed('D1'), cash('100', '130'));
  app.clock.advance(quietMs);
  await app.tell(cfd, closed('D2', gold), closed('D3'), result('deal_3', 'D3', '1'), cash('130', '126'));
  app.clock.advance(quietMs);
  await app.run();
  expect(await app.written()).toEqual([
    'adjustment 100',
    `result ${build.eurusd} 30`,
    `result ${build.eurusd} 1`,
    `result ${gold} -5`,
  ]);
});

test('a deal that is told again, or long after its cash, counts once and the cash stays the broker’s', async () => {
  await using app = await setUp();
  const deal = result('deal_1', 'D1', '20');
  await app.tell(cfd, opened('D1'), cash('100', '120'));
  app.clock.advance(quietMs);
  await app.run();
  await app.tell(cfd, closed('D1'), deal);
  app.clock.advance(quietMs);
  await app.run();
  await app.tell(cfd, deal);
  app.clock.advance(quietMs);
  await app.run();
  expect(await app.written()).toEqual([
    'adjustment 100',
    'adjustment 20',
    `result ${build.eurusd} 20`,
    'adjustment -20',
  ]);
});

test('accounts have a portfolio each; one that is disconnected still tells its end; one that was deleted begins anew', async () => {
  await using app = await setUp();
  await app.tell(cfd, opened('D1'));
  await app.run();
  app.clock.advance(1_000);
  app.connected.splice(0, 1);
  await app.tell(isa, opened('E1'));
  await app.tell(cfd, closed('D1'), result('deal_1', 'D1', '5'), cash('10', '15'));
  await app.run();
  expect(await app.written(1)).toEqual(['adjustment 10', `result ${build.eurusd} 5`]);
  expect(await app.written(0)).toEqual([]);
  const { portfolios } = await app.ann.list({});
  await app.ann.delete({ id: portfolios[1]!.id });
  app.clock.advance(1_000);
  await app.tell(cfd, opened('D2'), closed('D2'), result('deal_2', 'D2', '1'), cash('15', '16'));
  await app.run();
  expect(await app.written(0)).toEqual(['adjustment 15', `result ${build.eurusd} 1`]);
});

test('results of tagged positions go to the portfolio that bears the tag and the account, and both together hold the broker’s cash', async () => {
  await using app = await setUp();
  const part = (tags: string[], over: object = {}) =>
    app.ann.create({
      name: tags.join(),
      tags,
      baseCurrency: 'GBP',
      startsOn: '2026-01-01',
      timeZone: 'UTC',
      ...over,
    });
  const nobodys = [
    await part(['gaps']), // not of this account
    await part(['gaps', isa.id]),
    await part(['gaps', cfd.id], { baseCurrency: 'USD' }),
    await part(['gaps', cfd.id], { startsOn: '2027-01-01' }),
    await part(['trends', cfd.id]),
  ];
  app.clock.advance(1_000);
  const gaps = await part(['gaps', cfd.id]);
  app.clock.advance(1_000);
  await app.tell(
    cfd,
    opened('D1'),
    ...[closed('D1', gold, 'gaps'), result('deal_1', 'D1', '9', gold), cash('100', '109')],
    ...[closed('D2', gold, 'other'), result('deal_2', 'D2', '2', gold), cash('109', '111')],
    ...[closed('D3', gold, 'gaps'), cash('111', '106')],
  );
  app.clock.advance(quietMs);
  await app.run();
  expect(await app.written(0)).toEqual(['adjustment 100', `result ${gold} 2`]);
  expect(await app.written(1)).toEqual([`result ${gold} 9`, `result ${gold} -5`]);
  expect((await app.ann.holdings({ id: gaps.id })).cash).toMatchObject([{ amount: '4' }]);
  for (const { id } of nobodys) expect(await app.ann.get({ id })).toMatchObject({ transactions: 0 });

  await app.ann.delete({ id: (await app.ann.list({})).portfolios[0]!.id });
  await app.tell(cfd, opened('D4'));
  await app.run();
  expect(await app.written(0)).toEqual(['adjustment 102']); // the part holds 4 of 106
});

test('deals as trading writes them, and as its stream tells their cash, flow in', async () => {
  await using rig = await tradingRig();
  const { database, clock, events, accounts } = rig;
  const inflow = createPortfolioInflow({ database, clock, ids: createIds(clock), events, accounts });
  const funds = (money: string) => {
    clock.advance(1_000);
    const data = { cash: money, margin: '0', runningProfit: '0', at: clock.now().toISOString() };
    return rig.trading.applyAccountEvent({
      schemaVersion: 1,
      eventId: `funds ${money}`,
      accountId: rig.accountId,
      kind: 'funds',
      data,
    } as never);
  };
  await funds('10000');
  const dealId = await openedPosition(rig);
  const close = await rig.as().closePosition(rig.close(dealId));
  await rig.applyConfirm(close.dealReference);
  const { deals } = await rig.as().listDeals({});
  const profit = deals.find(({ id }) => id === close.id)!.profit!;
  await funds(decimal.add('10000', profit));
  await inflow.run();
  const terms = (
    await database.db.select().from(portfolioTransactions).orderBy(portfolioTransactions.number)
  ).map((row) => row.terms);
  expect(terms).toEqual([
    { kind: 'adjustment', amount: '10000', currency: 'GBP' },
    { kind: 'result', instrument: build.eurusd, amount: profit, currency: 'GBP' },
  ]);
});

interface Step {
  account: typeof cfd;
  cents: number;
  how: 'ours' | 'elsewhere' | 'paid in';
  order: number;
  waitMs: number;
  tag: string | null;
}
const steps = fc.array(
  fc.record<Step>({
    account: fc.constantFrom(cfd, isa),
    cents: fc.integer({ min: -50_000, max: 50_000 }),
    how: fc.constantFrom('ours', 'ours', 'elsewhere', 'paid in'),
    order: fc.nat(5),
    tag: fc.constantFrom(null, 'gaps'),
    waitMs: fc.constantFrom(0, 1_000, quietMs, 2 * quietMs),
  }),
  { minLength: 1, maxLength: 25 },
);
const money = (cents: number) => decimal.divide(String(cents), '100', 2, 'half-even');

test('whatever happens and wherever it dies, every transaction sums to zero, each deal counts once, and the cash is the broker’s', async () => {
  let deaths = 0;
  let transactions = 0;
  await fc.assert(
    fc.asyncProperty(steps, fc.infiniteStream(fc.nat(9)), async (made, dice) => {
      await using app = await setUp();
      /** Dies at any id it takes, so anywhere within what it writes. */
      const mortal: Ids = {
        ...app.ids,
        next(prefix) {
          if (dice.next().value! < 3) throw (deaths++, new Error('it dies'));
          return app.ids.next(prefix);
        },
      };
      const perhaps = async () => {
        const outcomes = await Promise.allSettled([
          app.inflowWith(mortal).run(),
          app.inflowWith(mortal).run(),
        ]);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') expect(String(outcome.reason)).toContain('it dies');
      };
      const balances = new Map<string, number>();
      const results: string[] = [];
      await app.ann.create({
        name: 'Gaps',
        tags: ['gaps', cfd.id, isa.id],
        baseCurrency: 'GBP',
        startsOn: '2026-01-01',
      });
      for (const [n, { account, cents, how, order, waitMs, tag }] of made.entries()) {
        const before = balances.get(account.id) ?? 100_000;
        const after = before + cents;
        balances.set(account.id, after);
        const told = [
          ...(how === 'paid in' ? [] : [closed(`D${n}`, build.eurusd, tag)]),
          ...(how === 'ours' ? [result(`deal_${n}`, `D${n}`, money(cents))] : []),
          ...(cents === 0 ? [] : [cash(money(before), money(after))]),
        ];
        if (how === 'ours' && cents !== 0) results.push(`inflow ${account.id} deal_${n}`);
        await app.tell(account, opened(`D${n}`));
        while (told.length > 0) await app.tell(account, told.splice(order % told.length, 1)[0]!);
        app.clock.advance(waitMs);
        await perhaps();
      }
      app.clock.advance(quietMs);
      await app.run();

      const inflows = await app.database.db.select().from(portfolioInflows);
      const rows = await app.database.db.select().from(portfolioTransactions);
      transactions += rows.length;
      for (const { postings } of rows)
        expect([...sumsByCurrency(postings).values()].every((left) => decimal.compare(left, '0') === 0)).toBe(
          true,
        );
      const keys = rows.map(({ idempotencyKey }) => idempotencyKey);
      expect(keys.filter((key) => / deal_\d+$/.test(key)).toSorted()).toEqual(results.toSorted());
      for (const own of Map.groupBy(rows, ({ portfolioId }) => portfolioId).values())
        expect(own.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(own.map((_, n) => n + 1));
      for (const { accountId } of inflows.filter((row) => balances.has(row.accountId))) {
        const own = rows.filter(({ idempotencyKey }) => idempotencyKey.startsWith(`inflow ${accountId} `));
        const moved = own.flatMap(({ postings }) => postings).filter((each) => each.account === 'cash');
        const told = made.some(({ account, cents }) => account.id === accountId && cents !== 0);
        expect(decimal.canonical(sum(moved.map(({ amount }) => amount)))).toBe(
          told ? decimal.canonical(money(balances.get(accountId)!)) : '0',
        );
      }
    }),
    { numRuns: 25 },
  );
  expect(deaths).toBeGreaterThan(20);
  expect(transactions).toBeGreaterThan(100);
}, 120_000);
