// An account revalued at each tick of its markets, for what must miss none of them; what people look at comes at most so often, from source.ts.
import type { Tick } from '../../../../shared/market-data.ts';
import type { AccountSummary, Position } from '../../../../shared/trading.ts';
import { quoteUnitValue, rateEpics, runningProfit, toMoney, type Priced } from '../../../../shared/worth.ts';
import { again } from '../../../lib/again.ts';
import { inSlices } from '../../../lib/slices.ts';
import type { Accounts, PriceFeed } from '../ports.ts';
import type { PositionRow } from '../positions/store.ts';
import { valuedAtOnce } from './account.ts';
import { createAccountReading, type AccountState, type ReadingDeps } from './reading.ts';
import { addTo, createValuer, noSum, toSummary } from './views.ts';

/** An account as it is until the next valuation of it. */
export interface ValuedAccount {
  feed: string;
  currency: string;
  /** Reckoned when it is asked for. */
  readonly summary: AccountSummary;
  /** One that is open; the same object until it is valued anew. */
  position(dealId: string): Position | undefined;
  /**
   * What an open position made at a price of any time since then, in the account's currency; null where it was not as it is now, or
   * needs a rate, since nobody knows those of the past.
   */
  profitSince(dealId: string, since: Date): ((price: Priced) => string | null) | null;
}
export interface FollowOptions {
  signal: AbortSignal;
  /** First when all is read, then after each tick and each change of the account. */
  onValued: (valued: ValuedAccount) => void;
}
export type FollowAccount = ReturnType<typeof createFollowAccount>;

export function createFollowAccount({
  accounts,
  prices,
  ...deps
}: ReadingDeps & { accounts: Accounts; prices: PriceFeed }) {
  const { clock } = deps;
  /**
   * Every tick that comes to this process, each by itself and in order, until the signal aborts; where so many positions move that it
   * falls behind, the latest of each market. Rejects when the account cannot be read, or its prices end. Throws accounts.*.
   */
  return async function follow(
    userId: string,
    accountId: string,
    { signal, onValued }: FollowOptions,
  ): Promise<void> {
    const account = await accounts.forUser(userId, accountId);
    const reading = createAccountReading(account, deps);
    const over = new AbortController();
    const ended = Promise.withResolvers<void>();
    let watching = '';
    /** The wanted one last, and those that run until it has begun. */
    const watches = new Set<AbortController>();
    let state: AccountState | undefined;
    let held = new Map<string, Position>();
    /** Whose worth a market's price changes. */
    let concerned = new Map<string, PositionRow[]>();
    const ticks = new Map<string, Tick>();
    let summary: AccountSummary | undefined;

    const valued: ValuedAccount = {
      feed: account.feed,
      currency: account.currency,
      get summary() {
        if (summary) return summary;
        const sum = noSum();
        for (const position of held.values()) addTo(sum, position);
        return (summary = toSummary(account, state?.risk, sum, clock.now()));
      },
      position: (dealId) => held.get(dealId),
      profitSince(dealId, since) {
        const row = state?.rows.find((each) => each.dealId === dealId);
        const isAsThen = row && (row.version === 1 || row.updatedAt <= since);
        if (!isAsThen || row.currency !== account.currency) return null;
        const market = state!.markets.get(row.epic);
        const unitValue = market ? quoteUnitValue(market) : row.contractSize;
        if (unitValue === null) return null;
        return (price) => {
          const profit = runningProfit(row, price, unitValue);
          return profit && toMoney(profit, '1');
        };
      },
    };
    async function revalue(rows: readonly PositionRow[]): Promise<void> {
      const { markets } = state!;
      const valuer = createValuer(account, {
        tickOf(epic) {
          const [tick, market] = [ticks.get(epic), markets.get(epic)];
          return tick ?? (market && { bid: market.bid, offer: market.offer, stale: true });
        },
        marketOf: (epic) => markets.get(epic),
      });
      await inSlices(rows, valuedAtOnce, (row) => held.set(row.dealId, valuer.toPosition(row)));
      summary = undefined;
      if (!over.signal.aborted) onValued(valued);
    }
    async function take(tick: Tick): Promise<void> {
      const known = ticks.get(tick.epic);
      if (known && tick.seq < known.seq) return; // of a subscription that has just ended
      ticks.set(tick.epic, tick);
      const rows = concerned.get(tick.epic);
      if (rows) await revalue(rows);
    }
    async function apply(next: AccountState): Promise<void> {
      state = next;
      const open = new Set(next.rows.map(({ dealId }) => dealId));
      held = new Map([...held].filter(([dealId]) => open.has(dealId)));
      concerned = concernedBy(next.rows, account.currency);
      await revalue(next.rows);
      watchPrices([...next.markets.keys()].sort());
    }
    /** One after the other. */
    let last = Promise.resolve();
    const inTurn = (work: () => Promise<void>) =>
      (last = last.then(async () => void (over.signal.aborted || (await work()))));

    function watchPrices(epics: readonly string[]): void {
      const key = epics.join();
      if (watching === key || over.signal.aborted) return;
      watching = key;
      const before = [...watches];
      const endBefore = () => before.splice(0).forEach(end);
      if (epics.length === 0) return endBefore();
      const stop = new AbortController();
      watches.add(stop);
      // Those before end when this one has begun, so that no tick falls between them.
      pump(epics, stop.signal, endBefore).catch(ended.reject);
    }
    function end(stop: AbortController): void {
      watches.delete(stop);
      stop.abort();
    }
    async function pump(epics: readonly string[], until: AbortSignal, onBegun: () => void): Promise<void> {
      for await (const news of prices.watch(account.feed, epics, until)) {
        onBegun();
        for (const tick of news) await inTurn(() => take(tick));
      }
      if (!until.aborted) throw new Error('the prices of an account have ended');
    }
    const load = again(() =>
      reading
        .read()
        .then((next) => inTurn(() => apply(next)))
        .catch(ended.reject),
    );
    const onAbort = () => ended.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    try {
      reading.follow(load, over.signal);
      load();
      await ended.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      over.abort();
      watches.forEach(end);
    }
  };
}

function concernedBy(rows: readonly PositionRow[], currency: string): Map<string, PositionRow[]> {
  const concerned = new Map<string, PositionRow[]>();
  for (const row of rows)
    for (const epic of new Set([row.epic, ...rateEpics(row.currency, currency)])) {
      const others = concerned.get(epic);
      if (others) others.push(row);
      else concerned.set(epic, [row]);
    }
  return concerned;
}
