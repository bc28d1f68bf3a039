// One account revalued again and again for all who watch it here: its rows, events and prices are followed once, however many they are. What each is told is in book.ts.
import type { Market } from '../../../../shared/market-data.ts';
import type { ValuationMessage } from '../../../../shared/trading.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { createRounds } from '../../../lib/rounds.ts';
import type { BrokerAccount, PriceFeed, UserEvents } from '../ports.ts';
import type { PositionRow } from '../positions/store.ts';
import { unpriced, type AccountValues } from './account.ts';
import { createValuationBook, type Valued } from './book.ts';

/** A valuation is told at most four times a second. */
const valuationEveryMs = 250;
/** The broker's figures (margin above all) are read again this often, though no event told of them. */
const figuresEveryMs = 2_000;

/** What a valuation is made of, the account's row included. */
interface AccountState extends Valued {
  version: string;
  markets: Map<string, Market>;
}
export interface SourceDeps {
  values: AccountValues;
  prices: PriceFeed;
  events: UserEvents;
  clock: Clock;
  logger: Logger;
}
export interface ValuationSource {
  /** Everything as it is after this call, then what changes; ends when the signal aborts, and fails for all when the account cannot be read. */
  read(signal: AbortSignal): AsyncGenerator<ValuationMessage, void>;
}

/** `onIdle` is called once, when nobody reads any more or after a failure: the source is over then. */
export function createValuationSource(
  account: BrokerAccount,
  onIdle: () => void,
  { values, prices, events, clock, logger }: SourceDeps,
): ValuationSource {
  const book = createValuationBook();
  let watching: { key: string; stop: AbortController } | undefined;
  let state: AccountState | undefined;
  const { nudge, reload, read } = createRounds({
    everyMs: valuationEveryMs,
    clock,
    onIdle,
    begin(over) {
      over.addEventListener('abort', clock.every(figuresEveryMs, reload), { once: true });
      void followEvents(over);
    },
    async load() {
      state = await loadAfter(state);
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

  /** As it is now; rows that have not changed are not read again. Markets may change beneath them: the catalogue says how long one holds. */
  async function loadAfter(known: AccountState | undefined): Promise<AccountState> {
    const [version, risk] = await Promise.all([values.openVersion(account.id), values.figures(account.id)]);
    const isSame = known?.version === version;
    const rows = isSame ? known.rows : keepSame(known?.rows ?? [], await values.openRows(account.id));
    const markets = await values.marketsOf(account, rows);
    return {
      account,
      version,
      rows,
      risk,
      markets: isSame && markets.size === 0 ? known.markets : markets,
    };
  }

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
  async function followEvents(signal: AbortSignal): Promise<void> {
    try {
      for await (const message of events.follow(account.userId, 'trading', { signal }))
        if ('accountId' in message && message.accountId === account.id) reload();
    } catch (err) {
      logger.warn({ err, account: account.id }, 'a valuation goes on without events');
    }
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

/** The rows as they are now; one that is as it was stays the same object, so that its position is not valued anew. */
function keepSame(known: readonly PositionRow[], rows: PositionRow[]): PositionRow[] {
  const before = new Map(known.map((row) => [row.dealId, row]));
  return rows.map((row) => {
    const old = before.get(row.dealId);
    return old && isSame(old, row) ? old : row;
  });
}
const isSame = (a: PositionRow, b: PositionRow): boolean =>
  (Object.keys(a) as (keyof PositionRow)[]).every((field) => plain(a[field]) === plain(b[field]));
const plain = (value: PositionRow[keyof PositionRow]) => (value instanceof Date ? value.getTime() : value);
