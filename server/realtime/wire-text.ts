// The text of ticks on a tRPC socket: byte for byte what tRPC and superjson would write, made once per tick. Sends nothing.
import type { Tick } from '../../shared/market-data.ts';

/** A tick and its JSON, shared by everyone who receives it. */
export interface Quote {
  readonly tick: Tick;
  readonly json: string;
}

export const toQuote = (tick: Tick): Quote => ({ tick, json: JSON.stringify(tick) });

/** Which fields of the ticks are dates, as superjson says it: `{"values":{"0.at":["Date"],…},"v":1}`. */
function metaText(length: number): string {
  const dates = Array.from({ length }, (_, index) => `"${index}.at":["Date"],"${index}.receivedAt":["Date"]`);
  return length === 0 ? '' : `,"meta":{"values":{${dates.join()}},"v":1}`;
}
const singleMeta = metaText(1);

/** A tRPC result message carrying these ticks as one `Tick[]`, without its opening `{"id":…,`. */
export const resultText = (quotes: readonly Quote[]): string =>
  quotes.length === 1
    ? singleText(quotes[0]!)
    : `"result":{"type":"data","data":{"json":[${quotes.map((quote) => quote.json).join()}]${metaText(quotes.length)}}}}`;

export const singleText = (quote: Quote): string =>
  `"result":{"type":"data","data":{"json":[${quote.json}]${singleMeta}}}}`;
