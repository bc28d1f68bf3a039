// What a person of a demo world deals in, and when: trades of the days before, and of today. Pure.
import { draw, pickOf } from './draw.ts';

export interface Trade {
  n: number;
  /** What it is found by again: at the broker, and among the deals here. */
  key: string;
  epic: string;
  direction: 'BUY' | 'SELL';
  size: string;
  stopPoints?: string;
  limitPoints?: string;
  /** When it was dealt; null: today, by whoever seeds. */
  past: { openedAt: Date; closedAt: Date } | null;
  /** Closed again, or left open. */
  closes: boolean;
}

/** Sizes that an account of 10,000 pounds bears, stops and limits that are out of reach of a quiet hour. */
const markets = [
  { epic: 'CS.D.EURUSD.MINI.IP', sizes: ['1', '2', '3'], stop: '35', limit: '50' },
  { epic: 'IX.D.FTSE.IFE.IP', sizes: ['0.5', '1', '2'], stop: '60', limit: '80' },
  { epic: 'IX.D.DAX.IFMM.IP', sizes: ['0.5', '1'], stop: '140', limit: '180' },
  { epic: 'IX.D.SPTRD.IFMM.IP', sizes: ['1', '2', '3'], stop: '40', limit: '55' },
  { epic: 'CS.D.CFDGOLD.BMU.IP', sizes: ['1', '2', '4'], stop: '35', limit: '45' },
  { epic: 'CC.D.LCO.UME.IP', sizes: ['0.5', '1'], stop: '120', limit: '150' },
  { epic: 'UA.D.AAPL.CASH.IP', sizes: ['5', '10', '20'], stop: '600', limit: '800' },
  { epic: 'UC.D.MSFT.CASH.IP', sizes: ['3', '5', '10'], stop: '1000', limit: '1200' },
] as const;

const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
/** Every fifth trade is of today; of those the first few stay open. */
const todayEvery = 5;
const openEvery = 10;
const openUpTo = 30;

/** Midnight UTC of the day of `now`, and of the first day that trades may be of. */
export function daysBefore(now: Date, days: number): { midnight: Date; since: Date } {
  const midnightMs = Math.floor(now.getTime() / dayMs) * dayMs;
  return { midnight: new Date(midnightMs), since: new Date(midnightMs - days * dayMs + 6 * hourMs) };
}

/** The trade with this number, from 0 on: market, size and direction are the same however many there are and whatever the day. */
export function tradeOf(
  { seed, email }: { seed: number; email: string },
  n: number,
  { now, days }: { now: Date; days: number },
): Trade {
  const of = (what: string) => [seed, email, n, what] as const;
  const { epic, sizes, stop, limit } = pickOf(markets, ...of('market'));
  const isToday = n % todayEvery === 0;
  return {
    n,
    key: `SEED-${seed}-${n}`,
    epic,
    direction: pickOf(['BUY', 'SELL'] as const, ...of('direction')),
    size: pickOf(sizes, ...of('size')),
    ...(draw(...of('protected')) < 0.5 && { stopPoints: stop, limitPoints: limit }),
    past: isToday ? null : pastOf(of, { now, days }),
    closes: !(isToday && n % openEvery === 0 && n < openUpTo),
  };
}

/** In the hours of a working day, where there is one; held for minutes up to a night, and over by the end of yesterday. */
function pastOf(
  of: (what: string) => readonly (string | number)[],
  { now, days }: { now: Date; days: number },
): { openedAt: Date; closedAt: Date } {
  const midnightMs = daysBefore(now, days).midnight.getTime();
  let ago = 1 + Math.floor(draw(...of('day')) * days);
  const isWeekend = (daysAgo: number) => [0, 6].includes(new Date(midnightMs - daysAgo * dayMs).getUTCDay());
  const friday = [ago, ago + 1, ago + 2].find((each) => !isWeekend(each))!;
  if (friday <= days) ago = friday;
  const openMs = midnightMs - ago * dayMs + 7 * hourMs + draw(...of('opened')) * 11 * hourMs;
  const heldMs = 20 * minuteMs + draw(...of('held')) ** 2 * 28 * hourMs;
  const lastMs = midnightMs - draw(...of('last')) * 2 * hourMs - minuteMs;
  const whole = (ms: number) => new Date(Math.floor(ms / 1_000) * 1_000);
  return { openedAt: whole(openMs), closedAt: whole(Math.min(openMs + heldMs, lastMs)) };
}
