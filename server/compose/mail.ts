// How this process sends mail, as the settings say.
import type { Config } from '../config.ts';
import { createMail, type Mail } from '../mail/index.ts';
import type { Ground } from './ground.ts';

export function composeMail(
  { lifecycle, clock, logger }: Ground,
  { smtpUrl, mailFrom, production }: Config,
): Mail {
  const mail = createMail({
    smtpUrl,
    from: mailFrom,
    production,
    clock,
    logger: logger.child({ part: 'mail' }),
  });
  lifecycle.onClose('mail', () => mail.close());
  return mail;
}
