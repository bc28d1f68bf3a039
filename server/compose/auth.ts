// Who may sign in: the auth module, and the job that clears what has expired.
import { z } from 'zod';
import type { Config } from '../config.ts';
import type { Keyring } from '../lib/seal.ts';
import type { Jobs } from '../jobs/index.ts';
import type { Mail } from '../mail/index.ts';
import { createAuthModule, mailJob } from '../modules/auth/index.ts';
import type { Ground } from './ground.ts';
import type { Notify } from '../modules/notifications/index.ts';

/** Why nobody may sign up here, as a sentence; undefined: anybody may. */
export function registrationClosed(
  { registration, smtpUrl }: Config,
  { hasMailbox }: { hasMailbox: boolean },
): string | undefined {
  if (!registration) return 'Nobody signs up here by themselves: ask the operator for an account.';
  if (!smtpUrl && !hasMailbox)
    return 'This server sends no mail, so no address can be confirmed: ask the operator for an account.';
  return undefined;
}

/** Defines a job: before they are started. */
export function composeAuth(
  { lifecycle, database, ids, clock, bus, logger, metrics }: Ground,
  {
    config,
    secretKeys,
    jobs,
    notify,
    mail,
    keyring,
    hasMailbox,
    accountsOf,
  }: {
    config: Config;
    /** The newest first; the others only check. */
    secretKeys: readonly [string, ...string[]];
    jobs: Jobs;
    notify: Notify;
    mail: Mail;
    keyring: Keyring;
    /** Mail that is not sent can be read at this process. */
    hasMailbox: boolean;
    accountsOf: (userId: string) => Promise<readonly string[]>;
  },
) {
  const mails = jobs.define({
    ...mailJob,
    about: 'sends codes and news of the sign-in',
    pollSeconds: 0.5,
    run: (order) => auth.sendMail(order),
    async ownerOf({ email }) {
      const userId = await auth.ownerOfAddress(email);
      return userId === undefined ? undefined : { userId };
    },
  });
  const auth = createAuthModule({
    database,
    ids,
    clock,
    bus,
    metrics,
    accountsOf,
    notify,
    logger: logger.child({ part: 'auth' }),
    mails,
    sendLetter: mail.send,
    sealer: keyring,
    settings: {
      secretKeys,
      accessTokenMinutes: config.accessTokenMinutes,
      refreshTokenMinutes: config.refreshTokenMinutes,
      production: config.production,
      registrationClosed: registrationClosed(config, { hasMailbox }),
    },
  });
  lifecycle.onClose('auth', () => auth.close());
  jobs.define({
    name: 'auth.delete-expired',
    about: 'removes sessions, tokens, codes and counters past their time',
    payload: z.object({}),
    retryLimit: 3,
    retryDelaySeconds: 30,
    expireInSeconds: 300,
    cron: '*/5 * * * *',
    run: () => auth.deleteExpired(),
  });
  return auth;
}
