// What is set for more than one account at once, as the statements that decide about a deal read it: the strictest, and an epoch.
import type { SwitchPosition } from '../../../../shared/risk.ts';

export interface Wider {
  dealingState: SwitchPosition;
  /** The sum of the epochs of all that may bear on the account: it rises when any becomes stricter. */
  epoch: number;
}

/** For the end of a `from` with `account_risk` in it. Gives the columns `wider_state` and `wider_epoch`. */
export const joinWider = `left join lateral (
    select case when bool_or(s.dealing_state = 'halted') then 'halted'
        when bool_or(s.dealing_state = 'reduce_only') or exists (
          select 1 from sagas f where f.account_id = account_risk.account_id and f.kind = 'flatten' and f.ended_at is null
        ) then 'reduce_only' else 'active' end as wider_state,
      coalesce(sum(s.epoch), 0) as wider_epoch
    from broker_accounts a join dealing_switches s
      on (s.scope, s.subject) in (('everything', ''), ('user', a.user_id), ('administrator', a.user_id))
    where a.id = account_risk.account_id
  ) as wider on true`;
export const widerList = 'wider_state, wider_epoch';
export const readWider = ([dealingState, epoch]: readonly unknown[]): Wider => ({
  dealingState: dealingState as SwitchPosition,
  epoch: Number(epoch),
});
