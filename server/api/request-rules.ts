// Rules about a request that need no body and no database: its host, its URL, its origin. HTTP and sockets share them.
import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { AppError } from '../lib/app-error.ts';
import type { Credentials } from '../modules/auth/index.ts';
import { parseAddress } from '../lib/addresses.ts';
import { isLoopbackHost } from '../lib/loopback.ts';
import type { CallerOf } from './caller.ts';
import { sessionCookieName } from '../modules/auth/ports.ts';
import { isAllowedOrigin, type AllowedOrigins } from './origins.ts';

type Request = Pick<IncomingMessage, 'headers' | 'url' | 'method' | 'socket' | 'httpVersion'>;

/** The name in a Host header, lower case, without port and brackets; undefined when it is none. */
function hostName(header: string | undefined): string | undefined {
  return /^(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::\d{1,5})?$/
    .exec(header?.toLowerCase() ?? '')
    ?.slice(1)
    .find(Boolean);
}

/** Headers in which some clients name another method than the request's: what they ask for would be taken for what the request says. */
const methodHeaders = new Set(['_method', 'x-http-method', 'x-http-method-override', 'x-method-override']);
/** Headers that decide who is asked, by whom and for what. Of two, a proxy may have looked at the one and we at the other. */
const single = new Set([
  'host',
  'origin',
  'authorization',
  'content-type',
  'content-length',
  'idempotency-key',
]);
/**
 * request.malformed for a request that names its host or its method in two places, or bears one of `single` twice: `GET http://…` (a form for proxies)
 * has a host beside the header, and its path would be read in one way here and in another there.
 */
export function ambiguityOf({
  rawHeaders,
  url,
}: Pick<IncomingMessage, 'rawHeaders' | 'url'>): AppError | undefined {
  const refuse = (message: string) => new AppError('request.malformed', { message });
  if (url !== '*' && !url?.startsWith('/')) return refuse('Ask for a path that begins with /.');
  const seen = new Set<string>();
  for (let n = 0; n < rawHeaders.length; n += 2) {
    const name = rawHeaders[n]!.toLowerCase();
    if (seen.has(name)) return refuse(`Send the header ${rawHeaders[n]} once.`);
    if (single.has(name)) seen.add(name);
    else if (name === 'expect' && !/^100-continue$/i.test(rawHeaders[n + 1]!))
      return refuse('The header Expect is not read: leave it out.');
    else if (methodHeaders.has(name))
      return refuse(`The header ${rawHeaders[n]} is not read: send the request with that method itself.`);
  }
  return undefined;
}

export interface HostSettings {
  /** ALLOWED_HOSTS: names, `.example.com` for all below, or `*`. */
  allowedHosts: readonly string[];
  /** What the server is bound to. */
  host: string;
}

/**
 * Whether this server answers to the request's Host: loopback names, the bound host, ALLOWED_HOSTS, and the very address the
 * connection came in on (bound to 0.0.0.0, there is no other name). It keeps a page whose name was rebound to us from reading us.
 */
export function isAllowedHost(req: Request, { allowedHosts, host }: HostSettings): boolean {
  const name = hostName(req.headers.host);
  if (name === undefined) return false;
  if (
    isLoopbackHost(name) ||
    name === host.toLowerCase() ||
    name === parseAddress(req.socket.localAddress ?? '')
  )
    return true;
  return allowedHosts.some(
    (allowed) =>
      allowed === '*' ||
      allowed.toLowerCase() === name ||
      (allowed.startsWith('.') && `.${name}`.endsWith(allowed.toLowerCase())),
  );
}

/** A probe of a load balancer that speaks HTTP/1.0 and names no host. Browsers always name one, so no page whose name was rebound gets here. */
export const isHostlessProbe = ({ headers, httpVersion, url }: Request): boolean =>
  httpVersion === '1.0' && !headers.host && /^\/(livez|readyz)\/?(\?|$)/.test(url ?? '');

/** What a request is refused with whose Host this server does not answer to. */
export const wrongHost = ({ headers: { host } }: Pick<Request, 'headers'>): AppError =>
  host
    ? new AppError('request.unknown_host')
    : new AppError('request.malformed', {
        message:
          'The request names no host: send the header Host with the name of this server, such as localhost.',
      });

/** Whether a program on this machine asks, or who bears METRICS_TOKEN. */
export const createIsOperator =
  ({ callerOf, metricsToken }: { callerOf: CallerOf; metricsToken?: string | undefined }) =>
  (req: IncomingMessage): boolean =>
    callerOf(req).isLocal || bearsToken(req, metricsToken);

/** The face a request asks by its path, of those that are measured each on its own. */
export const faceOf = (url: string): 'trpc' | 'api' | undefined =>
  /^\/api\b/.test(url) ? 'api' : /^\/trpc\b/.test(url) ? 'trpc' : undefined;

/** How many calls a request is: those of a tRPC batch, else one. */
export function callsIn(url: string): number {
  if (faceOf(url) !== 'trpc') return 1;
  const path = url.split('?', 1)[0]!;
  return (path.match(/,|%2c/gi)?.length ?? 0) + 1;
}

/** The query of a request's URL. Read from the text: the URL itself may be anything. */
export function queryOf(url: string | undefined): URLSearchParams {
  const start = url?.indexOf('?') ?? -1;
  return new URLSearchParams(start < 0 ? '' : url!.slice(start + 1));
}

/** The same, to be read from. Throws request.malformed where it is not UTF-8 in percent-encoding, which would be read as something else. */
export function readQuery(url: string): URLSearchParams {
  const start = url.indexOf('?') + 1;
  try {
    if (start > 0) decodeURIComponent(url.slice(start));
  } catch (cause) {
    const message = 'Write the query in UTF-8 and in valid percent-encoding: a % is written %25.';
    throw new AppError('request.malformed', { cause, message });
  }
  return queryOf(url);
}

const credentialNames = new Set([
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'jwt',
  'bearer',
  'authorization',
  'password',
  'passwd',
  'pwd',
  'apikey',
  'xapikey',
  'secret',
  'clientsecret',
  'session',
  'sessionid',
  'sessiontoken',
]);
/** The first query parameter that looks like a credential. URLs end in logs, histories and Referer headers. */
export function credentialInUrl(url: string | undefined): string | undefined {
  if (!url?.includes('?')) return undefined;
  for (const [name, value] of queryOf(url)) {
    const plain = name.toLowerCase().replaceAll(/[_-]/g, '');
    if (credentialNames.has(plain) || plain.startsWith('ftradersession')) return name;
    // tRPC's event-stream link would write connectionParams here; on a socket "1" only announces them.
    if (name === 'connectionParams' && value !== '1') return name;
  }
  return undefined;
}

/** What the headers prove with: the Authorization header, or else the cookie; never both. */
export function credentialsOf(
  headers: IncomingMessage['headers'],
  cookieName: string = sessionCookieName,
): Credentials {
  const bearer = /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer) return { bearer };
  const cookie = (headers.cookie ?? '')
    .split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${cookieName}=`))
    ?.slice(cookieName.length + 1);
  return cookie ? { cookie } : {};
}

/** Whether the Authorization header is not read although nothing else proves who calls: a token without its word Bearer, as a rule. */
export const lacksBearer = (headers: IncomingMessage['headers']): boolean => {
  const { bearer, cookie } = credentialsOf(headers);
  const hasWord = /^\s*bearer\b/i.test(headers.authorization ?? 'Bearer');
  return !hasWord && bearer === undefined && cookie === undefined;
};

/** What a page's origin is held against: the scheme by which the request came, and CORS_ALLOWED_ORIGINS. */
export interface OriginSettings {
  scheme: 'http' | 'https';
  corsOrigins: AllowedOrigins;
}

/**
 * Whether the Origin header is this server's own, or one of `corsOrigins`. Scheme, host and port count: over plain HTTP anybody on
 * the way can write a page of our name. The Host was checked before.
 */
export function isKnownOrigin(
  { headers: { origin, host } }: Request,
  { scheme, corsOrigins }: OriginSettings,
): boolean {
  if (origin === undefined) return false;
  const own = `${scheme}://${host}`;
  return (URL.canParse(own) && new URL(own).origin === origin) || isAllowedOrigin(origin, corsOrigins);
}

/**
 * Whether a page of another origin may be behind this request: asked only when the cookie is the proof. Reads pass, since the
 * browser keeps their answers from foreign pages. A change without Origin passes only when the browser itself says
 * same-origin (a few privacy settings cut Origin); a program that holds the cookie can send it as an access token instead.
 */
export function isForeignPage(req: Request, settings: OriginSettings): boolean {
  if (req.method === 'GET' || req.method === 'HEAD') return false;
  if (req.headers.origin === undefined) return req.headers['sec-fetch-site'] !== 'same-origin';
  return !isKnownOrigin(req, settings);
}

/** The same for a WebSocket upgrade, whose messages a foreign page could read: browsers always send Origin there. */
export const isForeignSocket = (req: Request, settings: OriginSettings): boolean =>
  !isKnownOrigin(req, settings);

/** Whether the Authorization header bears `token`; compared in constant time. */
export function bearsToken({ headers }: Request, token: string | undefined): boolean {
  const [given, wanted] = [Buffer.from(headers.authorization ?? ''), Buffer.from(`Bearer ${token}`)];
  return token !== undefined && given.length === wanted.length && timingSafeEqual(given, wanted);
}
