// An account revalued as prices move and as things happen to it. The figures themselves are in account.ts.
import type { Valuation } from '../../../../shared/trading.ts';
import { pause, type Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Accounts, BrokerAccount, PriceFeed, UserEvents } from '../ports.ts';
import type { AccountValues } from './account.ts';

/** A valuation is told at most four times a second. */
const valuationEveryMs = 250;
/** The broker's figures (margin above all) are read again this often, though no event told of them. */
const figuresEveryMs = 2_000;

interface WatchDeps {
  values: AccountValues;
  accounts: Accounts;
  prices: PriceFeed;
  events: UserEvents;
  clock: Clock;
  logger: Logger;
}
export type WatchAccount = ReturnType<typeof createWatchAccount>;

export function createWatchAccount({ values, accounts, prices, events, clock, logger }: WatchDeps) {
  /**
   * An account revalued: first as it is, then on ticks and on what happens to it, at most four times a second; only the latest
   * state is ever waiting, so a slow reader costs nothing. Throws accounts.* before it begins.
   */
  return async function watch(
    userId: string,
    accountId: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<AsyncIterable<Valuation>> {
    return valuations(await accounts.forUser(userId, accountId), signal);
  };

  async function* valuations(
    account: BrokerAccount,
    outer: AbortSignal | undefined,
  ): AsyncGenerator<Valuation> {
    const stop = new AbortController();
    const end = () => stop.abort();
    outer?.addEventListener('abort', end, { once: true });
    if (outer?.aborted) end();
    let [changed, stateChanged] = [Promise.withResolvers<void>(), true];
    const nudge = () => {
      changed.resolve();
    };
    stop.signal.addEventListener('abort', nudge);
    const reload = () => {
      stateChanged = true;
      nudge();
    };
    const cancelReload = clock.every(figuresEveryMs, reload);
    void followEvents(account, stop.signal, reload);
    let watching: { key: string; stop: AbortController } | undefined;
    try {
      let state = await values.load(account);
      while (!stop.signal.aborted) {
        if (stateChanged) {
          stateChanged = false;
          state = await values.load(account);
          const epics = [...state.markets.keys()].sort();
          if (watching?.key !== epics.join()) {
            watching?.stop.abort();
            watching = { key: epics.join(), stop: new AbortController() };
            await watchPrices(account, epics, AbortSignal.any([stop.signal, watching.stop.signal]), nudge);
          }
        }
        changed = Promise.withResolvers<void>();
        yield values.value(account, state);
        await pause(clock, valuationEveryMs, stop.signal);
        await changed.promise;
      }
    } finally {
      end();
      watching?.stop.abort();
      cancelReload();
      outer?.removeEventListener('abort', end);
    }
  }

  /** Resolves when the first prices are there, so that a snapshot has them. */
  function watchPrices(
    account: BrokerAccount,
    epics: readonly string[],
    signal: AbortSignal,
    nudge: () => void,
  ): Promise<void> {
    if (epics.length === 0) return Promise.resolve();
    const first = Promise.withResolvers<void>();
    void (async () => {
      try {
        for await (const _ticks of prices.watch(account.feed, epics, signal)) {
          first.resolve();
          nudge();
        }
      } catch (err) {
        logger.warn({ err, account: account.id }, 'a valuation goes on without live prices');
      } finally {
        first.resolve();
      }
    })();
    return first.promise;
  }
  async function followEvents(
    account: BrokerAccount,
    signal: AbortSignal,
    reload: () => void,
  ): Promise<void> {
    try {
      for await (const message of events.follow(account.userId, 'trading', { signal }))
        if ('accountId' in message && message.accountId === account.id) reload();
    } catch (err) {
      logger.warn({ err, account: account.id }, 'a valuation goes on without events');
    }
  }
}
