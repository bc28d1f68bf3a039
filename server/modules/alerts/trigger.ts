// The rule of every alert: at which value it is told, and at which it may be told again. Pure; who finds the alerts that a value reaches is engine.ts.
import type { AlertCondition } from '../../../shared/alerts.ts';
import { unitsOf } from './units.ts';

/** Reached at `at` or beyond it. */
export interface Trigger {
  /** Beyond is above; else below. */
  rising: boolean;
  at: bigint;
  /** By more than so much it must have ended, once it was told, before it counts again. */
  band: bigint;
}
export interface Course {
  state: 'armed' | 'waiting';
  firedCount: number;
}
export type Turn = 'armed' | 'fired';

export function triggerOf(condition: AlertCondition, rearmBand: string): Trigger {
  const band = unitsOf(rearmBand);
  switch (condition.kind) {
    case 'price':
    case 'candle_close':
      return { rising: condition.direction === 'up', at: unitsOf(condition.level), band };
    case 'move':
      return { rising: true, at: unitsOf(condition.percent), band };
    case 'margin_level':
      return { rising: false, at: unitsOf(condition.level), band };
    case 'position_profit':
      return { rising: condition.direction === 'up', at: unitsOf(condition.amount), band };
  }
}

/** The next value that changes its course, in the direction in which it is `rising`. */
export function awaited({ rising, at, band }: Trigger, { state, firedCount }: Course) {
  if (state === 'armed') return { rising, at };
  const back = (firedCount > 0 ? band : 0n) + 1n;
  return { rising: !rising, at: rising ? at - back : at + back };
}

/** What a value does to an alert; undefined: nothing. */
export function turnOf(trigger: Trigger, course: Course, value: bigint): Turn | undefined {
  const next = awaited(trigger, course);
  if (next.rising ? value < next.at : value > next.at) return undefined;
  return course.state === 'armed' ? 'fired' : 'armed';
}

/** The course after a turn, of an alert that goes on. */
export const after = (turn: Turn, { firedCount }: Course): Course =>
  turn === 'armed' ? { state: 'armed', firedCount } : { state: 'waiting', firedCount: firedCount + 1 };
