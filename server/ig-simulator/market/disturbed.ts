// Market faults on a price source, for everybody who looks at it: a status, a gap, crossed quotes, a clock that is off. While nothing is set every price passes as it is.
import { putNewest } from '../../lib/bounded.ts';
import type { Faults } from '../faults/faults.ts';
import { changes, type Price, type PriceSource } from './price.ts';

/** Ticks remembered, so that whoever looks at one sees it crossed or not as the others do. */
const rememberedTicks = 64;

/** `source` under `faults`. Candles stay as they were: history is not what the fault is about. */
export function disturbed(source: PriceSource, faults: Faults): PriceSource {
  const { epic, decimals, scaling } = source.instrument;
  const tellers = new Set<(price: Price) => void>();
  /** What the source said last to listeners, and what stands still while a status is set. */
  let latest: Price | undefined;
  let still: Price | undefined;
  const crossings = new Map<string, boolean>();

  const tickOf = ({ atMs, bid, offer }: Price) => `${atMs} ${bid} ${offer}`;
  function isCrossed(price: Price): boolean {
    const known = crossings.get(tickOf(price));
    if (known !== undefined || !faults.holds('crossed-quotes', { epic })) return known ?? false;
    return remember(price, faults.strikes('crossed-quotes', { epic }) !== undefined);
  }
  function remember(price: Price, crossed: boolean): boolean {
    putNewest(crossings, tickOf(price), crossed, rememberedTicks);
    return crossed;
  }
  function moved(price: Price): Price {
    const gap = faults.holds('price-gap', { epic });
    if (!gap) return price;
    const [bid, offer] = [Number(price.bid), Number(price.offer)];
    const jump =
      gap.left * (gap.points === undefined ? ((bid + offer) / 2) * (gap.pct! / 100) : gap.points / scaling);
    const text = (level: number) => Math.max(level, 10 ** -decimals).toFixed(decimals);
    const quote = { bid: text(bid + jump), offer: text(offer + jump) };
    const high = Number(quote.offer) > Number(price.high) ? quote.offer : price.high;
    const low = Number(quote.bid) < Number(price.low) ? quote.bid : price.low;
    return {
      ...price,
      ...quote,
      high,
      low,
      ...changes((Number(quote.bid) + Number(quote.offer)) / 2, Number(price.midOpen), decimals),
    };
  }
  function disturb(price: Price): Price {
    if (faults.calm()) return price;
    const status = faults.status(epic);
    const shown = status ? { ...(still ?? price), status } : moved(price);
    const { bid, offer } = shown;
    return {
      ...shown,
      ...(!status && isCrossed(price) && { bid: offer, offer: bid }),
      atMs: shown.atMs + (faults.holds('clock-skew')?.skewMs ?? 0),
    };
  }

  const state = () =>
    JSON.stringify([faults.status(epic), faults.holds('price-gap', { epic }), faults.holds('clock-skew')]);
  let before = state();
  faults.onChange(() => {
    still = faults.status(epic) && (still ?? source.current());
    if (latest) remember(latest, crossings.get(tickOf(latest)) ?? false); // it was told
    const now = state();
    if (now === before) return;
    before = now;
    const price = tellers.size > 0 ? (latest ?? source.current()) : undefined;
    if (price) for (const tell of tellers) tell(disturb(price));
  });

  return {
    ...source,
    current() {
      const price = source.current();
      return price && disturb(price);
    },
    subscribe(listener) {
      const tell = (price: Price) => listener.onPrice(price);
      const { snapshot, unsubscribe } = source.subscribe({
        busy: () => listener.busy(),
        onPrice(price) {
          latest = price;
          if (!faults.status(epic)) tell(disturb(price));
        },
      });
      latest = snapshot ?? latest;
      tellers.add(tell);
      return {
        snapshot: snapshot && disturb(snapshot),
        unsubscribe() {
          tellers.delete(tell);
          if (tellers.size === 0) latest = undefined;
          unsubscribe();
        },
      };
    },
  };
}
