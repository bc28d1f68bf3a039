// The registry of errors: every code a caller can meet, what it means and what to do. Pages and types come from here.
import { z } from 'zod';

export type ErrorKind =
  | 'invalid'
  | 'unauthenticated'
  | 'forbidden'
  | 'not_found'
  | 'conflict'
  | 'key_reused'
  | 'limited'
  | 'upstream'
  | 'unavailable'
  | 'bug';

interface ErrorEntry {
  kind: ErrorKind;
  message: string;
  help: string;
}
const entries = {
  'request.invalid': {
    kind: 'invalid',
    message: 'The request has fields that cannot be used.',
    help: 'Correct the fields named in `fields` and send again.',
  },
  'request.malformed': {
    kind: 'invalid',
    message: 'The request is not valid JSON.',
    help: 'Send a JSON body with Content-Type application/json.',
  },
  'request.too_large': {
    kind: 'invalid',
    message: 'The request is larger than is accepted.',
    help: 'Send at most 100 kB.',
  },
  'request.unknown_host': {
    kind: 'invalid',
    message: 'This server does not answer to that host name.',
    help: 'Use a host of ALLOWED_HOSTS, or add the name there.',
  },
  'request.credentials_in_url': {
    kind: 'invalid',
    message: 'Credentials may not be part of a URL.',
    help: 'Send them in the Authorization header, the cookie, the tRPC connectionParams or the first WebSocket message.',
  },
  'request.origin_refused': {
    kind: 'forbidden',
    message: 'A page of another origin may not use this cookie.',
    help: 'Add the origin to CORS_ALLOWED_ORIGINS, or send an access token.',
  },
  'request.unknown_path': {
    kind: 'not_found',
    message: 'There is nothing at this path.',
    help: 'See /api/docs/ for what there is.',
  },
  'request.method_not_allowed': {
    kind: 'not_found',
    message: 'This path does not take that method.',
    help: 'See /api/docs/ for the methods of each path.',
  },
  'request.limited': {
    kind: 'limited',
    message: 'Too many requests of this kind.',
    help: 'Wait `retryAfterMs`, then send again.',
  },
  'request.too_many_subscriptions': {
    kind: 'limited',
    message: 'Too many subscriptions are open.',
    help: 'End a subscription or close a connection first; the message says which bound was met. On a socket 4413 means the same.',
  },
  'auth.required': {
    kind: 'unauthenticated',
    message: 'Sign in first.',
    help: 'Call auth.login and send the access token as "Authorization: Bearer …".',
  },
  'auth.token_expired': {
    kind: 'unauthenticated',
    message: 'The access token has expired.',
    help: 'Call auth.refresh with the refresh token.',
  },
  'auth.token_invalid': {
    kind: 'unauthenticated',
    message: 'The token cannot be used.',
    help: 'Sign in again.',
  },
  'auth.invalid_credentials': {
    kind: 'unauthenticated',
    message: 'E-mail address or password is wrong.',
    help: 'Check both; after several wrong attempts wait for `retryAfterMs`.',
  },
  'auth.email_taken': {
    kind: 'conflict',
    message: 'An account with this e-mail address exists.',
    help: 'Log in, or register with another address.',
  },
  'auth.registration_closed': {
    kind: 'forbidden',
    message: 'Nobody can sign up here.',
    help: 'Ask whoever runs this server for an account (REGISTRATION is off).',
  },
  'auth.scope_missing': {
    kind: 'forbidden',
    message: 'This login may not do that.',
    help: 'Use a login or key with the scope named in the documents.',
  },
  'market_data.unknown_epic': {
    kind: 'not_found',
    message: 'The broker knows no such market.',
    help: 'Find the epic with marketData.search.',
  },
  'market_data.unknown_feed': {
    kind: 'not_found',
    message: 'There is no such feed here.',
    help: 'system.status lists the feeds; leave `feed` out for the default one.',
  },
  'market_data.no_feed': {
    kind: 'unavailable',
    message: 'No broker login is configured.',
    help: 'Start with the simulator, or set IG_API_KEY, IG_IDENTIFIER and IG_PASSWORD.',
  },
  'market_data.too_many_subscriptions': {
    kind: 'limited',
    message: 'This connection watches too many markets.',
    help: 'Stop a subscription first, or open a second connection.',
  },
  'accounts.none': {
    kind: 'not_found',
    message: 'You have no broker account yet.',
    help: 'Connect one with accounts.connect; a simulated one is made for you where the simulator runs.',
  },
  'accounts.not_found': {
    kind: 'not_found',
    message: 'You have no such account.',
    help: 'accounts.list names yours.',
  },
  'accounts.ambiguous': {
    kind: 'invalid',
    message: 'You have several accounts: say which.',
    help: 'Send `accountId`; accounts.list names yours.',
  },
  'trading.key_reused': {
    kind: 'key_reused',
    message: 'This idempotency key was used for another request.',
    help: 'Use a new key for a new intent; the same key only to repeat the same request.',
  },
  'trading.deal_not_found': {
    kind: 'not_found',
    message: 'You have no such deal.',
    help: 'trading.listDeals names yours.',
  },
  'trading.position_not_found': {
    kind: 'not_found',
    message: 'You have no such open position.',
    help: 'trading.listPositions names yours.',
  },
  'notifications.not_found': {
    kind: 'not_found',
    message: 'You have no such notification.',
    help: 'notifications.list names yours.',
  },
  'broker.unavailable': {
    kind: 'upstream',
    message: 'The broker did not answer.',
    help: 'Try again; a read is safe to repeat.',
  },
  'broker.refused': {
    kind: 'upstream',
    message: 'The broker refused the request.',
    help: "See `broker.code` for the broker's own reason.",
  },
  'broker.limited': {
    kind: 'limited',
    message: "The broker's allowance is used up for the moment.",
    help: 'Wait `retryAfterMs`, then send again.',
  },
  'broker.login_failed': {
    kind: 'upstream',
    message: 'The broker refused the login.',
    help: 'Check the IG_* settings; `broker.code` has the reason.',
  },
  'server.unavailable': {
    kind: 'unavailable',
    message: 'The server is starting, stopping, or without its database.',
    help: 'Try again in a moment.',
  },
  'server.bug': {
    kind: 'bug',
    message: 'Something went wrong on our side.',
    help: 'Try again; if it stays, report the requestId.',
  },
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof entries;
export const errorRegistry: Readonly<Record<ErrorCode, ErrorEntry>> = entries;
export const errorCodes = Object.keys(entries) as ErrorCode[];

/** The one error object of every face. */
export const ErrorBody = z
  .object({
    code: z.string().describe('stable; see /api/docs/errors'),
    message: z.string().describe('safe to show; says what to do'),
    requestId: z.string(),
    retryable: z.boolean().describe('true when the same request may succeed later'),
    retryAfterMs: z.number().int().optional(),
    fields: z.record(z.string(), z.string()).optional().describe('path of the field → what is wrong with it'),
    broker: z.object({ code: z.string() }).optional(),
    docUrl: z.string(),
  })
  .meta({ id: 'Error' });
export type ErrorBody = z.infer<typeof ErrorBody>;
