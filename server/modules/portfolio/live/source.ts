// One portfolio revalued again and again for all who watch it here: its ledger is read when it has changed, and balances in memory are valued as prices and positions move.
import { decimal } from '../../../../shared/decimal.ts';
import type { PortfolioValuation } from '../../../../shared/portfolio-live.ts';
import type { Running } from '../../../../shared/portfolio-running.ts';
import type { Valuation } from '../../../../shared/trading.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dateIn } from '../../../lib/local-days.ts';
import { createRounds } from '../../../lib/rounds.ts';
import { waitAtMost } from '../../../lib/within.ts';
import type { InflowSource, InflowStore } from '../inflow/store.ts';
import { isZero, known } from '../ledger/amount.ts';
import { standing } from '../ledger/entry.ts';
import { found } from '../portfolios.ts';
import type { QuotedMarket, ValuationPorts } from '../ports.ts';
import type { PortfolioRow, PortfolioStore } from '../store.ts';
import { pricedOf, type Books, type Priced } from '../valuation/books.ts';
import { eachOnce } from '../valuation/missing.ts';
import type { PriceBook } from '../valuation/price-book.ts';
import { totalOf, worthOf } from '../valuation/worth.ts';
import { toEntry } from '../views.ts';
import { runningOf } from './running.ts';

/** A portfolio is told at most four times a second. */
export const toldEveryMs = 250;
/** Whether its ledger, or what was entered, has changed is looked at this often: one statement of an index or two. */
export const lookEveryMs = 1_000;
/** The first value waits for prices and positions this long; then what has not come is told as stale or missing. */
const firstWithinMs = 3_000;
/** Days that are over, closes and the accounts that flow in are looked at anew this often. */
const anewEveryMs = 60_000;

export interface SourceDeps extends Pick<ValuationPorts, 'quotes' | 'positions'> {
  store: PortfolioStore;
  inflows: InflowStore;
  books: Books;
  clock: Clock;
}
export interface PortfolioSource {
  /** The value as it is after this call, then whenever it has changed; ends when the signal aborts, and fails for all when it cannot be read. */
  read(signal: AbortSignal): AsyncGenerator<PortfolioValuation, void>;
}
interface State {
  portfolio: PortfolioRow;
  priced: Priced;
  today: string;
  book: PriceBook;
  markets: QuotedMarket[];
  sources: InflowSource[];
}
interface Watched {
  stop: AbortController;
  isOver: boolean;
}

/** `onIdle` is called once, when nobody reads any more or after a failure: the source is over then. */
export function createPortfolioSource(
  { id, userId }: Pick<PortfolioRow, 'id' | 'userId'>,
  onIdle: () => void,
  { store, inflows, books, quotes, positions, clock }: SourceDeps,
): PortfolioSource {
  let version: string | undefined;
  let state: State | undefined;
  const feeds = new Map<string, Watched>();
  const accounts = new Map<string, Watched>();
  const valuations = new Map<string, Valuation | null>();
  let current: PortfolioValuation | undefined;
  /** What was told of it, and how often that has changed. */
  let [text, changes] = ['', 0];

  const rounds = createRounds({
    everyMs: toldEveryMs,
    clock,
    onIdle,
    begin(over) {
      const stop = clock.every(lookEveryMs, () => void look());
      over.addEventListener('abort', stop, { once: true });
    },
    load,
    value() {
      current = valueOf(state!);
      const seen = JSON.stringify(current, (name, value: unknown) =>
        name === 'at' || name === 'asOf' ? undefined : value,
      );
      if (seen === text) return;
      text = seen;
      changes++;
    },
    finish() {
      for (const { stop } of [...feeds.values(), ...accounts.values()]) stop.abort();
    },
  });

  const versionNow = async () =>
    `${Math.floor(clock.now().getTime() / anewEveryMs)} ${await store.version(userId, id)}`;
  /** A database that is away delays the next look and ends nothing. */
  const look = () =>
    versionNow().then(
      (now) => void (now !== version && rounds.reload()),
      () => undefined,
    );

  async function load(): Promise<void> {
    // Before anything is read: what changes meanwhile is seen by the next look.
    const now = await versionNow();
    if (now === version) return;
    const portfolio = found(await store.find(userId, id));
    const isSame = state?.portfolio.transactions === portfolio.transactions;
    const priced = isSame
      ? state!.priced
      : pricedOf(standing((await store.ledger(id)).map((row) => toEntry(row))));
    const today = dateIn(portfolio.timeZone, clock.now().getTime());
    const [{ book, markets }, sources] = await Promise.all([
      books.moving(portfolio, priced, today),
      inflows.into(portfolio),
    ]);
    await waitAtMost(clock, firstWithinMs, Promise.all([watchPrices(markets), watchAccounts(sources)]));
    state = { portfolio, priced, today, book, markets, sources };
    version = now;
  }
  /** Follows what is not followed yet, and no more what is not wanted; resolves when each has told something. */
  async function watchAll<Value>(
    watched: Map<string, Watched>,
    wanted: readonly string[],
    watch: (key: string, signal: AbortSignal) => AsyncIterable<Value>,
    hear: (value: Value, key: string) => void,
  ): Promise<void> {
    for (const [key, { stop, isOver }] of watched) {
      if (wanted.includes(key) && !isOver) continue;
      stop.abort();
      watched.delete(key);
    }
    await Promise.all(
      wanted
        .filter((key) => !watched.has(key))
        .map((key) => {
          const self = { stop: new AbortController(), isOver: false };
          watched.set(key, self);
          const first = Promise.withResolvers<void>();
          void (async () => {
            for await (const value of watch(key, self.stop.signal)) {
              hear(value, key);
              first.resolve();
              rounds.nudge();
            }
            self.isOver = true;
            first.resolve();
          })();
          return first.promise;
        }),
    );
  }
  const watchPrices = (markets: readonly QuotedMarket[]) => {
    const epicsOf = Map.groupBy(markets, ({ feed }) => feed);
    // With another set of epics it is another subscription.
    const keys = [...epicsOf].map(
      ([feed, own]) =>
        `${feed} ${own
          .map(({ epic }) => epic)
          .toSorted()
          .join(' ')}`,
    );
    return watchAll(
      feeds,
      keys,
      (key, signal) => {
        const [feed, ...epics] = key.split(' ');
        return quotes.watch(feed!, epics, signal);
      },
      () => undefined,
    );
  };
  const watchAccounts = (sources: readonly InflowSource[]) =>
    watchAll(
      accounts,
      sources.map(({ row }) => row.accountId),
      (accountId, signal) => {
        valuations.delete(accountId);
        return positions.watch(userId, accountId, signal);
      },
      (valuation, accountId) => void valuations.set(accountId, valuation),
    );

  function valueOf({ portfolio, priced, today, book, markets, sources }: State): PortfolioValuation {
    const { balances, moneyBy } = priced;
    const at = clock.now();
    const worth = worthOf(balances, { base: portfolio.baseCurrency, book, moneyBy }, today);
    const running = runningOf(
      portfolio,
      sources.map((source) => ({ ...source, valuation: valuations.get(source.row.accountId) })),
      at,
    );
    const isLive = ({ epic }: QuotedMarket) => {
      const price = book.price(epic, today, balances.units.get(epic));
      return price?.on === today && price.source !== 'candle';
    };
    return {
      portfolioId: id,
      baseCurrency: portfolio.baseCurrency,
      at,
      valueBase: known(decimal.add, totalOf(worth), running ? running.amount : '0'),
      cash: [...balances.cash].map(([currency, amount]) => ({
        currency,
        amount,
        amountBase: worth.cash.get(currency) ?? null,
      })),
      holdings: [...balances.units].map(([instrument, quantity]) => {
        const price = book.price(instrument, today, quantity);
        return {
          instrument,
          quantity,
          price: price?.currency === moneyBy.get(instrument) ? (price ?? null) : null,
          valueBase: worth.holdings.get(instrument) ?? null,
        };
      }),
      running,
      missing: eachOnce(worth.missing),
      stale: !markets.every(isLive) || (running !== null && !isCurrent(running)),
    };
  }

  return {
    read(signal) {
      let told = 0;
      return rounds.read(
        {
          get pending() {
            return told !== changes;
          },
          take() {
            told = changes;
            return current!;
          },
        },
        signal,
      );
    },
  };
}

const isCurrent = ({ amount, accounts }: Running) =>
  amount !== null && accounts.every(({ unbooked }) => unbooked !== null && isZero(unbooked));
