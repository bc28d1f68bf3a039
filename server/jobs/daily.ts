// Slots by a zone's own clock. Not cron lines: read backwards, as pg-boss reads them, these lack a time that is skipped and have one that comes again twice.

export interface DailySlot {
  /** `02:30`. Where the zone's clock skips it, as many hours later as it takes; where it comes twice, the first time. */
  at: string;
  /** IANA name. */
  zone: string;
}

/** Clocks are changed by two hours at most (Antarctica/Troll). */
const mostSkippedHours = 2;

/**
 * A recurrence rule (RFC 5545) with one slot on each local day. Times that do not exist are no part of the day's set, so that the
 * first of `at` and the hours behind it is taken.
 */
export function dailyRule({ at }: DailySlot): string {
  const [hour, minute] = at.split(':').map(Number) as [number, number];
  const hours = Array.from({ length: mostSkippedHours + 1 }, (_, n) => hour + n).filter((each) => each < 24);
  return `FREQ=DAILY;BYHOUR=${hours.join(',')};BYMINUTE=${minute};BYSECOND=0;BYSETPOS=1`;
}
