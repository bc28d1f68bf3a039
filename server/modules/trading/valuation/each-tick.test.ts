// An account valued for alerts: at each tick by itself, and once more when a position is closed.
import { expect, test } from 'vitest';
import type { Tick } from '../../../../shared/market-data.ts';
import { createInbox } from '../../../testing/inbox.ts';
import { openedPosition, quoteOf, tradingRig } from '../../../testing/trading-rig.ts';

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
