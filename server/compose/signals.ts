// Signals: received by the API, and looked after by a job that tells of those that were lost.
import { z } from 'zod';
import type { AccountsModule } from '../modules/accounts/index.ts';
import type { AuthModule } from '../modules/auth/index.ts';
import { createSignalsModule } from '../modules/signals/index.ts';
import type { Ground } from './ground.ts';
import type { Trading, Writers } from './money.ts';

/** Defines a job: before they are started. */
export function composeSignals(
  ground: Ground,
  {
    auth,
    accounts,
    trading,
    writers: { jobs, notifications, events },
  }: { auth: AuthModule; accounts: AccountsModule; trading: Trading; writers: Writers },
) {
  const signals = createSignalsModule({
    ...ground,
    logger: ground.logger.child({ part: 'signals' }),
    dealing: trading.forSignals,
    accountOf: accounts.forUser,
    requireFresh: auth.requireFresh,
    notify: notifications.notify,
    wake: (userId) => events.wake(userId, 'notifications'),
  });
  jobs.define({
    name: 'signals.tell-lost',
    about: 'tells owners of signals that were let through and lost before anything was dealt',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 60,
    expireInSeconds: 300,
    cron: '* * * * *',
    run: () => signals.tellLost(),
  });
  return signals;
}
