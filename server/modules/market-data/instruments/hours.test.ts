import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MarketHours, type MarketSchedule } from '../../../../shared/instruments.ts';
import { zoneOffsetMs } from '../../../lib/time-zones.ts';
import { hoursAt } from './hours.ts';

const schedule = (timeZone: string, ...sessions: string[]): MarketSchedule => ({
  timeZone,
  sessions: sessions.map((text) => {
    const [opens, closes] = text.split('-') as [string, string];
    return { opens, closes };
  }),
});
const shares = schedule('America/New_York', '09:30-16:00');
const london = schedule('Europe/London', '08:00-16:30');
const sydney = schedule('Australia/Sydney', '10:00-16:00');

/** `open until …, next …` or `shut until …, closes …`, in UTC to the minute. */
function told(of: MarketSchedule, at: string): string {
  const hours = MarketHours.parse(hoursAt(of, new Date(at)));
  const [opens, closes] = [hours.nextOpenAt, hours.nextCloseAt].map((when) =>
    when.toISOString().slice(5, 16),
  );
  return hours.isOpen ? `open until ${closes}, then from ${opens}` : `shut until ${opens}, closes ${closes}`;
}

describe('over a change of the clocks the hours are those of the market', () => {
  test.each<[string, MarketSchedule, string, string]>([
    // New York, three weeks before London in spring.
    ['Friday before, New York', shares, '2026-03-06T20:00Z', 'open until 03-06T21:00, then from 03-09T13:30'],
    ['Monday after, New York', shares, '2026-03-09T13:29Z', 'shut until 03-09T13:30, closes 03-09T20:00'],
    [
      'Friday before, in autumn',
      shares,
      '2026-10-30T19:00Z',
      'open until 10-30T20:00, then from 11-02T14:30',
    ],
    ['Friday before, London', london, '2026-03-27T12:00Z', 'open until 03-27T16:30, then from 03-30T07:00'],
    [
      'Friday before, in autumn',
      london,
      '2026-10-23T15:29Z',
      'open until 10-23T15:30, then from 10-26T08:00',
    ],
    ['Friday before, Sydney', sydney, '2026-04-02T23:30Z', 'open until 04-03T05:00, then from 04-06T00:00'],
    [
      'Friday before, in spring',
      sydney,
      '2026-10-02T03:00Z',
      'open until 10-02T06:00, then from 10-04T23:00',
    ],
  ])('%s', (_what, of, at, expected) => {
    expect(told(of, at)).toBe(expected);
  });
  // Cairo changes its clocks in the night before a Friday, and back in that after a Thursday.
  test('an opening in the hour that is left out is that much later, and one that lies in it whole is none', () => {
    const cairo = schedule('Africa/Cairo', '00:30-02:00');
    expect(told(cairo, '2026-04-23T12:00Z')).toBe('shut until 04-23T22:30, closes 04-23T23:00');
    expect(told(schedule('Africa/Cairo', '00:30-01:10', '09:00-10:00'), '2026-04-23T12:00Z')).toBe(
      'shut until 04-24T06:00, closes 04-24T07:00',
    );
  });
  test('of an hour that is shown twice the first counts, for opening and closing', () => {
    const late = schedule('Africa/Cairo', '20:00-23:30');
    expect(told(late, '2026-10-29T18:00Z')).toBe('open until 10-29T20:30, then from 10-30T18:00');
    expect(told(late, '2026-10-29T21:00Z')).toBe('shut until 10-30T18:00, closes 10-30T21:30');
  });
});

describe('a session over midnight', () => {
  const week = schedule('Europe/London', '23:00-22:00');
  test.each<[string, MarketSchedule, string, string]>([
    ['opens on Sunday, for Monday', week, '2026-01-04T22:59Z', 'shut until 01-04T23:00, closes 01-05T22:00'],
    ['goes on past midnight', week, '2026-01-06T00:30Z', 'open until 01-06T22:00, then from 01-06T23:00'],
    ['has no Saturday', week, '2026-01-09T22:00Z', 'shut until 01-11T23:00, closes 01-12T22:00'],
    [
      'belongs to the day with its larger part',
      schedule('Asia/Tokyo', '08:00-07:00'),
      '2026-01-09T21:00Z', // Saturday 06:00 there
      'open until 01-09T22:00, then from 01-11T23:00',
    ],
    [
      'of 24 hours makes one of the week',
      schedule('America/New_York', '17:00-17:00'),
      '2026-01-07T12:00Z',
      'open until 01-09T22:00, then from 01-11T22:00',
    ],
    [
      'of 24 hours, over a change of the clocks',
      schedule('America/New_York', '17:00-17:00'),
      '2026-03-06T12:00Z',
      'open until 03-06T22:00, then from 03-08T21:00',
    ],
  ])('%s', (_what, of, at, expected) => {
    expect(told(of, at)).toBe(expected);
  });
});

test('sessions that touch are one, and each boundary belongs to what begins there', () => {
  const day = schedule('Europe/London', '12:30-17:00', '08:00-12:00', '12:00-12:30');
  expect(told(day, '2026-01-05T08:00Z')).toBe('open until 01-05T17:00, then from 01-06T08:00');
  expect(told(day, '2026-01-05T17:00Z')).toBe('shut until 01-06T08:00, closes 01-06T17:00');
});

const minuteMs = 60_000;
const step = 15 * minuteMs;
const minuteOf = (text: string) => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/** Whether the clocks on the wall lie within a session of a trading day, minute by minute and without any instant of it. */
function isOpenOnTheWall({ timeZone, sessions }: MarketSchedule, ms: number): boolean {
  const wall = new Date(ms + zoneOffsetMs(timeZone, ms));
  const minute = wall.getUTCHours() * 60 + wall.getUTCMinutes();
  const trades = (offset: number) => [1, 2, 3, 4, 5].includes((wall.getUTCDay() + offset + 7) % 7);
  return sessions.some(({ opens, closes }) => {
    const [from, to] = [minuteOf(opens), minuteOf(closes)];
    if (to > from) return minute >= from && minute < to && trades(0);
    const isOfItsClosing = to > 24 * 60 - from;
    if (minute >= from) return trades(isOfItsClosing ? 1 : 0);
    return minute < to && trades(isOfItsClosing ? 0 : -1);
  });
}

test('around every change of the clocks in London, New York and Sydney a look at the clocks says the same, at each quarter of an hour', () => {
  const time = fc
    .integer({ min: 0, max: 95 })
    .map((n) => `${String(Math.floor(n / 4)).padStart(2, '0')}:${String((n % 4) * 15).padStart(2, '0')}`);
  const changes: Record<string, string[]> = {
    'Europe/London': ['2026-03-29', '2026-10-25', '2027-03-28', '2027-10-31'],
    'America/New_York': ['2026-03-08', '2026-11-01', '2027-03-14', '2027-11-07'],
    'Australia/Sydney': ['2026-04-05', '2026-10-04', '2027-04-04', '2027-10-03'],
  };
  const near = fc.constantFrom(...Object.keys(changes)).chain((timeZone) =>
    fc.record({
      timeZone: fc.constant(timeZone),
      sessions: fc.array(fc.record({ opens: time, closes: time }), { minLength: 1, maxLength: 3 }),
      change: fc.constantFrom(...changes[timeZone]!),
      quarters: fc.integer({ min: -4 * 96, max: 4 * 96 }),
    }),
  );
  fc.assert(
    fc.property(near, ({ timeZone, sessions, change, quarters }) => {
      const of = { timeZone, sessions };
      const at = Date.parse(change) + quarters * step;
      const hours = hoursAt(of, new Date(at))!;
      const next = (open: boolean) => {
        for (let ms = at + step; ; ms += step)
          if (isOpenOnTheWall(of, ms) === open && isOpenOnTheWall(of, ms - step) !== open)
            return new Date(ms);
      };
      expect(hours).toMatchObject({
        isOpen: isOpenOnTheWall(of, at),
        nextOpenAt: next(true),
        nextCloseAt: next(false),
      });
    }),
    { numRuns: 200 },
  );
});

test('what is told stays true until the next change, and is another one then', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(shares, london, sydney, schedule('Europe/London', '23:00-22:00')),
      fc.integer({ min: Date.parse('2026-01-01') / step, max: Date.parse('2027-01-01') / step }),
      (of, quarter) => {
        const now = hoursAt(of, new Date(quarter * step))!;
        const change = Math.min(now.nextOpenAt.getTime(), now.nextCloseAt.getTime());
        expect(hoursAt(of, new Date(change - 1))).toEqual(now);
        expect(hoursAt(of, new Date(change))!.isOpen).toBe(!now.isOpen);
      },
    ),
  );
});
