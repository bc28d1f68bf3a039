// Reading: lists, figures, events and valuation, each for its owner only.
import { isTrackedEnvelope } from '@trpc/server';
import { describe, expect, test } from 'vitest';
import { accountHealth } from '../../../../drizzle/schema/index.ts';
import {
  AccountSummary,
  DealList,
  PositionList,
  Valuation,
  ValuationChange,
  type ValuationMessage,
} from '../../../../shared/trading.ts';
import { foldValuation } from '../../../../shared/valuation.ts';
import type { StreamMessage, TradingEvent } from '../../../../shared/events.ts';
import { AppError } from '../../../lib/app-error.ts';
import { systemClock, type Clock } from '../../../lib/clock.ts';
import { failure } from '../../../testing/failure.ts';
import type { MarketPrice } from '../ports.ts';
import { patience } from './account.ts';
import { tradingRig, type TradingRig } from '../../../testing/trading-rig.ts';

async function opened(rig: TradingRig<Clock>) {
  const outcome = await rig.as().openPosition(rig.order());
  await rig.trading.reconcileAccount(rig.accountId);
  return outcome;
}

test('positions are valued at the price they could be closed at, in the account’s currency', async () => {
  await using rig = await tradingRig();
  await opened(rig);
  rig.prices.move({ bid: '1.17106', offer: '1.17112' });
  // (1.17106 − 1.17006) × 100,000 = 100 dollars at 1.25
  const { positions } = PositionList.parse(await rig.as().listPositions({}));
  expect(positions).toMatchObject([
    { runningProfit: '80', bid: '1.17106', priceStale: false, source: 'ftrader', environment: 'simulated' },
  ]);
  expect(AccountSummary.parse(await rig.as().summary({}))).toMatchObject({
    cash: '10000',
    runningProfit: '80',
    equity: '10080',
    currency: 'GBP',
    stale: false,
  });
});
test('without a broker to ask they are shown as they are, and the figures as stale', async () => {
  await using rig = await tradingRig();
  await opened(rig);
  rig.prices.quote = new AppError('broker.unavailable');
  expect((await rig.as().listPositions({})).positions).toMatchObject([
    { runningProfit: null, priceStale: true, size: '1' },
  ]);
  expect(await rig.as().summary({})).toMatchObject({ stale: true, cash: '10000' });
});
test('a reading waits for a broker that says nothing no longer than a few seconds, and hardly at all for one that is known to be away', async () => {
  await using rig = await tradingRig();
  await opened(rig);
  const stale = { positions: [{ runningProfit: null, size: '1' }] };
  const shown = async (reading: () => Promise<unknown>, ms: number) => {
    const { promise: asked, resolve } = Promise.withResolvers<void>();
    rig.prices.onSilence = resolve;
    const answer = reading();
    await asked;
    rig.clock.advance(ms);
    return answer;
  };
  const listed = () => rig.as().listPositions({});
  expect(await shown(listed, patience.ms)).toMatchObject(stale);
  expect(await shown(() => rig.as().summary({}), patience.ms)).toMatchObject({ stale: true });
  await rig.database.db.insert(accountHealth).values({
    accountId: rig.accountId,
    environment: 'simulated',
    state: 'offline',
    message: 'away',
    since: rig.clock.now(),
    confirmedAt: rig.clock.now(),
    epoch: 1,
  });
  expect(await shown(listed, patience.whileAwayMs)).toMatchObject(stale);
});
test('deals are paged newest first and stay in place while others arrive', async () => {
  await using rig = await tradingRig();
  for (let count = 0; count < 5; count++) {
    rig.clock.advance(10);
    await rig.as().openPosition(rig.order({ size: '0.5' }));
  }
  const first = DealList.parse(await rig.as().listDeals({ limit: 2 }));
  await rig.as().openPosition(rig.order({ size: '0.5' }));
  const second = await rig.as().listDeals({ limit: 2, cursor: first.nextCursor! });
  const third = await rig.as().listDeals({ limit: 2, cursor: second.nextCursor! });
  const pages = [first, second, third].map(({ deals }) => deals.map(({ createdAt }) => createdAt.getTime()));
  expect(pages.map(({ length }) => length)).toEqual([2, 2, 1]);
  expect(pages.flat()).toEqual(pages.flat().toSorted((a, b) => b - a));
  expect(third.nextCursor).toBeNull();
  expect(await failure(rig.as().listDeals({ cursor: 'nonsense' }))).toMatchObject({
    code: 'request.invalid',
  });
});

describe('nobody reads what is another’s', () => {
  test('not a deal, an account, a position or an event', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    const { id } = await opened(rig);
    expect(await failure(rig.as(bob).getDeal({ id }))).toMatchObject({ code: 'trading.deal_not_found' });
    expect(await failure(rig.as(bob).getDeal({ id: 'deal_none' }))).toMatchObject({
      code: 'trading.deal_not_found',
    });
    for (const error of await Promise.all(
      [
        rig.as(bob).listDeals({ accountId: rig.accountId }),
        rig.as(bob).listPositions({ accountId: rig.accountId }),
        rig.as(bob).summary({ accountId: rig.accountId }),
        rig.as(bob).onValuation({ accountId: rig.accountId }),
      ].map(failure),
    )) {
      expect(error).toMatchObject({ code: 'accounts.not_found' });
    }
    expect([
      (await rig.as(bob).listDeals({})).deals,
      (await rig.as(bob).listPositions({})).positions,
      await rig.told(bob),
    ]).toEqual([[], [], []]);
  });
  test('nor without a login or scope', async () => {
    await using rig = await tradingRig();
    const failures = (caller: ReturnType<typeof rig.as>) =>
      Promise.all(
        [
          caller.listDeals({}),
          caller.listPositions({}),
          caller.summary({}),
          caller.getDeal({ id: 'x' }),
          caller.onEvents({}),
          caller.onValuation({}),
        ].map(failure),
      );
    for (const error of await failures(rig.as(null))) expect(error).toMatchObject({ code: 'auth.required' });
    for (const error of await failures(rig.as(rig.userId, ['trade:open'])))
      expect(error).toMatchObject({ code: 'auth.scope_missing' });
  });
});

test('trading.onEvents goes on after the last event seen, across a restart', async () => {
  await using rig = await tradingRig({ clock: systemClock });
  await opened(rig);
  const read = async (
    lastEventId: string | null,
    count: number,
    caller = rig.as(rig.userId, undefined, new AbortController().signal),
  ) => {
    const seen: [id: string, type: string][] = [];
    for await (const tracked of await caller.onEvents({ lastEventId })) {
      // Inside a process the caller gets the envelope itself, not what tRPC's types make of it on the wire.
      if (!isTrackedEnvelope<StreamMessage<TradingEvent>>(tracked))
        throw new Error('a message without its place');
      const [id, message] = tracked;
      if ('data' in message) seen.push([id, message.type]);
      if (seen.length === count) break;
    }
    return seen;
  };
  const all = await read('0', 4);
  expect(all).toEqual([
    ['1', 'deal.submitting'],
    ['2', 'deal.submitted'],
    ['3', 'deal.accepted'],
    ['4', 'position.opened'],
  ]);
  expect(await read('2', 2, rig.restart().as())).toEqual(all.slice(2));
});

test('trading.onValuation begins with what is, then tells of ticks and of what happens to the account, and ends with its reader', async () => {
  await using rig = await tradingRig({ clock: systemClock });
  await opened(rig);
  const stop = new AbortController();
  const messages: ValuationMessage[] = [];
  let known: Valuation | undefined;
  let closing: Promise<unknown> | undefined;
  for await (const message of await rig.as(rig.userId, undefined, stop.signal).onValuation({})) {
    messages.push(messages.length === 0 ? Valuation.parse(message) : ValuationChange.parse(message));
    known = foldValuation(known, message);
    if (messages.length === 1) for (const bid of ['1.17010', '1.17020', '1.17106']) rig.prices.move({ bid });
    if (known.summary.runningProfit === '80' && known.positions.length === 1)
      closing ??= rig
        .as()
        .closePosition(rig.close(known.positions[0]!.dealId))
        .then(() => rig.trading.reconcileAccount(rig.accountId));
    if (known.positions.length === 0) break;
  }
  stop.abort();
  await closing;
  expect(messages[0]).toMatchObject({ summary: { runningProfit: '-4.8' }, positions: [{ bid: '1.17000' }] });
  expect(messages.at(-1)).toMatchObject({ summary: { runningProfit: '0' }, changed: [], pending: 0 });
  expect(known).toMatchObject({ summary: { runningProfit: '0' }, positions: [] });
  expect(messages.length).toBeLessThan(12);
}, 20_000);

test('a valuation goes on at what its market says now: a contract of another size is valued without a new subscription', async () => {
  await using rig = await tradingRig({ clock: systemClock });
  await opened(rig);
  const stop = new AbortController();
  let known: Valuation | undefined;
  const profits: (string | null)[] = [];
  for await (const message of await rig.as(rig.userId, undefined, stop.signal).onValuation({})) {
    known = foldValuation(known, message);
    profits.push(known.summary.runningProfit);
    if (profits.length > 1 && profits.at(-1) !== profits[0]) break;
    if (profits.length > 1) continue;
    const { market, tick } = rig.prices.quote as MarketPrice;
    rig.prices.quote = { market: { ...market, contractSize: '200000' }, tick };
    // What happens to the account is a reason to look again, as the timer is.
    await rig.trading.applyAccountEvent({
      eventId: 'f1',
      accountId: rig.accountId,
      kind: 'funds',
      data: { cash: '9000', margin: '0', runningProfit: '0', at: new Date(Date.now() + 1_000).toISOString() },
    });
  }
  stop.abort();
  expect([profits[0], profits.at(-1)]).toEqual(['-4.8', '-9.6']);
});
