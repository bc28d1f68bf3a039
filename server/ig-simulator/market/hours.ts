// When markets are open and what time it is in London: a weekly table per zone. No prices, no holidays.

export type Zone = 'fx' | 'allWeek' | 'brent' | 'crypto' | 'usShare';

/** The grid of opening hours and spread bands. */
export const halfHourMs = 30 * 60_000;
const dayMs = 86_400_000;

const at = (day: number, hour: number, minute = 0) => (day * 24 + hour) * 60 + minute;
const weekdays = [1, 2, 3, 4, 5];

/** Open spans in minutes of the London week, Sunday 00:00 = 0 (reference: IG instrument pages). */
const open: Record<Zone, [from: number, to: number][]> = {
  fx: [[at(0, 21), at(5, 22)]],
  allWeek: [0, 1, 2, 3, 4].map((day) => [at(day, 23), at(day + 1, 22)]),
  brent: weekdays.map((day) => [at(day, 1), at(day, 23)]),
  crypto: [[at(0, 0), at(5, 22)], [at(6, 8), at(7, 0)]],
  usShare: weekdays.map((day) => [at(day, 14, 30), at(day, 21)]),
};

/** Milliseconds that London is ahead of UTC: summer time from the last Sunday of March to that of October, 01:00 UTC. */
export function londonOffsetMs(atMs: number): number {
  const year = new Date(atMs).getUTCFullYear();
  const lastSunday = (month: number) => {
    const end = Date.UTC(year, month + 1, 0, 1);
    return end - new Date(end).getUTCDay() * dayMs;
  };
  return atMs >= lastSunday(2) && atMs < lastSunday(9) ? 3_600_000 : 0;
}

/** The minute of the London week (Sunday 00:00 = 0) and the London hour of the day. */
export function londonTime(atMs: number): { weekMinute: number; hour: number } {
  const local = new Date(atMs + londonOffsetMs(atMs));
  return { weekMinute: at(local.getUTCDay(), local.getUTCHours(), local.getUTCMinutes()), hour: local.getUTCHours() };
}

/** Whether a market of `zone` is open at `weekMinute`. */
export const isOpen = (zone: Zone, weekMinute: number) => open[zone].some(([from, to]) => weekMinute >= from && weekMinute < to);

/** Daily opening and closing (HH:mm, UTC, which is the accounts' zone here) around `atMs`, as `openingHours` names them; null for markets open around the clock. */
export function dailyHours(zone: Zone, atMs: number): { openTime: string; closeTime: string } | null {
  const [from, to] = open[zone][0]!;
  if (to - from >= 23 * 60) return null;
  const text = (minute: number) => new Date(minute * 60_000 - londonOffsetMs(atMs)).toISOString().slice(11, 16);
  return { openTime: text(from), closeTime: text(to) };
}
