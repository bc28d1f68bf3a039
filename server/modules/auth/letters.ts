// What the mails of auth say, as text and HTML. No I/O.
import type { CodePurpose, SecurityNotice } from './domain.ts';

interface Said {
  subject: string;
  text: string;
  html: string;
}
const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Each paragraph is one of the text and of the HTML; a code stands alone in its own. */
function letter(subject: string, paragraphs: (string | { code: string })[]): Said {
  return {
    subject: `FTrader: ${subject}`,
    text: `${paragraphs.map((part) => (typeof part === 'string' ? part : `    ${part.code}`)).join('\n\n')}\n`,
    html: paragraphs
      .map((part) =>
        typeof part === 'string' ? `<p>${escape(part)}</p>` : `<pre>${escape(part.code)}</pre>`,
      )
      .join('\n'),
  };
}

/** A code and what it is for. */
export const codeLetter: Record<CodePurpose, (code: string) => Said> = {
  verify_email: (code) =>
    letter('confirm your e-mail address', [
      'Somebody signed up with this e-mail address. If it was you, confirm it with this code, within 24 hours:',
      { code },
      'A program sends it to POST /api/auth/verify-email as {"code": "…"}.',
      'If it was not you, do nothing.',
    ]),
  reset_password: (code) =>
    letter('a new password', [
      'Somebody asked for a new password for your account. If it was you, choose one with this code, within 30 minutes:',
      { code },
      'A program sends it to POST /api/auth/password-reset/confirm as {"code": "…", "password": "…"}.',
      'If it was not you, do nothing: your password stays as it is. Give the code to nobody.',
    ]),
};

const utc = (at: Date) => `${at.toISOString().slice(0, 19).replace('T', ' ')} UTC`;

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
};
