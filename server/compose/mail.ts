// How this process sends mail, as the settings say.
import type { Config } from '../config.ts';
import { createMail, type Mail } from '../mail/index.ts';
import type { Letters } from '../modules/notifications/ports.ts';
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

/** For notifications. In production without a mail server nothing leaves; elsewhere the mailbox shows it. */
export const lettersBy = (mail: Mail, { production, smtpUrl }: Config): Letters => ({
  send: mail.send,
  problem:
    production && !smtpUrl
      ? 'This server sends no e-mail: its operator can set SMTP_URL and MAIL_FROM.'
      : null,
});
