// The live prices of `npm run watch` as text: a table that is drawn again in place on a terminal, a line for each price elsewhere. Draws nothing itself.
import { styleText } from 'node:util';
import type { Tick } from '../client/index.ts';
import { plain } from './plain-text.ts';

export type Movement = 'up' | 'down' | 'same';
/** A market that is watched, as it is shown. */
export interface Shown {
  epic: string;
  name: string;
  /** undefined: no price has come yet. */
  tick: Tick | undefined;
  bid: Movement;
  offer: Movement;
  /** How old its price is, in milliseconds, by the server's clock; undefined without a price. */
  ageMs: number | undefined;
}
export interface TableOptions {
  colours: boolean;
  /** Columns of the terminal; longer lines are cut, since a wrapped one would break drawing in place. */
  width: number;
}

const headings = ['', 'bid', 'offer', 'change', '%', 'age', 'state'] as const;
/** Columns that are text; the others are numbers, set to the right. */
const isText = (column: number) => column === 0 || column === headings.length - 1;

/** How a price moved. Compared as numbers, only for an arrow and a colour. */
export function movementOf(before: string | null | undefined, now: string | null): Movement {
  if (before == null || now === null || Number(before) === Number(now)) return 'same';
  return Number(now) > Number(before) ? 'up' : 'down';
}

/** `0 s`, `59 s`, `5 min`, `3 h`, `2 d`. */
export function ageText(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 86_400 ? `${Math.floor(seconds / 3_600)} h` : `${Math.floor(seconds / 86_400)} d`;
}

/** What a market is in, in a word or two; why a price is stale follows it. */
export function stateText(tick: Tick | undefined): string {
  if (!tick) return 'no price yet';
  const state = tick.marketState.replaceAll('_', ' ');
  if (!tick.stale) return state;
  return tick.staleReason ? `stale: ${tick.staleReason.code.replaceAll('_', ' ')}` : 'stale';
}

/** The lines of the table, headings first. */
export function tableLines(rows: readonly Shown[], { colours, width }: TableOptions): string[] {
  const texts = rows.map(({ name, tick, ageMs }) => [
    plain(name),
    tick?.bid ?? '–',
    tick?.offer ?? '–',
    signed(tick?.netChange),
    signed(tick?.netChangePct),
    ageMs === undefined ? '–' : ageText(ageMs),
    stateText(tick),
  ]);
  const widths = headings.map((heading, i) =>
    Math.max(heading.length, ...texts.map((cells) => [...cells[i]!].length)),
  );
  const line = (cells: readonly string[], paint: (text: string, column: number) => string) => {
    let left = width;
    const parts: string[] = [];
    for (const [i, cell] of cells.entries()) {
      const padding = ' '.repeat(widths[i]! - [...cell].length);
      const text = (parts.length > 0 ? '  ' : '') + (isText(i) ? cell + padding : padding + cell);
      const cut = [...text].slice(0, Math.max(0, left)).join('');
      left -= [...cut].length;
      parts.push(colours ? paint(cut, i) : cut);
    }
    return parts.join('').trimEnd();
  };
  return [
    line(headings, (text) => style('dim', text)),
    ...rows.map((row, n) => line(texts[n]!, (text, column) => painted(text, column, row))),
  ];
}

/** One price as a line for a file or another program: the venue's instant, epic, bid, offer, state. */
export const priceLine = (tick: Tick): string =>
  [tick.at.toISOString(), tick.epic, tick.bid ?? '-', tick.offer ?? '-', stateText(tick)].join(' ');

/** One price as JSON, instants as RFC 3339 text. */
export const priceJson = (tick: Tick): string => JSON.stringify(tick);

function painted(text: string, column: number, { tick, bid, offer }: Shown): string {
  if (!tick || tick.stale || tick.marketState !== 'tradeable') return style('dim', text);
  const movement =
    column === 1
      ? bid
      : column === 2
        ? offer
        : column === 3 || column === 4
          ? movementOf('0', tick.netChange)
          : 'same';
  return movement === 'same' ? text : style(movement === 'up' ? 'green' : 'red', text);
}
/** Whether the terminal wants colours its owner has said: `colours` decides, not what node finds out about this process. */
const style = (format: 'dim' | 'green' | 'red', text: string): string =>
  styleText(format, text, { validateStream: false });
const signed = (change: string | null | undefined): string =>
  change == null ? '–' : Number(change) > 0 ? `+${change}` : change;
