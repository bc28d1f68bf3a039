// What the text of a cell means: a number with a decimal point or comma, an instant with or without an offset. Pure.
import { startOfDate } from '../../../lib/local-days.ts';

/** What is wrong with a row, and what to do. */
export class RowProblem extends Error {}

export type DecimalMark = 'point' | 'comma';
export type DateOrder = 'iso' | 'dmy' | 'mdy';

/**
 * A decimal number as text. Groups of thousands are read where a decimal mark follows them or there are two of them: a single one could be
 * either. Throws RowProblem, which names the column.
 */
export function readNumber(text: string, { column, mark }: { column: string; mark: DecimalMark }): string {
  const [point, group] = mark === 'point' ? ['.', ','] : [',', '.'];
  const bare = text.replaceAll(/[\s'’]/g, '').replace(/^\+/, '');
  const [whole = '', fraction, ...more] = bare.split(point);
  const grouped = whole.includes(group);
  const isNumber =
    more.length === 0 &&
    (grouped ? new RegExp(String.raw`^-?\d{1,3}([${group}]\d{3})+$`).test(whole) : /^-?\d+$/.test(whole)) &&
    (fraction === undefined || /^\d+$/.test(fraction));
  const isClear = !grouped || fraction !== undefined || whole.split(group).length > 2;
  if (!isNumber || !isClear)
    throw new RowProblem(
      `${column} is ${JSON.stringify(text.slice(0, 40))}, which is no clear number with a decimal ${mark}: write it without separators of thousands, or set decimal to ${mark === 'point' ? 'comma' : 'point'}`,
    );
  const digits = whole.replaceAll(group, '');
  return fraction === undefined ? digits : `${digits}.${fraction}`;
}

const time = String.raw`(?:[T ,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?$`;
const shapes: Readonly<Record<DateOrder, { pattern: RegExp; order: readonly [number, number, number] }>> = {
  iso: { pattern: new RegExp(String.raw`^(\d{4})-(\d{2})-(\d{2})${time}`), order: [1, 2, 3] },
  dmy: { pattern: new RegExp(String.raw`^(\d{1,2})[./-](\d{1,2})[./-](\d{4})${time}`), order: [3, 2, 1] },
  mdy: { pattern: new RegExp(String.raw`^(\d{1,2})[./-](\d{1,2})[./-](\d{4})${time}`), order: [3, 1, 2] },
};
const like = { iso: '2026-03-29T14:30:00Z', dmy: '29.03.2026 14:30', mdy: '03/29/2026 14:30' } as const;

/**
 * An instant, to the millisecond. One without an offset is of `zone`, and a day without a time is its first instant there. Of a time that
 * the clocks show twice it is the first. Throws RowProblem, which names the column, also for a time that the clocks leave out.
 */
export function readInstant(
  text: string,
  { column, dates, zone }: { column: string; dates: DateOrder; zone: string },
): Date {
  const { pattern, order } = shapes[dates];
  const found = pattern.exec(text);
  const shown = JSON.stringify(text.slice(0, 40));
  const wrong = () =>
    new RowProblem(
      `${column} is ${shown}, which is no date and time such as ${like[dates]}: correct it, or set dates`,
    );
  if (!found) throw wrong();
  const [year, month, day] = order.map((n) => Number(found[n])) as [number, number, number];
  const [hour, minute, second] = [found[4], found[5], found[6]].map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day));
  const isDate = date.getUTCMonth() === month - 1 && date.getUTCDate() === day && year >= 1900 && year < 2200;
  if (!isDate || hour > 23 || minute > 59 || second > 59) throw wrong();
  const ms =
    ((hour * 60 + minute) * 60 + second) * 1000 + Number((found[7] ?? '').padEnd(3, '0').slice(0, 3));
  const offset = found[8];
  if (offset !== undefined) return new Date(date.getTime() + ms - offsetOf(offset));
  const startsAt = startOfDate(zone, { year, month, day });
  if (found[4] === undefined) return new Date(startsAt);
  const at = localInstant(date.getTime() + ms, zone);
  if (at === undefined)
    throw new RowProblem(
      `${column} is ${shown}, a time that the clocks of ${zone} leave out: set timeZone to that of the file`,
    );
  return new Date(at);
}

function offsetOf(text: string): number {
  if (text === 'Z' || text === 'UTC') return 0;
  const minutes = Number(text.slice(1, 3)) * 60 + Number(text.slice(-2));
  return (text.startsWith('-') ? -minutes : minutes) * 60_000;
}

const clocks = new Map<string, Intl.DateTimeFormat>();
/** What the clocks of `zone` show, as if it were UTC. */
function shownMs(zone: string, atMs: number): number {
  let clock = clocks.get(zone);
  if (!clock) {
    const two = '2-digit';
    const fields = { year: 'numeric', month: two, day: two, hour: two, minute: two, second: two } as const;
    clock = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      calendar: 'gregory',
      hourCycle: 'h23',
      ...fields,
    });
    clocks.set(zone, clock);
  }
  const parts = clock.formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)!.value);
  const seconds = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return seconds + (((atMs % 1000) + 1000) % 1000);
}

const dayMs = 86_400_000;
/** The first instant at which the clocks of `zone` show `wantedMs`; undefined where they never do. */
function localInstant(wantedMs: number, zone: string): number | undefined {
  // An offset changes once between the day before and the day after: one of these two holds at the instant.
  const offsets = [-dayMs, dayMs].map((from) => shownMs(zone, wantedMs + from) - (wantedMs + from));
  const fitting = offsets
    .map((offset) => wantedMs - offset)
    .filter((atMs) => shownMs(zone, atMs) === wantedMs);
  return fitting.length === 0 ? undefined : Math.min(...fitting);
}
