// Alerts as rows, as clients see them, and as what compares prices takes them. Pure.
import {
  AccountAlertCondition,
  MarketAlertCondition,
  type Alert,
  type AlertCondition,
} from '../../../shared/alerts.ts';
import { decimal } from '../../../shared/decimal.ts';
import { pick } from '../../lib/pick.ts';
import type { LiveAlert } from './engine.ts';
import type { AlertRow } from './store.ts';
import type { Course } from './trigger.ts';

/**
 * As it is at `now`: whose time is up is expired, though its row waits for what may have happened in time. A condition that cannot be read
 * makes a row that is not shown: see the output of the list.
 */
export function toAlert(row: AlertRow, now: Date): Alert {
  return {
    ...pick(row, [
      'id',
      'name',
      'repeat',
      'expiresAt',
      'note',
      'firedCount',
      'lastFiredAt',
      'lastFiredLate',
      'createdAt',
      'updatedAt',
    ]),
    state: courseOf(row) && row.expiresAt && row.expiresAt <= now ? 'expired' : row.state,
    condition: row.condition as AlertCondition,
    rearmBand: decimal.canonical(row.rearmBand),
    lastValue: row.lastValue === null ? null : decimal.canonical(row.lastValue),
  };
}

/** In which columns a condition stands. */
export const placeOf = (
  condition: AlertCondition,
): Pick<AlertRow, 'feed' | 'epic' | 'accountId' | 'environment'> =>
  'epic' in condition
    ? { feed: condition.feed, epic: condition.epic, accountId: null, environment: null }
    : { feed: null, epic: null, accountId: condition.accountId, environment: condition.environment };

const courseOf = ({ state, firedCount }: AlertRow): Course | undefined =>
  state === 'armed' || state === 'waiting' ? { state, firedCount } : undefined;
const inForce = ({ id, repeat, rearmBand, expiresAt }: AlertRow) => ({ id, repeat, rearmBand, expiresAt });

/** Undefined for one that is not in force, or that this version cannot read. */
export function toMarketAlert(row: AlertRow): LiveAlert | undefined {
  const [course, { data: condition }] = [courseOf(row), MarketAlertCondition.safeParse(row.condition)];
  return course && condition && { ...inForce(row), condition, ...course };
}
export interface AccountAlert extends Omit<LiveAlert, 'condition'> {
  condition: AccountAlertCondition;
}
export function toAccountAlert(row: AlertRow): AccountAlert | undefined {
  const [course, { data: condition }] = [courseOf(row), AccountAlertCondition.safeParse(row.condition)];
  return course && condition && { ...inForce(row), condition, ...course };
}
