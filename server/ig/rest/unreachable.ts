// Why a broker cannot be used, in words that say what to change. Pure: connects to nothing.
import { isUnknownAuthority } from '../../lib/unreachable.ts';

/**
 * Why a call has no readable answer: Node's code for sockets, names and certificates (`ECONNREFUSED`, `CERT_HAS_EXPIRED`), or for what
 * has none one of these words.
 */
const own = {
  TIMEOUT: 'it did not answer in time. Try again in a moment',
  NOT_HTTP: 'what answers there is no web server. Correct the address',
  BAD_PORT: 'that port is never used for the web. Correct the address',
  REDIRECT: 'it sends its callers to another address. Correct the address',
  HTML: 'it answered with a page instead of data, as in its maintenance. Try again later, or correct the address',
  EMPTY: 'it answered with nothing. Try again in a moment',
  CUT: 'its answer broke off, or is no JSON. Try again in a moment',
  TOO_LARGE: 'its answer is too large. Correct the address',
};
export type OwnReason = keyof typeof own;

const broken = 'the connection was closed before the whole answer was there. Try again in a moment';
const nobody = 'nobody answers there. Correct the address, or open the firewall';
const noWay = 'no way leads there. Correct the address, or the network';
const words: Record<string, string | ((host: string) => string)> = {
  ...own,
  ECONNREFUSED: 'nothing listens there. Correct the address',
  ENOTFOUND: (host) => `no machine is called ${withoutPort(host)}. Correct the address`,
  EAI_AGAIN: (host) =>
    `the name ${withoutPort(host)} cannot be looked up now. Correct the name server, or the address`,
  EHOSTUNREACH: noWay,
  ENETUNREACH: noWay,
  ETIMEDOUT: nobody,
  UND_ERR_CONNECT_TIMEOUT: nobody,
  ECONNRESET: broken,
  EPIPE: broken,
  UND_ERR_SOCKET: broken,
  ERR_INVALID_URL: 'that is no address. Write one such as https://demo-api.ig.com/gateway/deal',
  ERR_SSL_WRONG_VERSION_NUMBER:
    'it speaks no TLS. Write http:// into the address, if it is a simulator of yours',
  EPROTO: 'it speaks no TLS that is understood here. Correct the address',
  CERT_HAS_EXPIRED: 'its certificate has expired. It has to be renewed there, or the clock here is wrong',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet. The clock here is wrong, or that there',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name. Correct the address',
};
const ownAuthority =
  'its certificate is signed by an authority that is not known here, as where a proxy looks into what passes. Start the server with NODE_EXTRA_CA_CERTS=/path/to/that/authority.pem';

/** A sentence about the broker at `host` (with its port, if any), safe to show; undefined for a reason that says nothing to people. */
export function brokerInWords(host: string, reason: string): string | undefined {
  const found = isUnknownAuthority(reason) ? ownAuthority : words[reason];
  const why = typeof found === 'function' ? found(host) : found;
  return why && `The broker at ${host}: ${why}.`;
}
const withoutPort = (host: string) => host.replace(/:\d+$/, '');

/** Reasons that are there before a byte of a request has left. */
const beforeSending = new Set([
  'BAD_PORT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
  'ERR_INVALID_URL',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);
export const provesNothingSent = (reason: string) => beforeSending.has(reason) || isUnknownAuthority(reason);

/** Why `fetch` or reading its answer failed; the empty text when that is not known. */
export function reasonOf(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 4; each = each.cause, depth++) {
    if (each.name === 'HTTPParserError') return 'NOT_HTTP';
    if (each.message === 'unexpected redirect') return 'REDIRECT';
    if (each.message === 'bad port') return 'BAD_PORT';
    if ('code' in each && typeof each.code === 'string') return each.code;
  }
  return '';
}

/** Why an answer cannot be read; undefined: it was too long. */
export function reasonOfText(text: string | undefined): OwnReason {
  if (text === undefined) return 'TOO_LARGE';
  if (text.trim() === '') return 'EMPTY';
  return /^\s*</.test(text) ? 'HTML' : 'CUT';
}
