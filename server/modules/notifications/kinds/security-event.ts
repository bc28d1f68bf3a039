// Something happened to the sign-in of a user. What is grave is mailed by modules/auth besides, whatever is chosen for mail.
import { z } from 'zod';
import { SecurityEvent } from '../../../../shared/security-events.ts';
import { notificationKind } from './kind.ts';

export const securityEvent = notificationKind({
  schema: z.object({ event: SecurityEvent }),
  severity: 'warning',
  isMailedAlready: true,
  title: ({ event }) => titles[event],
  body: ({ event }) => `If it was not you, ${cures[event] ?? 'ask for a new password at once.'}`,
});

const titles: Record<SecurityEvent, string> = {
  password_changed: 'Your password was changed',
  password_reset: 'Your password was set anew by a code',
  email_change_asked: 'Somebody who is signed in asked for another e-mail address of your account',
  email_changed: 'The e-mail address of your account was changed',
  two_factor_enabled: 'Two-factor authentication was switched on',
  two_factor_disabled: 'Two-factor authentication was switched off',
  recovery_code_used: 'A recovery code was used, and is good no longer',
  recovery_codes_renewed: 'New recovery codes were made; the former ones are good no longer',
  api_key_created: 'An API key was made',
  api_key_revoked: 'An API key was revoked',
  signal_created: 'A signal was made, by which an alert service can deal',
  signed_in_elsewhere: 'Somebody signed in from a device or network that was not signed in',
  refresh_token_reused:
    'A refresh token was used a second time: its login was ended, since somebody has a copy',
  role_raised: 'You are an administrator now',
  role_lowered: 'You are no administrator any more, and were signed out',
};
/** What to do, where it is not the usual. */
const cures: Partial<Record<SecurityEvent, string>> = {
  email_changed: 'tell whoever runs the server at once.',
  api_key_created: 'revoke it and ask for a new password at once.',
  signal_created: 'delete it and ask for a new password at once.',
  role_raised: 'tell whoever runs the server at once.',
  role_lowered: 'ask whoever runs the server.',
};
