// What things cost at the tests' venue: its one price, and margin, profit and levels by it. Pure.
import { decimal } from '../../shared/decimal.ts';
import type { Direction } from '../../shared/trading.ts';
import type { PositionEvidence } from '../modules/trading/ports.ts';

export const levels: Record<Direction, string> = { BUY: '1.17006', SELL: '1.17000' };
const pointsPerUnit = '10000';
export const contractSize = '100000';
const marginPct = '3.33';
/** Dollars for a pound. */
const rate = '1.25';

export const other = (direction: Direction): Direction => (direction === 'BUY' ? 'SELL' : 'BUY');
const inPounds = (dollars: string) => decimal.divide(dollars, rate, 2, 'half-up');
const worth = (size: string, move: string) => decimal.multiply(decimal.multiply(size, contractSize), move);
/** Takes the whole size at `level`. */
export const marginOf = (size: string, level: string) =>
  inPounds(decimal.divide(decimal.multiply(worth(size, level), marginPct), '100', 4, 'half-up'));
/** What closing `size` of a position at today's level brings. */
export function profitOf(
  { direction, level }: Pick<PositionEvidence, 'direction' | 'level'>,
  size: string,
): string {
  const now = levels[other(direction)];
  const move = direction === 'BUY' ? decimal.subtract(now, level) : decimal.subtract(level, now);
  return inPounds(worth(size, move));
}
/** A level as asked for, or so many points from the fill; null for neither. */
export function attached(
  level: string | null,
  points: string | null,
  fill: string,
  up: boolean,
): string | null {
  if (points === null) return level;
  return (up ? decimal.add : decimal.subtract)(fill, decimal.divide(points, pointsPerUnit, 10, 'half-up'));
}
