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
/** The date that a calendar on the wall shows in `zone`, as text that sorts. */
function dateIn(zone: string, atMs: number): string {
  const parts = formatOf(zone).formatToParts(atMs);
  const of = (type: Intl.DateTimeFormatPartTypes) => parts.find((part) => part.type === type)!.value;
  return `${of('year').padStart(4, '0')}-${of('month')}-${of('day')}`;
}

/** The day of `zone` that holds `at`. Throws RangeError for a zone that Intl does not know. */
export function dayIn(zone: string, at: Date): LocalDay {
  const on = dateIn(zone, at.getTime());
  const begins = firstMs(at.getTime() - longestDayMs, at.getTime(), (ms) => dateIn(zone, ms) >= on);
  const ends = firstMs(at.getTime(), at.getTime() + longestDayMs, (ms) => dateIn(zone, ms) > on);
  return { on, startsAt: new Date(begins), endsAt: new Date(ends) };
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
