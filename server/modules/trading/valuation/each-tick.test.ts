// An account valued for alerts: at each tick by itself, and once more when a position is closed.
import { expect, test } from 'vitest';
import type { Market, Tick } from '../../../../shared/market-data.ts';
import { silentLogger } from '../../../lib/logger.ts';
import * as build from '../../../testing/build.ts';
import { createInbox } from '../../../testing/inbox.ts';
import { createManualClock } from '../../../testing/manual-clock.ts';
import { openedPosition, quoteOf, tradingRig } from '../../../testing/trading-rig.ts';
import type { AccountValues } from './account.ts';
import { createFollowAccount } from './each-tick.ts';

test('each tick of an account’s markets is valued by itself and in order, however fast they come, and a close at what it made', async () => {
  await using rig = await tradingRig();
  const dealId = await openedPosition(rig);
  const tickOf = (bid: string, seq: number): Tick => ({ ...quoteOf().tick, bid, offer: bid, seq });
  const rate = { ...tickOf('1.25', 1), epic: 'CS.D.GBPUSD.CFD.IP' };
  const { valuation } = rig.restart({
    prices: {
      ...rig.prices.feed,
      async *watch(_feed, epics, signal) {
        if (!epics.includes(rate.epic)) return;
        yield [rate, tickOf('1.17006', 1)];
        yield [tickOf('1.18006', 2), tickOf('1.16006', 3), tickOf('1.17106', 4)];
        await new Promise((resolve) => void signal.addEventListener('abort', resolve, { once: true }));
      },
    },
  });
  const { items, put, until } = createInbox<string | null | undefined>();
  const stop = new AbortController();
  const following = valuation.follow(rig.userId, rig.accountId, {
    signal: stop.signal,
    onValued: (account) => {
      const position = account.position(dealId);
      put(position?.priceStale ? null : position?.runningProfit);
    },
  });
  await until((all) => all.includes('80'));
  expect(items.filter((profit) => profit !== null)).toEqual(['0', '800', '-800', '80']);
  expect(await valuation.realised(rig.userId, rig.accountId, dealId)).toBe('open');

  await rig.as().closePosition(rig.close(dealId));
  await rig.applyConfirm();
  await until((all) => all.includes(undefined));
  const { events } = await rig.events.read({ userId: rig.userId, stream: 'trading' }, 0, 100);
  const closed = events.find((event) => event.type === 'position.closed')!;
  expect(closed.data).toMatchObject({ closeLevel: '1.17000', closedSize: '1' });
  // Six points below what it was opened at, at 10 dollars a point.
  expect(await valuation.realised(rig.userId, rig.accountId, dealId)).toMatchObject({ profit: '-4.8' });
  stop.abort();
  await following;
});

test('prices that are not wanted any more are left as soon as those that are have begun, and all of them at the end', async () => {
  const clock = createManualClock();
  const aborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => void signal.addEventListener('abort', () => resolve(), { once: true }));
  const watched = new Map<string, (isBegun: true) => void>();
  let epics = ['A'];
  const follow = createFollowAccount({
    clock,
    logger: silentLogger,
    accounts: { forUser: async () => build.account() },
    events: {
      async *follow(_user: string, _stream: string, { signal }: { signal: AbortSignal }) {
        await aborted(signal);
        yield* [];
      },
    },
    prices: {
      async *watch(_feed: string, asked: readonly string[], signal: AbortSignal) {
        const begun = Promise.withResolvers<true>();
        watched.set(asked.join(), begun.resolve);
        const isBegun = await Promise.race([begun.promise, aborted(signal)]);
        if (isBegun) yield [];
        if (!signal.aborted) await aborted(signal);
        watched.delete(asked.join());
      },
    },
    values: {
      openVersion: async () => epics.join(),
      figures: async () => undefined,
      openRows: async () => [],
      marketsOf: async () => new Map(epics.map((epic) => [epic, { epic } as Market])),
    } as unknown as AccountValues,
  } as unknown as Parameters<typeof createFollowAccount>[0]);
  const stop = new AbortController();
  const following = follow('user_1', 'acct_1', { signal: stop.signal, onValued: () => undefined });
  const want = async (...next: string[]) => {
    epics = next;
    clock.advance(2_000); // read again
    await expect.poll(() => [...watched.keys()]).toContain(next.join());
  };
  await want('A');
  watched.get('A')!(true);
  await want('A', 'B');
  await want('A', 'B', 'C');
  watched.get('A,B,C')!(true);
  await expect.poll(() => [...watched.keys()]).toEqual(['A,B,C']);
  await want('B');
  stop.abort();
  await following;
  await expect.poll(() => [...watched.keys()]).toEqual([]);
});
