// Who may sign in: the auth module, and the job that clears what has expired.
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Keyring } from '../lib/seal.ts';
import type { Jobs } from '../jobs/index.ts';
import type { Mail } from '../mail/index.ts';
import { createAuthModule, mailJob } from '../modules/auth/index.ts';
import type { Ground } from './ground.ts';

/** Defines a job: before they are started. */
export function composeAuth(
  { lifecycle, database, ids, clock, bus, logger, metrics }: Ground,
  {
    config,
    secretKey,
    jobs,
    mail,
    keyring,
    accountsOf,
  }: {
    config: Config;
    secretKey: string;
    jobs: Jobs;
    mail: Mail;
    keyring: Keyring;
    accountsOf: (userId: string) => Promise<readonly string[]>;
  },
) {
  const mails = jobs.define({ ...mailJob, run: (order) => auth.sendMail(order) });
  const auth = createAuthModule({
    database,
    ids,
    clock,
    bus,
    metrics,
    accountsOf,
    logger: logger.child({ part: 'auth' }),
    mails,
    sendLetter: mail.send,
    sealer: keyring,
    settings: {
      secretKey,
      accessTokenMinutes: config.accessTokenMinutes,
      refreshTokenMinutes: config.refreshTokenMinutes,
      production: config.production,
      registration: config.registration,
    },
  });
  lifecycle.onClose('auth', () => auth.close());
  jobs.define({
    name: 'auth.delete-expired',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 30,
    expireInSeconds: 300,
    cron: '*/5 * * * *',
    run: () => auth.deleteExpired(),
  });
  return auth;
}
