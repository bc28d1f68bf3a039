// When candles of a resolution begin and end: whole lengths from midnight UTC, and days, weeks and months of a zone. Pure.
import type { Resolution } from '../../../../shared/candles.ts';
import { localDate, startOfDate, type CalendarDate } from '../../../lib/local-days.ts';
import type { Span } from '../ports.ts';

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const lengths: Record<Exclude<Resolution, 'DAY' | 'WEEK' | 'MONTH'>, number> = {
  SECOND: second,
  MINUTE: minute,
  MINUTE_2: 2 * minute,
  MINUTE_3: 3 * minute,
  MINUTE_5: 5 * minute,
  MINUTE_10: 10 * minute,
  MINUTE_15: 15 * minute,
  MINUTE_30: 30 * minute,
  HOUR: hour,
  HOUR_2: 2 * hour,
  HOUR_3: 3 * hour,
  HOUR_4: 4 * hour,
};
/** Whether it depends on a zone when such candles begin. */
export const isCalendar = (resolution: Resolution): resolution is 'DAY' | 'WEEK' | 'MONTH' =>
  resolution === 'DAY' || resolution === 'WEEK' || resolution === 'MONTH';

/** The date on which the day, week or month begins that holds `date`, and `count` of them later. */
function begins(resolution: 'DAY' | 'WEEK' | 'MONTH', date: CalendarDate, count: number): CalendarDate {
  if (resolution === 'MONTH') return { year: date.year, month: date.month + count, day: 1 };
  if (resolution === 'DAY') return { ...date, day: date.day + count };
  const weekday = new Date(Date.UTC(date.year, date.month - 1, date.day)).getUTCDay();
  const sinceMonday = (weekday + 6) % 7;
  return { ...date, day: date.day - sinceMonday + 7 * count };
}

/** The candle that holds an instant. Throws RangeError for a zone that Intl does not know. */
export function spanAt(resolution: Resolution, zone: string, atMs: number): Span {
  if (!isCalendar(resolution)) {
    const length = lengths[resolution];
    const startMs = Math.floor(atMs / length) * length;
    return { startMs, endMs: startMs + length };
  }
  const date = localDate(zone, atMs);
  return {
    startMs: startOfDate(zone, begins(resolution, date, 0)),
    endMs: startOfDate(zone, begins(resolution, date, 1)),
  };
}

/** The candles that start within [`fromMs`, `toMs`), the oldest first, `count` at most. */
export function spansFrom(
  resolution: Resolution,
  zone: string,
  range: { fromMs: number; toMs: number; count: number },
): Span[] {
  const spans: Span[] = [];
  let span = spanAt(resolution, zone, range.fromMs);
  if (span.startMs < range.fromMs) span = spanAt(resolution, zone, span.endMs);
  while (spans.length < range.count && span.startMs < range.toMs) {
    spans.push(span);
    span = spanAt(resolution, zone, span.endMs);
  }
  return spans;
}

/** When the candle starts that is `count` lengths before `toMs`, the one that holds the instant before `toMs` being the first. */
export function startBefore(resolution: Resolution, zone: string, toMs: number, count: number): number {
  const { startMs } = spanAt(resolution, zone, toMs - 1);
  if (!isCalendar(resolution)) return startMs - (count - 1) * lengths[resolution];
  return startOfDate(zone, begins(resolution, localDate(zone, startMs), 1 - count));
}
