// Wall clocks of IANA zones as instants, and back, by the time zone data of Intl. Pure; no trading word lives here.

const dayMs = 86_400_000;
const minuteMs = 60_000;

const formats = new Map<string, Intl.DateTimeFormat>();
function formatOf(zone: string): Intl.DateTimeFormat {
  const format =
    formats.get(zone) ?? new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  formats.set(zone, format);
  return format;
}

/** Milliseconds that the clocks of `zone` are ahead of UTC at `atMs`. Throws RangeError for a zone that Intl does not know. */
export function zoneOffsetMs(zone: string, atMs: number): number {
  const name = formatOf(zone)
    .formatToParts(atMs)
    .find(({ type }) => type === 'timeZoneName')!.value; // GMT or GMT-05:00
  const [, sign, hours = 0, minutes = 0] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * minuteMs;
}

/** The calendar day that `zone` has at `atMs`, as the number of days since 1970-01-01. */
export const localDayNumber = (zone: string, atMs: number): number =>
  Math.floor((atMs + zoneOffsetMs(zone, atMs)) / dayMs);

/** The day of the week of a day number: 0 is Sunday. */
export const weekdayOf = (dayNumber: number): number => (((dayNumber + 4) % 7) + 7) % 7;

/**
 * The instant, in UTC ms, at which the clocks of `zone` show `minute` (0 to 1440) of the day `dayNumber`. Where they show it twice, the
 * first; where they leave it out, as much later as they are moved on (02:30 becomes 03:30). Needs no other change of the clocks within
 * a day.
 */
export function instantOfLocal(zone: string, dayNumber: number, minute: number): number {
  const wallMs = dayNumber * dayMs + minute * minuteMs;
  const before = zoneOffsetMs(zone, wallMs - dayMs);
  const after = zoneOffsetMs(zone, wallMs + dayMs);
  const shown = [before, after].map((offset) => wallMs - offset);
  const real = shown.filter((ms) => ms + zoneOffsetMs(zone, ms) === wallMs);
  return real.length > 0 ? Math.min(...real) : wallMs - before;
}
