// What the mails of auth say, as text and HTML. No I/O.
import { letterOf, utcText as utc, type LetterText, type Paragraph } from '../../lib/letter.ts';
import type { CodePurpose, SecurityNotice } from './domain.ts';

type Said = LetterText;
const letter = (subject: string, paragraphs: readonly Paragraph[]): Said =>
  letterOf(`FTrader: ${subject}`, paragraphs);

/** A code and what it is for. */
export const codeLetter: Record<CodePurpose, (code: string) => Said> = {
  verify_email: (code) =>
    letter('confirm your e-mail address', [
      'Somebody signed up with this e-mail address. If it was you, confirm it with this code, within 24 hours:',
      { code },
      'A program sends it to POST /api/auth/verify-email as {"code": "…", "password": "…"}, with the password that was chosen.',
      'If it was not you, do nothing.',
    ]),
  reset_password: (code) =>
    letter('a new password', [
      'Somebody asked for a new password for your account. If it was you, choose one with this code, within 30 minutes:',
      { code },
      'A program sends it to POST /api/auth/password-reset/confirm as {"code": "…", "password": "…"}.',
      'If it was not you, do nothing: your password stays as it is. Give the code to nobody.',
    ]),
  change_email: (code) =>
    letter('confirm your new e-mail address', [
      'Somebody who is signed in wants this to be the e-mail address of their account. If it was you, confirm it with this code, within 30 minutes:',
      { code },
      'A program sends it to POST /api/users/me/email/confirm as {"code": "…"}.',
      'If it was not you, do nothing.',
    ]),
};

export const alreadyHereLetter = (): Said =>
  letter('you have an account already', [
    'Somebody signed up with this e-mail address, and there is an account with it.',
    'If it was you, sign in, or ask for a new password. If it was not you, do nothing: your account stays as it is.',
  ]);

export const passwordChangedLetter = (at: Date): Said =>
  letter('your password was changed', [
    `The password of your account was changed at ${utc(at)}, and other devices were signed out.`,
    'If it was not you, ask for a new password at once.',
  ]);

/** What somebody is told who may not have done it. */
export const securityLetter: Record<SecurityNotice, (at: Date) => Said> = {
  two_factor_enabled: (at) =>
    letter('two-factor authentication is on', [
      `Two-factor authentication was switched on for your account at ${utc(at)}: signing in needs a code of your authenticator from now on.`,
      'If it was not you, ask for a new password at once, and whoever runs the server to switch it off.',
    ]),
  two_factor_disabled: (at) =>
    letter('two-factor authentication is off', [
      `Two-factor authentication was switched off for your account at ${utc(at)}: signing in needs the password alone from now on.`,
      'If it was not you, ask for a new password at once, and set up an authenticator again.',
    ]),
  recovery_code_used: (at) =>
    letter('a recovery code was used', [
      `A recovery code of your account was used at ${utc(at)}; it is good no longer.`,
      'If it was not you, ask for a new password at once, and make new recovery codes.',
    ]),
  recovery_codes_renewed: (at) =>
    letter('you have new recovery codes', [
      `New recovery codes were made for your account at ${utc(at)}; those you had are good no longer.`,
      'If it was not you, ask for a new password at once, and make recovery codes again.',
    ]),
  email_change_asked: (at) =>
    letter('your e-mail address is to change', [
      `Somebody who is signed in asked at ${utc(at)} for another e-mail address of your account. A code was mailed there, and nothing changes before it is confirmed.`,
      'If it was not you, ask for a new password at once.',
    ]),
  email_changed: (at) =>
    letter('your e-mail address was changed', [
      `The e-mail address of your account was changed at ${utc(at)}. This is told to the former address and to the new one.`,
      'If it was not you, tell whoever runs the server at once.',
    ]),
  signed_in_elsewhere: (at) =>
    letter('a new login', [
      `Somebody signed in to your account at ${utc(at)} from a device or network that was not signed in. GET /api/auth/sessions lists your logins.`,
      'If it was not you, ask for a new password at once: that ends all logins.',
    ]),
  refresh_token_reused: (at) =>
    letter('a login was ended', [
      `A refresh token of your account was used a second time at ${utc(at)}. Somebody has a copy of it, so its login was ended.`,
      'If you know of no program of yours that did it, ask for a new password at once.',
    ]),
  account_deleted: (at) =>
    letter('your account was deleted', [
      `Your account was deleted at ${utc(at)}. Nobody can sign in to it any more, and what is kept of its deals no longer names you.`,
    ]),
};
