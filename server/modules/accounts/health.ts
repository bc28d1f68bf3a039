// How the broker treats each account, as whichever process met it last: a row per account, changed only when something else is true.
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { HealthState } from '../../../shared/accounts.ts';
import type { AccountStore } from './store.ts';

export type AccountHealthReports = ReturnType<typeof createHealthReports>;
type Report =
  { state: 'up' } | { state: Exclude<HealthState, 'up'>; message: string; brokerCode: string | null };

export function createHealthReports({ store, clock }: { store: AccountStore; clock: Clock }) {
  /** Reports what an account was met like. True when that is news. */
  const report = (accountId: string, what: Report): Promise<boolean> =>
    store.saveHealth({
      accountId,
      since: clock.now(),
      state: what.state,
      ...(what.state === 'up' ? { message: null, brokerCode: null } : pickProblem(what)),
    });
  return {
    report,
    /** A refused login means that nobody gets in, an answer that did not come that the broker is away; a used-up allowance means nothing. */
    async reportFailure(accountId: string, error: AppError): Promise<void> {
      const state = stateAfter(error);
      if (state)
        await report(accountId, {
          state,
          message: error.message,
          brokerCode: error.options.brokerCode ?? null,
        });
    },
  };
}

const pickProblem = ({ message, brokerCode }: { message: string; brokerCode: string | null }) => ({
  message,
  brokerCode,
});
function stateAfter({ code }: AppError): Exclude<HealthState, 'up'> | null {
  if (code === 'broker.login_failed' || code === 'broker.refused') return 'read_only';
  return code === 'broker.unavailable' ? 'offline' : null;
}
