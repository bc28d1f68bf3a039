// How mail leaves: over SMTP by nodemailer, or into a mailbox in memory. What mails say, and when they are sent, is their modules'.
import net from 'node:net';
import { createTransport } from 'nodemailer';
import type SMTPTransport from 'nodemailer/lib/smtp-transport';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import { isLoopbackHost } from '../lib/loopback.ts';

export interface Letter {
  to: string;
  subject: string;
  text: string;
  html: string;
  /** Of a letter that may be sent more than once: by which mail programs recognise it, without brackets. */
  messageId?: string;
}
/** A letter of the mailbox, as it would have been sent. */
export interface KeptLetter extends Letter {
  from: string;
  sentAt: Date;
}
export interface Mail {
  /** Resolves when the next server has taken the letter over; rejects when it is not known to have, or at once when `signal` aborts. */
  send(letter: Letter, signal?: AbortSignal): Promise<void>;
  /** Newest first; null where letters are sent, or dropped. */
  kept(): readonly KeptLetter[] | null;
  close(): void;
}

/** Letters in memory; the oldest go first. */
const maxKeptLetters = 100;
const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 30_000 };

/** Without `smtpUrl` letters are kept in memory, in production dropped; both are said in the log, what a letter says is not. */
export function createMail({
  smtpUrl,
  from,
  production,
  clock,
  logger,
}: {
  smtpUrl: string | undefined;
  from: string;
  production: boolean;
  clock: Clock;
  logger: Logger;
}): Mail {
  if (smtpUrl) return overSmtp({ smtpUrl, from });
  const letters: KeptLetter[] = [];
  return {
    async send(letter) {
      const { to, subject } = letter;
      if (production) {
        logger.error({ to, subject }, 'a mail was not sent: set SMTP_URL and MAIL_FROM');
        return;
      }
      letters.unshift({ ...letter, from, sentAt: clock.now() });
      letters.length = Math.min(letters.length, maxKeptLetters);
      logger.info({ to, subject }, 'a mail was put into the mailbox: GET /mailbox on this machine shows it');
    },
    kept: () => (production ? null : letters),
    close: () => undefined,
  };
}

function overSmtp({ smtpUrl, from }: { smtpUrl: string; from: string }): Mail {
  const { username, hostname } = new URL(smtpUrl);
  const options = {
    url: smtpUrl,
    ...timeouts,
    // A password goes in the open to this machine only.
    requireTLS: username !== '' && !isLoopbackHost(hostname),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
  return {
    async send({ messageId, ...letter }, signal) {
      const getSocket = signal && connectUntil(signal);
      // A connection for each letter, as nodemailer has it too.
      const transport = createTransport({ ...options, ...(getSocket && { getSocket }) }, { from });
      await transport.sendMail({ ...letter, ...(messageId && { messageId: `<${messageId}>` }) });
    },
    kept: () => null,
    close: () => undefined,
  };
}

/** Nodemailer knows no signal: it is given a connection that is cut off when `signal` aborts. */
const connectUntil =
  (signal: AbortSignal): NonNullable<SMTPTransport.Options['getSocket']> =>
  ({ host, port, secure }, callback) => {
    const socket = net.connect({
      host: host ?? 'localhost',
      port: Number(port) || (secure ? 465 : 587),
      signal,
      timeout: timeouts.connectionTimeout,
    });
    const fail = (error: Error) => callback(error, undefined);
    socket.once('timeout', () => socket.destroy(new Error('the mail server does not answer')));
    socket.once('error', fail);
    socket.once('connect', () => {
      socket.off('error', fail);
      socket.setTimeout(0).removeAllListeners('timeout'); // from here on nodemailer's own count
      callback(null, { connection: socket });
    });
  };
