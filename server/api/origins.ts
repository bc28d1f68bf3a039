// The pages of other origins that may use this server from a browser, and a word in the log for each that may not.
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../lib/logger.ts';
import { isLoopbackHost } from '../lib/loopback.ts';
import { isOrigin } from '../lib/origin.ts';

/** An origin as browsers write it, or what it looks like. */
export type AllowedOrigins = readonly (string | RegExp)[];

/** A page that this machine serves, from any port: a front end under development. */
const loopbackOrigin = /^https?:\/\/((?:[a-z0-9_-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?$/;

/** CORS_ALLOWED_ORIGINS, and outside production every loopback origin. */
export const allowedOrigins = (listed: readonly string[], production: boolean): AllowedOrigins =>
  production ? listed : [...listed, loopbackOrigin];

export const isAllowedOrigin = (origin: string, allowed: AllowedOrigins): boolean =>
  allowed.some((each) => (typeof each === 'string' ? each === origin : each.test(origin)));

/** Origins that are told of; whoever invents more is not worth more lines. */
const maxTold = 50;

/** Logs each refused origin once, with the setting to change. */
export function createOriginReports(logger: Pick<Logger, 'warn'>) {
  const told = new Set<string>();
  return (origin: string): void => {
    if (told.has(origin) || told.size >= maxTold) return;
    told.add(origin);
    logger.warn(
      { origin: origin.slice(0, 200) },
      isOrigin(origin)
        ? 'a page of this origin was refused: add it to CORS_ALLOWED_ORIGINS if it is yours'
        : 'a page without an address of its own (a file, a sandboxed frame, an extension) was refused: if it is yours, serve it by http or https and add that origin to CORS_ALLOWED_ORIGINS, or call with an access token',
    );
  };
}

/**
 * What to tell a page that comes without a cookie because it calls this machine by another loopback name than its own: to a browser
 * these are two sites, and the cookie of the one is never sent from the other.
 */
export function otherLoopbackName({ headers: { origin, host = '' } }: IncomingMessage): string | undefined {
  if (origin === undefined || !URL.canParse(origin) || !URL.canParse(`http://${host}`)) return undefined;
  const [page, server] = [new URL(origin), new URL(`http://${host}`)];
  if (page.hostname === server.hostname || ![page, server].every(({ hostname }) => isLoopbackHost(hostname)))
    return undefined;
  server.hostname = page.hostname;
  return `Sign in first. To a browser ${page.hostname} and the name you call are different sites, so the cookie is not sent: call ${server.origin} from this page, or send an access token.`;
}
