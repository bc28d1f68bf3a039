// The text of ticks on sockets, made once per tick: on a tRPC one byte for byte what tRPC and superjson would write. Sends nothing.
import type { Tick } from '../../shared/market-data.ts';
import type { SharedText, WrittenForm } from '../trpc/context.ts';

/** A tick and its JSON, shared by everyone who receives it. */
export interface TickText {
  readonly tick: Tick;
  readonly json: string;
  /** The message of this one tick without its opening, made when first asked for. */
  in(form: WrittenForm['form']): SharedText;
}

export function toTickText(tick: Tick): TickText {
  const json = JSON.stringify(tick);
  let trpc: SharedText | undefined;
  let plain: SharedText | undefined;
  return {
    tick,
    json,
    in: (form) =>
      form === 'trpc'
        ? (trpc ??= shared(trpcText(`[${json}]`, singleMeta)))
        : (plain ??= shared(plainText(`[${json}]`))),
  };
}
const shared = (text: string): SharedText => ({ text, frames: new Map() });

/** A message that carries these ticks as one `Tick[]`, without its opening. */
export function ticksText(form: WrittenForm['form'], texts: readonly TickText[]): string {
  const list = `[${texts.map(({ json }) => json).join()}]`;
  return form === 'trpc' ? trpcText(list, metaText(texts.length)) : plainText(list);
}

const trpcText = (json: string, meta: string) => `"result":{"type":"data","data":{"json":${json}${meta}}}}`;
const plainText = (json: string) => `"data":${json}}`;

/** Which fields of the ticks are dates, as superjson says it: `{"values":{"0.at":["Date"],…},"v":1}`. */
function metaText(length: number): string {
  const dates = Array.from({ length }, (_, index) => `"${index}.at":["Date"],"${index}.receivedAt":["Date"]`);
  return length === 0 ? '' : `,"meta":{"values":{${dates.join()}},"v":1}`;
}
const singleMeta = metaText(1);
