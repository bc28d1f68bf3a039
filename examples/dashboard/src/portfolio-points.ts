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
  from: string;
  to: string;
}

/** Days that are asked about, the last one included. */
const mostPoints = 20;

/** Rejects as the calls do. */
export async function portfolioPoints(
  api: FTraderClient['api'],
  { id, from, to }: Period,
): Promise<readonly Point[]> {
  const dayMs = 86_400_000;
  const [first, last] = [Date.parse(from), Date.parse(to)];
  const step = Math.max(1, Math.ceil((last - first) / dayMs / (mostPoints - 1)));
  const days: string[] = [];
  for (let at = last; at >= first; at -= step * dayMs) days.unshift(new Date(at).toISOString().slice(0, 10));
  return Promise.all(
    days.map(async (on) => {
      const { valueAtEnd, figures } = await api.portfolio.performance.query({ id, from, to: on });
      return {
        on,
        value: valueAtEnd === null ? null : Number(valueAtEnd),
        return: figures.timeWeighted.value,
      };
    }),
  );
}
