// An account revalued as prices move and as things happen to it. The figures themselves are in account.ts.
import type { Market } from '../../../../shared/market-data.ts';
import type { ValuationMessage } from '../../../../shared/trading.ts';
import { pause, type Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { ClientSocket } from '../../../trpc/context.ts';
import type { Accounts, BrokerAccount, Carry, PriceFeed, UserEvents } from '../ports.ts';
import type { PositionRow } from '../positions/store.ts';
import type { RiskRow } from '../risk/store.ts';
import { unpriced, type AccountValues } from './account.ts';
import { createValuationBook } from './book.ts';
import { valuationText } from './wire-text.ts';

/** A valuation is told at most four times a second. */
const valuationEveryMs = 250;
/** The broker's figures (margin above all) are read again this often, though no event told of them. */
const figuresEveryMs = 2_000;

/** What a valuation is made of. */
interface AccountState {
  version: string;
  rows: PositionRow[];
  risk: RiskRow | undefined;
  markets: Map<string, Market>;
}
interface WatchDeps {
  values: AccountValues;
  accounts: Accounts;
  prices: PriceFeed;
  events: UserEvents;
  carry: Carry;
  clock: Clock;
  logger: Logger;
}
export type WatchAccount = ReturnType<typeof createWatchAccount>;

export function createWatchAccount({ values, accounts, prices, events, carry, clock, logger }: WatchDeps) {
  /**
   * An account revalued: first as it is, then what changes with ticks and with what happens to it, at most four times a second. Per position
   * only its latest state is ever waiting, so a slow reader costs nothing and is told it in the end. Throws accounts.* before it begins.
   */
  return async function watch(
    userId: string,
    accountId: string | undefined,
    { signal, socket }: { signal: AbortSignal | undefined; socket?: ClientSocket | undefined },
  ): Promise<AsyncIterable<ValuationMessage>> {
    const account = await accounts.forUser(userId, accountId);
    return carry(valuations(account, signal), { signal, socket, toText: valuationText });
  };

  async function* valuations(
    account: BrokerAccount,
    outer: AbortSignal | undefined,
  ): AsyncGenerator<ValuationMessage> {
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
    const book = createValuationBook(account);
    let state: AccountState | undefined;
    try {
      while (!stop.signal.aborted) {
        if (stateChanged) {
          stateChanged = false;
          state = await load(account, state);
          const epics = [...state.markets.keys()].sort();
          if (watching?.key !== epics.join()) {
            watching?.stop.abort();
            watching = { key: epics.join(), stop: new AbortController() };
            await watchPrices(account, epics, AbortSignal.any([stop.signal, watching.stop.signal]), nudge);
          }
        }
        changed = Promise.withResolvers<void>();
        const { rows, markets, risk } = state!;
        await book.value(rows, values.valuerOf(account, { ...unpriced, markets }), risk, clock.now());
        yield book.take();
        await pause(clock, valuationEveryMs, stop.signal);
        if (!book.pending) await changed.promise;
      }
    } finally {
      end();
      watching?.stop.abort();
      cancelReload();
      outer?.removeEventListener('abort', end);
    }
  }

  /** As it is now; rows that have not changed are not read again. Markets may change beneath them: the catalogue says how long one holds. */
  async function load(account: BrokerAccount, known: AccountState | undefined): Promise<AccountState> {
    const [version, risk] = await Promise.all([values.openVersion(account.id), values.figures(account.id)]);
    const isSame = known?.version === version;
    const rows = isSame ? known.rows : keepSame(known?.rows ?? [], await values.openRows(account.id));
    const markets = await values.marketsOf(account, rows);
    return { version, rows, risk, markets: isSame && markets.size === 0 ? known.markets : markets };
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
