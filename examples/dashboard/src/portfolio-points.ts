// The days of a portfolio's charts: where they come from, and the return they make. The only place that knows both.
import type { FTraderClient } from '../../../client/index.ts';

export interface Point {
  on: string;
  /** In the base currency, for drawing; null while a price or rate is missing. */
  value: number | null;
  /** From the beginning of the period on, a fraction; null from the first day on that has none. */
  return: number | null;
}
/** Of a portfolio; both days included. */
export interface Period {
  id: string;
  startsOn: string;
  from: string;
  to: string;
  /** When its holdings were read: what is made of them is read anew with them. */
  asOf: Date;
}
/** A calendar day as it is told: decimal text, null where a price or rate is missing. */
export interface Day {
  on: string;
  value: string | null;
  inflow: string | null;
  outflow: string | null;
}

/** The server gives as many days at once. */
const mostAtOnce = 1_000;
const dayMs = 86_400_000;

/** Rejects as the calls do. */
export async function portfolioPoints(
  api: FTraderClient['api'],
  { id, startsOn, from, to }: Period,
): Promise<readonly Point[]> {
  const eve = new Date(Date.parse(from) - dayMs).toISOString().slice(0, 10);
  const begins = from > startsOn;
  const days: Day[] = begins ? [] : [{ on: eve, value: '0', inflow: '0', outflow: '0' }];
  for (let next: string | null = begins ? eve : from; next !== null;) {
    const page: { valuations: readonly Day[]; nextFrom: string | null } =
      await api.portfolio.valuations.query({ id, from: next, to, limit: mostAtOnce });
    days.push(...page.valuations);
    next = page.nextFrom;
  }
  return pointsOf(days);
}

const isWeekend = (on: string): boolean => [0, 6].includes(new Date(Date.parse(on)).getUTCDay());

/**
 * Of the calendar days behind the first, which is the one before the period: Mondays to Fridays and the last. Their returns are those of
 * the server's time-weighted figure: what came or went on a weekend counts with the day after it.
 */
export function pointsOf(days: readonly Day[]): Point[] {
  const sum = (one: number | null, text: string | null) =>
    one === null || text === null ? null : one + Number(text);
  let before = days[0]?.value ?? null;
  let level: number | null = 1;
  let [inflow, outflow]: (number | null)[] = [0, 0];
  return days.slice(1).flatMap(({ on, value, ...came }, n) => {
    inflow = sum(inflow!, came.inflow);
    outflow = sum(outflow!, came.outflow);
    if (isWeekend(on) && n < days.length - 2) return [];
    const atWork = sum(inflow, before);
    const end = sum(outflow, value);
    if (atWork === null || end === null || level === null || atWork < 0 || (atWork === 0 && end !== 0))
      level = null;
    else if (atWork > 0) level *= end / atWork;
    before = value;
    [inflow, outflow] = [0, 0];
    return [{ on, value: value === null ? null : Number(value), return: level === null ? null : level - 1 }];
  });
}
