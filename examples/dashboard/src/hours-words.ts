// When a market deals, in words: by the clocks of whoever looks and by its own. Pure.
import type { MarketHours, MarketSession } from '../../../client/index.ts';
import { duration } from './format.ts';

type Day = MarketHours['days'][number];
const week: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const dayMs = 86_400_000;

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
/** `America/New_York` → `New York`. */
export const zoneName = (timeZone: string): string => timeZone.split('/').at(-1)!.replaceAll('_', ' ');

/** `mon … fri` → `Mon–Fri`; days that do not follow each other are named one by one. */
export function daysText(days: readonly Day[]): string {
  const places = week.flatMap((day, place) => (days.includes(day) ? [place] : []));
  const [first = 0, last = 0] = [places[0], places.at(-1)];
  if (places.length === 7) return 'every day';
  const isRun = places.length > 2 && last - first === places.length - 1;
  return isRun
    ? `${capital(week[first]!)}–${capital(week[last]!)}`
    : places.map((place) => capital(week[place]!)).join(', ');
}

const sessionText = ({ opens, closes }: MarketSession) =>
  opens === closes ? `from ${opens}, all day` : `${opens}–${closes}`;

/** `08:00–16:30 and 17:15–21:00, Mon–Fri, in London`. */
export const sessionsText = ({ sessions, days, timeZone }: MarketHours): string =>
  `${sessions.map(sessionText).join(' and ')}, ${daysText(days)}, in ${zoneName(timeZone)}`;

/** Clock time in a zone; with its day where that is another one than `now` has there, and with the date from a week on. */
export function clockText(at: Date, now: Date, timeZone: string): string {
  const on = (date: Date, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat('en-GB', { timeZone, ...options }).format(date);
  const time = on(at, { hour: '2-digit', minute: '2-digit', hour12: false });
  const date = { day: 'numeric', month: 'short' } as const;
  if (on(at, date) === on(now, date)) return time;
  const isFar = at.getTime() - now.getTime() >= 6 * dayMs;
  return `${on(at, isFar ? date : { weekday: 'short' })} ${time}`;
}

/**
 * What comes next by the hours, as `Open: closes 22:00 (in 3 h), 17:00 in New York`; the second clock only where it shows another
 * time. Null where both instants have passed: they are to be read again.
 */
export function nextText(
  { nextOpenAt, nextCloseAt, timeZone }: Pick<MarketHours, 'nextOpenAt' | 'nextCloseAt' | 'timeZone'>,
  now: Date,
  ownZone: string,
): string | null {
  const left = [nextOpenAt, nextCloseAt].filter((at) => at > now).sort((a, b) => a.getTime() - b.getTime());
  const [at] = left;
  if (!at) return null;
  const own = clockText(at, now, ownZone);
  const there = clockText(at, now, timeZone);
  return `${at === nextCloseAt ? 'Open: closes' : 'Closed: opens'} ${own} (in ${duration(at.getTime() - now.getTime())})${
    own === there ? '' : `, ${there} in ${zoneName(timeZone)}`
  }`;
}
