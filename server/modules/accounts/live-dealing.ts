// Whether real money is dealt from here, as the owner of a live account says. What follows for a deal is decided in modules/trading.
import { limitsOf } from '../../../shared/risk-limits.ts';
import type { z } from 'zod';
import type { EnableLiveDealing } from '../../../shared/accounts.ts';
import type { Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { UserEvents } from '../events/index.ts';
import type { Change } from './changing.ts';
import type { AccountUse, CheckPassword, MayDealLive, RequireCodeLately } from './ports.ts';
import type { AccountRow, AccountStore } from './store.ts';

/** Who has typed a password, and from where. */
export interface PasswordTyper {
  userId: string;
  sessionId: string;
  email: string;
  ip: string;
}

export function createLiveDealing({
  change,
  store,
  use,
  clock,
  events,
  checkPassword,
  requireCodeLately,
  mayDealLive,
}: {
  change: Change;
  store: AccountStore;
  use: Pick<AccountUse, 'dealingState'>;
  clock: Clock;
  events: Pick<UserEvents, 'append' | 'wake'>;
  checkPassword: CheckPassword;
  requireCodeLately: RequireCodeLately;
  mayDealLive: MayDealLive;
}) {
  function requireLive({ environment }: AccountRow): void {
    if (environment !== 'live') throw new AppError('accounts.not_live');
  }
  /** Under the lock at which deals are admitted. Says nothing when it is so already. */
  async function turn(tx: Tx, row: AccountRow, on: boolean): Promise<boolean> {
    const risk = await store.lockRisk(tx, row);
    if (risk.liveDealing === on) return false;
    await store.setLiveDealing(tx, row.id, on);
    const dealingState = await use.dealingState(tx, { id: row.id, environment: 'live' });
    await events.append(tx, row.userId, 'trading', [
      {
        type: on ? 'dealing.live_enabled' : 'dealing.live_disabled',
        at: clock.now(),
        accountId: row.id,
        environment: 'live',
        data: { dealingState, limits: limitsOf(risk) },
      },
    ]);
    return true;
  }
  async function set(userId: string, id: string, on: boolean): Promise<AccountRow> {
    const { row, isNews } = await change(userId, id, async (tx, found) => {
      requireLive(found);
      return { row: found, isNews: await turn(tx, found, on) };
    });
    if (isNews) events.wake(userId, 'trading');
    return row;
  }

  return {
    /** Throws accounts.*, auth.email_unverified, auth.step_up_required, auth.wrong_password, request.limited. */
    async enable(
      { userId, sessionId, email, ip }: PasswordTyper,
      { id, password }: z.output<typeof EnableLiveDealing>,
    ): Promise<AccountRow> {
      await change(userId, id, async (_tx, row) => requireLive(row)); // nobody types a password for nothing
      if (!(await mayDealLive(userId))) throw new AppError('auth.email_unverified');
      await requireCodeLately({ userId, sessionId });
      await checkPassword({ email, ip }, password);
      return set(userId, id, true);
    },
    /** From its commit on nothing leaves, what was admitted before included. Throws accounts.*. */
    disable: (userId: string, id: string): Promise<AccountRow> => set(userId, id, false),
  };
}
