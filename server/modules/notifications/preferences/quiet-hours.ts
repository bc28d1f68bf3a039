// Whether an instant lies in somebody's quiet hours, and when those end: by the clocks of their own zone, over midnight and over changes of the clocks. Pure.
import type { QuietHours } from '../../../../shared/notification-preferences.ts';
import { instantOfLocal, localDayNumber, zoneOffsetMs } from '../../../lib/time-zones.ts';

const minuteOf = (time: string): number => {
  const [hours, minutes] = time.split(':').map(Number);
  return hours! * 60 + minutes!;
};

/**
 * When the quiet hours that hold `at` end; null: it lies in none. A time that the clocks leave out is as much later as they are moved
 * on; of one that they show twice the first begins them and the second ends them.
 */
export function quietUntil({ from, to, timeZone }: QuietHours, at: Date): Date | null {
  const [begins, ends] = [minuteOf(from), minuteOf(to)];
  const today = localDayNumber(timeZone, at.getTime());
  // Those that began yesterday may still hold, and clocks that are moved may make yesterday of today.
  for (const day of [today - 1, today, today + 1]) {
    const beginsMs = instantOfLocal(timeZone, day, begins);
    const endsMs = lastInstantOfLocal(timeZone, ends > begins ? day : day + 1, ends);
    if (beginsMs <= at.getTime() && at.getTime() < endsMs) return new Date(endsMs);
  }
  return null;
}

/** By how much clocks are set back: an hour, on Lord Howe Island half of one, at Troll in Antarctica two. */
const changesMs = [3_600_000, 1_800_000, 7_200_000];
/** As `instantOfLocal`; of a time that the clocks show twice the second. */
function lastInstantOfLocal(timeZone: string, day: number, minute: number): number {
  const first = instantOfLocal(timeZone, day, minute);
  const shown = (ms: number) => ms + zoneOffsetMs(timeZone, ms);
  return changesMs.map((ms) => first + ms).find((ms) => shown(ms) === shown(first)) ?? first;
}
