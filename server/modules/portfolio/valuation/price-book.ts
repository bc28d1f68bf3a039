// Closing prices and exchange rates by day, as they were entered: which one counts on a day. Nothing is guessed. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { UsedPrice, UsedRate } from '../../../../shared/portfolio-holdings.ts';
import { placesKept } from '../ledger/amount.ts';
import { moneyOf, priceInMoney } from '../ledger/quotes.ts';

export interface EnteredPrice {
  instrument: string;
  on: string;
  price: string;
  /** It is quoted in; GBX is pence. */
  currency: string;
}
/** Units of `to` for one of `from`. */
export interface EnteredRate {
  from: string;
  to: string;
  on: string;
  rate: string;
}
/** The newest one of a day or before it counts for so many days more: over a weekend and a holiday, no longer. */
const lastsDays = 7;
const dayMs = 86_400_000;

export interface PriceBook {
  /** In money. Undefined: none of that day, or of the seven before it. */
  price(instrument: string, on: string): UsedPrice | undefined;
  /** One currency in itself is 1. Of a rate and its inverse the newer one counts, of one day the rate. */
  rate(from: string, to: string, on: string): UsedRate | undefined;
}

export function createPriceBook(prices: readonly EnteredPrice[], rates: readonly EnteredRate[]): PriceBook {
  const byInstrument = sortedBy(prices, ({ instrument }) => instrument);
  const byPair = sortedBy(rates, ({ from, to }) => `${from} ${to}`);
  return {
    price(instrument, on) {
      const found = newest(byInstrument.get(instrument), on);
      return (
        found && {
          price: priceInMoney(found.price, found.currency),
          currency: moneyOf(found.currency),
          on: found.on,
          source: 'entered',
        }
      );
    },
    rate(from, to, on) {
      if (from === to) return { from, to, rate: '1', on, source: 'entered' };
      const direct = newest(byPair.get(`${from} ${to}`), on);
      const inverse = newest(byPair.get(`${to} ${from}`), on);
      if (direct && (!inverse || direct.on >= inverse.on))
        return { from, to, rate: decimal.canonical(direct.rate), on: direct.on, source: 'entered' };
      return (
        inverse && {
          from,
          to,
          rate: decimal.divide('1', inverse.rate, placesKept.rate, 'half-even'),
          on: inverse.on,
          source: 'inverse of entered',
        }
      );
    },
  };
}

function sortedBy<Entry extends { on: string }>(entries: readonly Entry[], key: (entry: Entry) => string) {
  const groups = Map.groupBy(entries, key);
  for (const group of groups.values()) group.sort((a, b) => (a.on < b.on ? -1 : 1));
  return groups;
}

/** The last one of `on` or before, unless it is too old. */
function newest<Entry extends { on: string }>(entries: readonly Entry[] = [], on: string): Entry | undefined {
  let [low, high] = [0, entries.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.on <= on) low = middle + 1;
    else high = middle;
  }
  const found = entries[low - 1];
  return found && Date.parse(on) - Date.parse(found.on) <= lastsDays * dayMs ? found : undefined;
}
