// The text of ticks on a tRPC socket: byte for byte what tRPC and superjson would write, made once per tick. Sends nothing.
import type { Tick } from '../../shared/market-data.ts';

/** A tick and its JSON, shared by everyone who receives it. */
export interface TickText {
  readonly tick: Tick;
  readonly json: string;
}

export const toTickText = (tick: Tick): TickText => ({ tick, json: JSON.stringify(tick) });

/** Which fields of the ticks are dates, as superjson says it: `{"values":{"0.at":["Date"],…},"v":1}`. */
function metaText(length: number): string {
  const dates = Array.from({ length }, (_, index) => `"${index}.at":["Date"],"${index}.receivedAt":["Date"]`);
  return length === 0 ? '' : `,"meta":{"values":{${dates.join()}},"v":1}`;
}
const singleMeta = metaText(1);

/** A tRPC result message carrying these ticks as one `Tick[]`, without its opening `{"id":…,`. */
export const resultText = (texts: readonly TickText[]): string =>
  texts.length === 1
    ? singleText(texts[0]!)
    : `"result":{"type":"data","data":{"json":[${texts.map((text) => text.json).join()}]${metaText(texts.length)}}}}`;

export const singleText = (text: TickText): string =>
  `"result":{"type":"data","data":{"json":[${text.json}]${singleMeta}}}}`;
