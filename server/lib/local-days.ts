// Calendar days of an IANA zone as instants: when the day that holds an instant begins and ends there. Pure; no trading word lives here.

export interface LocalDay {
  /** `2026-03-29`. */
  on: string;
  /** The first instant of the day: midnight, or when the clocks leave midnight out, the hour after. */
  startsAt: Date;
  /** The first instant of the next one: 23 to 25 hours later, now and then more. */
  endsAt: Date;
}

/** No day is longer: a zone that crosses the date line eastwards has one of 48 hours. */
export const longestDayMs = 50 * 3_600_000;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      calendar: 'gregory',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(zone, format);
  }
  return format;
}
/** The date that a calendar on the wall shows in `zone`, as text that sorts. Throws RangeError for a zone that Intl does not know. */
export function dateIn(zone: string, atMs: number): string {
  const parts = formatOf(zone).formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)!.value;
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`;
}

/** The day of `zone` that holds `at`. Throws RangeError for a zone that Intl does not know. */
export function dayIn(zone: string, at: Date): LocalDay {
  const { year, month, day: shown } = localDate(zone, at.getTime());
  const startOf = (day: number) => startOfDate(zone, { year, month, day });
  // A minute behind a midnight that comes twice shows the next date for the first time: it is of the day before.
  const day = startOf(shown) > at.getTime() ? shown - 1 : shown;
  const on = textOf(new Date(Date.UTC(year, month - 1, day)));
  return { on, startsAt: new Date(startOf(day)), endsAt: new Date(startOf(day + 1)) };
}

/** A date of the calendar; a day beyond its month is one of the next month, as `Date.UTC` counts. */
export interface CalendarDate {
  year: number;
  /** From 1 on. */
  month: number;
  day: number;
}
/** Longer than clocks that go back at midnight show the day before. */
const afterMidnightMs = 3 * 3_600_000;
const textOf = (date: Date): string => date.toISOString().slice(0, 'yyyy-mm-dd'.length);

/** The date in `zone` at an instant. Throws RangeError for a zone that Intl does not know. */
export function localDate(zone: string, atMs: number): CalendarDate {
  const [year, month, day] = dateIn(zone, atMs).split('-').map(Number);
  return { year: year!, month: month!, day: day! };
}

/**
 * The instant from which on `zone` shows this date or a later one: its midnight, the hour after where the clocks leave midnight out,
 * and for a date that the zone left out the first instant of the next.
 */
export function startOfDate(zone: string, { year, month, day }: CalendarDate): number {
  const midnight = Date.UTC(year, month - 1, day);
  const on = textOf(new Date(midnight));
  const guess = midnight - offsetMs(zone, midnight - offsetMs(zone, midnight));
  const starts = (atMs: number) => dateIn(zone, atMs) >= on && dateIn(zone, atMs - 1) < on;
  // Where the clocks go back right behind midnight it comes twice (St. John's until 2011, at 0:01): the day starts with the second.
  const again = midnight - offsetMs(zone, guess + afterMidnightMs);
  if (again > guess && starts(again)) return again;
  if (starts(guess)) return guess;
  return firstMs(midnight - longestDayMs, midnight + longestDayMs, (ms) => dateIn(zone, ms) >= on);
}

const clocks = new Map<string, Intl.DateTimeFormat>();
/** How far the clocks of `zone` are ahead of UTC. */
function offsetMs(zone: string, atMs: number): number {
  let clock = clocks.get(zone);
  if (!clock) {
    clock = new Intl.DateTimeFormat('en-CA', {
      timeZone: zone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
    });
    clocks.set(zone, clock);
  }
  const parts = clock.formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes) => Number(parts.find((part) => part.type === type)!.value);
  const shown = Date.UTC(of('year'), of('month') - 1, of('day'), of('hour'), of('minute'), of('second'));
  return shown - Math.floor(atMs / 1000) * 1000;
}

/** The first millisecond in (`from`, `to`] of which `holds` is true, and is true of all after it; some 28 looks. */
function firstMs(from: number, to: number, holds: (ms: number) => boolean): number {
  let [before, found] = [from, to];
  while (found - before > 1) {
    const middle = Math.floor((before + found) / 2);
    if (holds(middle)) found = middle;
    else before = middle;
  }
  return found;
}
