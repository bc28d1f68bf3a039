// One account revalued again and again for all who watch it here: its rows, events and prices are followed once, however many they are. What each is told is in book.ts.
import type { ValuationMessage } from '../../../../shared/trading.ts';
import { createRounds } from '../../../lib/rounds.ts';
import type { BrokerAccount, PriceFeed } from '../ports.ts';
import { unpriced } from './account.ts';
import { createValuationBook } from './book.ts';
import { createAccountReading, type AccountState, type ReadingDeps } from './reading.ts';

/** A valuation is told at most four times a second. */
const valuationEveryMs = 250;

export interface SourceDeps extends ReadingDeps {
  prices: PriceFeed;
}
export interface ValuationSource {
  /** Everything as it is after this call, then what changes; ends when the signal aborts, and fails for all when the account cannot be read. */
  read(signal: AbortSignal): AsyncGenerator<ValuationMessage, void>;
}

/** `onIdle` is called once, when nobody reads any more or after a failure: the source is over then. */
export function createValuationSource(
  account: BrokerAccount,
  onIdle: () => void,
  { prices, ...deps }: SourceDeps,
): ValuationSource {
  const { values, clock, logger } = deps;
  const book = createValuationBook();
  const reading = createAccountReading(account, deps);
  let watching: { key: string; stop: AbortController } | undefined;
  let state: AccountState | undefined;
  const { nudge, reload, read } = createRounds({
    everyMs: valuationEveryMs,
    clock,
    onIdle,
    begin: (over) => reading.follow(reload, over),
    async load() {
      state = await reading.read();
      const epics = [...state.markets.keys()].sort();
      if (watching?.key === epics.join()) return;
      watching?.stop.abort();
      watching = { key: epics.join(), stop: new AbortController() };
      await watchPrices(state.account, epics, watching.stop.signal);
    },
    async value() {
      const { markets } = state!;
      const valuer = values.valuerOf(state!.account, { ...unpriced, markets });
      await book.value(state!, valuer, clock.now());
    },
    finish: () => watching?.stop.abort(),
  });

  /** Resolves when the first prices are there, so that a snapshot has them. */
  function watchPrices(of: BrokerAccount, epics: readonly string[], over: AbortSignal): Promise<void> {
    if (epics.length === 0) return Promise.resolve();
    const first = Promise.withResolvers<void>();
    void (async () => {
      try {
        for await (const _ticks of prices.watch(of.feed, epics, over)) {
          first.resolve();
          nudge();
        }
      } catch (err) {
        logger.warn({ err, account: of.id }, 'a valuation goes on without live prices');
      } finally {
        first.resolve();
      }
    })();
    return first.promise;
  }

  return {
    async *read(signal) {
      const reader = book.open();
      try {
        yield* read(reader, signal);
      } finally {
        reader.close();
      }
    },
  };
}
