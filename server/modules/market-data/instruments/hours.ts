// When a market is open, and when it next opens and closes: pure, by the clocks of the market's own zone, over their changes.
import type { MarketHours, MarketSchedule, MarketSession } from '../../../../shared/instruments.ts';
import { instantOfLocal, localDayNumber, weekdayOf } from '../../../lib/time-zones.ts';

/** The broker names no days: markets that shut at all deal from Monday to Friday. */
const tradingDays = { mon: 1, tue: 2, wed: 3, thu: 4, fri: 5 } as const;
const isTradingDay = (dayNumber: number) => Object.values<number>(tradingDays).includes(weekdayOf(dayNumber));

/** From the day before, whose session may go on past midnight, to the opening that follows five days in one. */
const days = { back: 1, ahead: 8 };
const dayMinutes = 24 * 60;

interface Span {
  opensMs: number;
  closesMs: number;
}

/**
 * The schedule with what it comes to at `at`: open from the instant of an opening on, shut from that of a closing on. An opening that
 * the clocks leave out is that much later, one that they show twice the first. Sessions that touch are one. Null where no session has
 * any length.
 */
export function hoursAt(schedule: MarketSchedule, at: Date): MarketHours | null {
  const nowMs = at.getTime();
  const spans = spansAround(schedule, nowMs);
  const running = spans.find(({ opensMs, closesMs }) => opensMs <= nowMs && nowMs < closesMs);
  const next = spans.find(({ opensMs }) => opensMs > nowMs);
  if (!next) return null;
  return {
    timeZone: schedule.timeZone,
    sessions: schedule.sessions,
    days: Object.keys(tradingDays) as (keyof typeof tradingDays)[],
    isOpen: running !== undefined,
    nextOpenAt: new Date(next.opensMs),
    nextCloseAt: new Date((running ?? next).closesMs),
  };
}

/** Until when what was computed stays true. */
export const changesAtMs = ({ nextOpenAt, nextCloseAt }: MarketHours): number =>
  Math.min(nextOpenAt.getTime(), nextCloseAt.getTime());

/** Oldest first, none touching another. */
function spansAround({ timeZone, sessions }: MarketSchedule, nowMs: number): Span[] {
  const today = localDayNumber(timeZone, nowMs);
  const all: Span[] = [];
  for (let day = today - days.back; day <= today + days.ahead; day++)
    if (isTradingDay(day)) all.push(...sessions.map((session) => spanOf(timeZone, day, session)));
  all.sort((a, b) => a.opensMs - b.opensMs);
  const merged: Span[] = [];
  for (const span of all) {
    const last = merged.at(-1);
    if (span.closesMs <= span.opensMs) continue; // it lay in an hour that the clocks leave out
    if (last && span.opensMs <= last.closesMs) last.closesMs = Math.max(last.closesMs, span.closesMs);
    else merged.push({ ...span });
  }
  return merged;
}

/** The session of the trading day `day`; one over midnight has its larger part there. */
function spanOf(timeZone: string, day: number, { opens, closes }: MarketSession): Span {
  const [from, to] = [minuteOf(opens), minuteOf(closes)];
  const isOverMidnight = to <= from;
  const opensOn = isOverMidnight && to > dayMinutes - from ? day - 1 : day;
  const closesOn = isOverMidnight ? opensOn + 1 : opensOn;
  return {
    opensMs: instantOfLocal(timeZone, opensOn, from),
    closesMs: instantOfLocal(timeZone, closesOn, to),
  };
}

function minuteOf(text: string): number {
  const [hours, minutes] = text.split(':');
  return Number(hours) * 60 + Number(minutes);
}
