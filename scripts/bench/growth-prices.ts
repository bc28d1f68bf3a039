// The prices of the growth benchmark: forty markets that move together when they are told to, and the dollar's rate.
import { systemClock as clock } from '../../server/lib/clock.ts';
import type { PriceFeed } from '../../server/modules/trading/ports.ts';
import type { Market, Tick } from '../../shared/market-data.ts';
import { epics, feed } from './growth-protocol.ts';

const rates = ['CS.D.GBPUSD.CFD.IP'];

/** `move` is one tick of every market but the rate; `bid` is what all of them have then. */
export function createMovingPrices() {
  let moves = 0;
  const watchers = new Set<() => void>();
  const bidNow = () => (1.1 + (moves % 1_000) / 10_000).toFixed(5);
  const tickOf = (epic: string): Tick => ({
    feed,
    epic,
    seq: 1 + moves,
    bid: rates.includes(epic) ? '1.25' : bidNow(),
    offer: rates.includes(epic) ? '1.25' : (Number(bidNow()) + 0.0001).toFixed(5),
    high: null,
    low: null,
    netChange: null,
    netChangePct: null,
    marketState: 'tradeable',
    at: clock.now(),
    receivedAt: clock.now(),
    stale: false,
  });
  let ticks = new Map([...epics, ...rates].map((epic) => [epic, tickOf(epic)]));
  function move(): void {
    moves++;
    ticks = new Map(ticks);
    for (const epic of epics) ticks.set(epic, tickOf(epic));
    for (const wake of watchers) wake();
  }
  const markets = new Map([...ticks].map(([epic, tick]) => [epic, marketOf(tick)]));
  const feedOfPrices: PriceFeed = {
    quote: async (_feed, epic) => ({ market: markets.get(epic)!, tick: ticks.get(epic)! }),
    latest: (_feed, epic) => ticks.get(epic),
    markets: async (_feed, asked) => asked.flatMap((epic) => markets.get(epic) ?? []),
    quotes: async (_feed, asked) => asked.flatMap((epic) => ticks.get(epic) ?? []),
    async *watch(_feed, asked, signal) {
      let wake = () => {};
      const onMove = () => wake();
      watchers.add(onMove);
      signal.addEventListener('abort', onMove);
      while (!signal.aborted) {
        const moved = new Promise<void>((resolve) => (wake = resolve));
        yield asked.flatMap((epic) => ticks.get(epic) ?? []);
        await moved;
      }
      watchers.delete(onMove);
    },
  };
  return { feed: feedOfPrices, move, bid: bidNow };
}

const marketOf = (tick: Tick): Market => ({
  ...tick,
  name: 'Market',
  type: 'CURRENCIES',
  expiry: '-',
  delayMinutes: 0,
  streaming: true,
  currencies: [{ code: 'USD', isDefault: true }],
  unit: 'CONTRACTS',
  lotSize: '10',
  contractSize: '100000',
  valueOfOnePip: '10.00',
  onePipMeans: '0.0001 USD/EUR',
  decimalPlaces: 5,
  scalingFactor: '10000',
  marginFactor: '3.33',
  marginFactorUnit: 'percentage',
  forceOpenAllowed: true,
  stopsLimitsAllowed: true,
  guaranteedStopsAllowed: true,
  guaranteedStopPremium: null,
  dealingRules: {
    minDealSize: { unit: 'points', value: '1' },
    minStepDistance: null,
    minNormalStopOrLimitDistance: { unit: 'points', value: '1' },
    maxStopOrLimitDistance: { unit: 'points', value: '1' },
    minGuaranteedStopDistance: { unit: 'points', value: '1' },
    marketOrders: true,
    trailingStops: false,
  },
});
