// What auth has in common with the edges that carry its credentials. No I/O.
import { createHash } from 'node:crypto';
import type { SecurityEvent } from '../../../shared/security-events.ts';
import type { Tx } from '../../db/transaction.ts';

/** The browser's cookie: HttpOnly, SameSite=Lax, Path=/, Secure in production; its value is the session token. */
export const sessionCookieName = 'ftrader_session';
/** Cookies know no ports: on one host each installation has a name of its own, or they would sign each other's users out. */
export const cookieNameOf = (secretKey: string): string =>
  `${sessionCookieName}_${createHash('sha256').update(`cookie ${secretKey}`).digest('hex').slice(0, 8)}`;

/** Resolves when a mail was handed over. */
export type SendLetter = (letter: {
  to: string;
  subject: string;
  text: string;
  html: string;
}) => Promise<void>;

/** In the app; after the change it tells of, in its transaction. */
export type TellSecurity = (tx: Tx, userId: string, event: SecurityEvent) => Promise<void>;
