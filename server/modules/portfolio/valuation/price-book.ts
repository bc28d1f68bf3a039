// Prices by day, as they were entered and as the broker's markets quote them, and exchange rates as entered: which one counts on a day. Nothing is guessed. Pure.
import { decimal } from '../../../../shared/decimal.ts';
import type { UsedPrice, UsedRate } from '../../../../shared/portfolio-holdings.ts';
import { isNegative, placesKept } from '../ledger/amount.ts';
import { moneyOf, priceInMoney } from '../ledger/quotes.ts';

export interface EnteredPrice {
  instrument: string;
  on: string;
  price: string;
  /** It is quoted in; GBX is pence. */
  currency: string;
}
/** What a market quoted last on a day, or quotes now; null where it has no such side. `currency` as of an entered price. */
export interface QuotedPrice {
  instrument: string;
  on: string;
  bid: string | null;
  offer: string | null;
  currency: string;
}
export interface QuotedPrices {
  closes: readonly QuotedPrice[];
  /** What is quoted now, which counts on its day alone. */
  live(instrument: string): QuotedPrice | undefined;
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
  /**
   * In money: the newest one; of one day what was entered, then what is quoted now, then what the day closed at. Of quotes the side at
   * which `units` could be closed: the offer below zero, else the bid. Undefined: none of that day, or of the seven before it.
   */
  price(instrument: string, on: string, units?: string): UsedPrice | undefined;
  /** One currency in itself is 1. Of a rate and its inverse the newer one counts, of one day the rate. */
  rate(from: string, to: string, on: string): UsedRate | undefined;
}

export function createPriceBook(
  prices: readonly EnteredPrice[],
  rates: readonly EnteredRate[],
  { closes, live }: QuotedPrices = { closes: [], live: () => undefined },
): PriceBook {
  const byInstrument = sortedBy(prices, ({ instrument }) => instrument);
  const closesBy = sortedBy(closes.flatMap(sidesOf), keyOf);
  const byPair = sortedBy(rates, ({ from, to }) => `${from} ${to}`);
  return {
    price(instrument, on, units = '1') {
      const key = keyOf({ instrument, side: isNegative(units) ? 'offer' : 'bid' });
      const now = live(instrument);
      const candidates = [
        used(newest(byInstrument.get(instrument), on), 'entered'),
        used(now?.on === on ? sidesOf(now).find((each) => keyOf(each) === key) : undefined, 'live'),
        used(newest(closesBy.get(key), on), 'candle'),
      ];
      // The first of the newest.
      return candidates.reduce((best, each) => (!best || (each && each.on > best.on) ? each : best));
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

interface Sided extends EnteredPrice {
  side: 'bid' | 'offer';
}
const keyOf = ({ instrument, side }: Pick<Sided, 'instrument' | 'side'>) => `${instrument} ${side}`;
const sidesOf = ({ bid, offer, ...rest }: QuotedPrice): Sided[] => [
  ...(bid === null ? [] : [{ ...rest, side: 'bid' as const, price: bid }]),
  ...(offer === null ? [] : [{ ...rest, side: 'offer' as const, price: offer }]),
];
const used = (found: EnteredPrice | undefined, source: UsedPrice['source']): UsedPrice | undefined =>
  found && {
    price: priceInMoney(found.price, found.currency),
    currency: moneyOf(found.currency),
    on: found.on,
    source,
  };

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
