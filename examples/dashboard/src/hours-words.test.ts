import { expect, test } from 'vitest';
import { clockText, daysText, nextText, sessionsText } from './hours-words.ts';

const london = { timeZone: 'Europe/London' };

test.each([
  [['mon', 'tue', 'wed', 'thu', 'fri'], 'Mon–Fri'],
  [['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'], 'every day'],
  [['mon', 'wed', 'fri'], 'Mon, Wed, Fri'],
  [['sat', 'sun'], 'Sat, Sun'],
] as const)('the days %j are %s', (days, text) => expect(daysText(days)).toBe(text));

test('sessions are named by the clocks of the market', () => {
  const hours = {
    ...london,
    days: ['mon' as const],
    isOpen: true,
    nextOpenAt: new Date(0),
    nextCloseAt: new Date(0),
  };
  const sessions = [
    { opens: '08:00', closes: '16:30' },
    { opens: '17:15', closes: '21:00' },
  ];
  expect(sessionsText({ ...hours, sessions })).toBe('08:00–16:30 and 17:15–21:00, Mon, in London');
  expect(sessionsText({ ...hours, sessions: [{ opens: '22:00', closes: '22:00' }] })).toBe(
    'from 22:00, all day, Mon, in London',
  );
});

// Friday; New York is four hours behind London in the week between their clock changes.
const now = new Date('2026-03-27T16:00:00Z');
test.each([
  ['2026-03-27T20:00:00Z', 'Europe/London', '20:00'],
  ['2026-03-27T20:00:00Z', 'America/New_York', '16:00'],
  ['2026-03-29T21:00:00Z', 'Europe/London', 'Sun 22:00'], // after its clocks went forward
  ['2026-03-29T21:00:00Z', 'Australia/Sydney', 'Mon 08:00'],
  ['2026-04-07T07:00:00Z', 'Europe/London', '7 Apr 08:00'],
])('%s is in %s %s', (at, zone, text) => expect(clockText(new Date(at), now, zone)).toBe(text));

test('what comes next is said by both clocks where they differ', () => {
  const close = new Date('2026-03-27T20:00:00Z');
  const open = new Date('2026-03-30T13:30:00Z');
  const hours = { timeZone: 'America/New_York', nextCloseAt: close, nextOpenAt: open };
  expect(nextText(hours, now, 'Europe/London')).toBe('Open: closes 20:00 (in 4 h), 16:00 in New York');
  expect(nextText(hours, now, 'America/New_York')).toBe('Open: closes 16:00 (in 4 h)');
  // The close has passed since it was read.
  expect(nextText(hours, new Date('2026-03-27T21:00:00Z'), 'Europe/London')).toBe(
    'Closed: opens Mon 14:30 (in 2 d), Mon 09:30 in New York',
  );
  expect(nextText(hours, new Date('2026-03-30T14:00:00Z'), 'Europe/London')).toBe(null);
});
