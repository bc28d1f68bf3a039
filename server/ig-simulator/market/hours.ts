// When markets are open and what time it is where they trade: a weekly table per kind of session. No prices, no holidays.

/** The grid of opening hours and spread bands. */
export const halfHourMs = 30 * 60_000;
const dayMs = 86_400_000;
const dayMinutes = 24 * 60;

const at = (day: number, hour: number, minute = 0) => (day * 24 + hour) * 60 + minute;
type Span = [from: number, to: number];
const weekdays = (from: [hour: number, minute?: number], to: [hour: number, minute?: number]): Span[] =>
  [1, 2, 3, 4, 5].map((day) => [at(day, ...from), at(day, ...to)]);

/** Where the week is counted, and the open spans in minutes of it, Sunday 00:00 = 0 (reference: IG instrument pages; Japan 225 and the option are plausible). */
const sessions = {
  fx: { timeZone: 'Europe/London', open: [[at(0, 21), at(5, 22)]] },
  /** 24/5 with a break of an hour each night. */
  allWeek: { timeZone: 'Europe/London', open: [0, 1, 2, 3, 4].map((day) => [at(day, 23), at(day + 1, 22)]) },
  japan: { timeZone: 'Asia/Tokyo', open: [1, 2, 3, 4, 5].map((day) => [at(day, 8), at(day + 1, 7)]) },
  brent: { timeZone: 'Europe/London', open: weekdays([1], [23]) },
  carbon: { timeZone: 'Europe/London', open: weekdays([7], [17]) },
  crypto: {
    timeZone: 'Europe/London',
    open: [
      [at(0, 0), at(5, 22)],
      [at(6, 8), at(7, 0)],
    ],
  },
  usShare: { timeZone: 'America/New_York', open: weekdays([9, 30], [16]) },
  usShareAllSessions: { timeZone: 'America/New_York', open: weekdays([4], [20]) },
  ukShare: { timeZone: 'Europe/London', open: weekdays([8], [16, 30]) },
  euShare: { timeZone: 'Europe/Paris', open: weekdays([9], [17, 30]) },
  daxOption: { timeZone: 'Europe/Berlin', open: weekdays([9], [17, 30]) },
} as const satisfies Record<string, { timeZone: string; open: readonly (readonly [number, number])[] }>;
export type Zone = keyof typeof sessions;
export const zones = Object.keys(sessions) as Zone[];

const formats = new Map<string, Intl.DateTimeFormat>();
/** Milliseconds that `timeZone` is ahead of UTC, from the time zone data of Intl (about 2 µs). */
function offsetAt(timeZone: string, atMs: number): number {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' });
  formats.set(timeZone, format);
  const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')!.value; // GMT or GMT-05:00
  const [, sign, hours = 0, minutes = 0] = /GMT([+-])(\d\d):(\d\d)/.exec(name) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
}
/** Days remembered per time zone before they are looked up anew. */
const maxKnownDays = 10_000;
/** Cache of `offsetAt`: a UTC day that begins and ends with one offset has it throughout. */
const knownDays = new Map<string, Map<number, number | undefined>>();
function offsetMs(timeZone: string, atMs: number): number {
  const days = knownDays.get(timeZone) ?? new Map<number, number | undefined>();
  knownDays.set(timeZone, days);
  const day = Math.floor(atMs / dayMs);
  if (!days.has(day)) {
    if (days.size >= maxKnownDays) days.clear();
    const [first, last] = [offsetAt(timeZone, day * dayMs), offsetAt(timeZone, (day + 1) * dayMs)];
    days.set(day, first === last ? first : undefined);
  }
  return days.get(day) ?? offsetAt(timeZone, atMs);
}

/** Milliseconds that London is ahead of UTC: the trading day ends by its clock. */
export const londonOffsetMs = (atMs: number) => offsetMs('Europe/London', atMs);

/** The minute of the week (Sunday 00:00 = 0) and the hour of the day where `zone` trades. */
export function localTime(zone: Zone, atMs: number): { weekMinute: number; hour: number } {
  const local = new Date(atMs + offsetMs(sessions[zone].timeZone, atMs));
  return {
    weekMinute: at(local.getUTCDay(), local.getUTCHours(), local.getUTCMinutes()),
    hour: local.getUTCHours(),
  };
}

/** Whether a market of `zone` is open at `weekMinute`. */
export const isOpen = (zone: Zone, weekMinute: number) =>
  sessions[zone].open.some(([from, to]) => weekMinute >= from && weekMinute < to);

/** Daily opening and closing (HH:mm, UTC, which is the accounts' zone here) around `atMs`, as `openingHours` names them; null for markets open around the clock. */
export function dailyHours(zone: Zone, atMs: number): { openTime: string; closeTime: string } | null {
  const {
    timeZone,
    open: [[from, to]],
  } = sessions[zone] as { timeZone: string; open: [Span] };
  if (to - from >= dayMinutes - 60) return null;
  const text = (minute: number) =>
    new Date(minute * 60_000 - offsetMs(timeZone, atMs)).toISOString().slice(11, 16);
  return { openTime: text(from), closeTime: text(to) };
}
