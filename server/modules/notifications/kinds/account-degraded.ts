// An account is not treated by the broker as it should be: news are late, or nobody gets in.
import { TroubledAccount, type HealthState } from '../../../../shared/accounts.ts';
import { notificationKind } from './kind.ts';

export const accountDegraded = notificationKind({
  schema: TroubledAccount,
  severity: 'warning',
  title: ({ name, health: { state } }) => `${name}: ${states[state]}`,
  body: ({ health: { problem } }) =>
    `${problem.message} Positions stay as they are at the broker; FTrader goes on trying and tells when all is well.`,
});

const states: Record<Exclude<HealthState, 'up'>, string> = {
  degraded: 'what happens at the broker is told late',
  read_only: 'the broker lets nobody deal',
  offline: 'the broker is out of reach',
};
