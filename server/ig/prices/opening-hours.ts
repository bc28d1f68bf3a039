// IG's openingHours as the market's own: IG writes them on the clocks of whoever is logged in, as they stand on the day of the answer.
import type { MarketSchedule } from '../../../shared/instruments.ts';
import { zoneOffsetMs } from '../../lib/time-zones.ts';
import type { MarketDetails } from './schemas.ts';

/** Where the exchange of a country has its clocks. */
const zones: Readonly<Record<string, string>> = {
  AT: 'Europe/Vienna',
  AU: 'Australia/Sydney',
  BE: 'Europe/Brussels',
  CA: 'America/Toronto',
  CH: 'Europe/Zurich',
  DE: 'Europe/Berlin',
  DK: 'Europe/Copenhagen',
  ES: 'Europe/Madrid',
  FI: 'Europe/Helsinki',
  FR: 'Europe/Paris',
  GB: 'Europe/London',
  HK: 'Asia/Hong_Kong',
  IE: 'Europe/Dublin',
  IT: 'Europe/Rome',
  JP: 'Asia/Tokyo',
  NL: 'Europe/Amsterdam',
  NO: 'Europe/Oslo',
  NZ: 'Pacific/Auckland',
  PT: 'Europe/Lisbon',
  SE: 'Europe/Stockholm',
  SG: 'Asia/Singapore',
  US: 'America/New_York',
  ZA: 'Africa/Johannesburg',
};
/** Of what has no exchange of its own: IG's pages give its hours there. */
const igZone = 'Europe/London';
const dayMinutes = 24 * 60;
const minuteMs = 60_000;

/**
 * The hours that IG told at `readAt` to a login whose clocks were `offsetMinutes` ahead of UTC, on the clocks of the market: those stay
 * when its clocks are changed. Null where IG tells none, or one that is no time of day.
 */
export function toSchedule(
  { openingHours, country }: Pick<MarketDetails['instrument'], 'openingHours' | 'country'>,
  { offsetMinutes, readAt }: { offsetMinutes: number; readAt: Date },
): MarketSchedule | null {
  const told = openingHours?.marketTimes ?? [];
  const timeZone = zones[country ?? ''] ?? igZone;
  const aheadMinutes = Math.round(zoneOffsetMs(timeZone, readAt.getTime()) / minuteMs) - offsetMinutes;
  const sessions = told.map(({ openTime, closeTime }) => ({
    opens: moved(openTime, aheadMinutes),
    closes: moved(closeTime, aheadMinutes),
  }));
  const isWhole = (session: (typeof sessions)[number]): session is { opens: string; closes: string } =>
    session.opens !== null && session.closes !== null;
  return sessions.length > 0 && sessions.every(isWhole) ? { timeZone, sessions } : null;
}

/** A time of day so many minutes later; null for text that is none. `24:00` is midnight. */
function moved(text: string | null | undefined, minutes: number): string | null {
  const [, hours, minute] = /^(\d{1,2}):(\d{2})(?::\d{2})?$/.exec(text?.trim() ?? '') ?? [];
  const at = Number(hours) * 60 + Number(minute);
  if (hours === undefined || Number(minute) > 59 || at > dayMinutes) return null;
  const then = (((at + minutes) % dayMinutes) + dayMinutes) % dayMinutes;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(then / 60))}:${two(then % 60)}`;
}
