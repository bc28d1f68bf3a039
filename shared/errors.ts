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
    message: 'Correct the fields named in fields and send again.',
    help: 'Correct the fields named in `fields` and send again.',
  },
  'request.malformed': {
    kind: 'invalid',
    message: 'The request cannot be read.',
    help: 'The message says what to change: JSON in UTF-8 with Content-Type application/json, each deciding header once.',
  },
  'request.too_large': {
    kind: 'invalid',
    message: 'The request is too large: send at most 100 kB.',
    help: 'Split it, or leave out what is not needed. The bound holds after a compressed body was inflated.',
  },
  'request.headers_too_large': {
    kind: 'invalid',
    message: 'The headers are too large: send at most 16 kB of them, cookies included.',
    help: 'Clear the cookies of this host, or send fewer headers.',
  },
  'request.unknown_host': {
    kind: 'invalid',
    message: 'This server does not answer to that host name: use one of ALLOWED_HOSTS, or add it there.',
    help: 'Use a host of ALLOWED_HOSTS, or add the name there.',
  },
  'request.credentials_in_url': {
    kind: 'invalid',
    message: 'Credentials may not be part of a URL: send them in the Authorization header.',
    help: 'Send them in the Authorization header, the cookie, the tRPC connectionParams or the first WebSocket message.',
  },
  'request.origin_refused': {
    kind: 'forbidden',
    message:
      'A page of another origin may not use this cookie: add its origin to CORS_ALLOWED_ORIGINS, or send an access token.',
    help: 'Add the origin to CORS_ALLOWED_ORIGINS, or send an access token.',
  },
  'request.unknown_path': {
    kind: 'not_found',
    message: 'There is nothing at this path: /api/docs/ lists what there is.',
    help: 'See /api/docs/ for what there is.',
  },
  'request.method_not_allowed': {
    kind: 'not_found',
    message: 'This path does not take that method: /api/docs/ lists those of each path.',
    help: 'See /api/docs/ for the methods of each path.',
  },
  'request.limited': {
    kind: 'limited',
    message: 'Too many requests of this kind.',
    help: 'Wait `retryAfterMs`, then send again.',
  },
  'request.too_many_subscriptions': {
    kind: 'limited',
    message: 'Too many subscriptions are open: end one first.',
    help: 'End a subscription or close a connection first; the message says which bound was met. On a socket 4413 means the same.',
  },
  'auth.required': {
    kind: 'unauthenticated',
    message:
      'Sign in first: send the accessToken of POST /api/auth/login (auth.login) as "Authorization: Bearer <accessToken>".',
    help: 'POST /api/auth/login (auth.login) gives it; on a WebSocket it is the `token` of the connectionParams.',
  },
  'auth.bearer_missing': {
    kind: 'unauthenticated',
    message: 'The Authorization header lacks the word Bearer: write "Authorization: Bearer <accessToken>".',
    help: 'Only that scheme is read.',
  },
  'auth.token_expired': {
    kind: 'unauthenticated',
    message: 'The access token has expired: get a new one from POST /api/token/refresh (auth.refresh).',
    help: 'Send the refresh token to POST /api/token/refresh (auth.refresh).',
  },
  'auth.token_invalid': {
    kind: 'unauthenticated',
    message: 'This token cannot be used, or its login has ended: sign in again.',
    help: 'Sign in again.',
  },
  'auth.invalid_credentials': {
    kind: 'unauthenticated',
    message: 'E-mail address or password is wrong: check both.',
    help: 'Check both; after several wrong attempts wait for `retryAfterMs`.',
  },
  'auth.wrong_password': {
    kind: 'forbidden',
    message: 'This is not the password that you sign in here with: type it again.',
    help: 'The password of this server is meant, not the broker’s; wrong ones count as log-ins that failed.',
  },
  'auth.email_taken': {
    kind: 'conflict',
    message: 'An account with this e-mail address exists: log in, or use another address.',
    help: 'Log in, or register with another address.',
  },
  'auth.registration_closed': {
    kind: 'forbidden',
    message: 'Nobody can sign up here: ask whoever runs this server for an account.',
    help: 'The server was started with REGISTRATION=off; its operator makes accounts by command.',
  },
  'auth.scope_missing': {
    kind: 'forbidden',
    message: 'This login may not do that: use one with the scope that the documents name.',
    help: 'Use a login or key with the scope named in the documents.',
  },
  'market_data.unknown_epic': {
    kind: 'not_found',
    message:
      'The broker knows no such market: find its epic with GET /api/market-data/markets (marketData.search).',
    help: 'Find the epic with GET /api/market-data/markets (marketData.search).',
  },
  'market_data.unknown_feed': {
    kind: 'not_found',
    message:
      'There is no such feed here: leave feed out, or use one that GET /api/system/status (system.status) lists.',
    help: 'GET /api/system/status (system.status) lists the feeds; leave `feed` out for the default one.',
  },
  'market_data.no_feed': {
    kind: 'unavailable',
    message:
      'No broker login is configured: start with the simulator, or set IG_API_KEY, IG_IDENTIFIER and IG_PASSWORD.',
    help: 'Start with the simulator, or set IG_API_KEY, IG_IDENTIFIER and IG_PASSWORD.',
  },
  'market_data.too_many_subscriptions': {
    kind: 'limited',
    message: 'This connection watches too many markets: end a subscription first.',
    help: 'Stop a subscription first, or open a second connection.',
  },
  'accounts.none': {
    kind: 'not_found',
    message: 'You have no broker account: connect one with POST /api/accounts (accounts.connect).',
    help: 'GET /api/accounts (accounts.list) names yours; where the simulator runs one is made for you.',
  },
  'accounts.not_found': {
    kind: 'not_found',
    message: 'You have no such account: GET /api/accounts (accounts.list) names yours.',
    help: 'GET /api/accounts (accounts.list) names yours.',
  },
  'accounts.ambiguous': {
    kind: 'invalid',
    message: 'You have several accounts: send accountId; GET /api/accounts (accounts.list) names yours.',
    help: 'Send `accountId`; GET /api/accounts (accounts.list) names yours.',
  },
  'accounts.taken': {
    kind: 'conflict',
    message: 'Another user of this server has connected this account: they must disconnect it first.',
    help: 'Each account of the broker is connected by one user at a time; its present one must disconnect it.',
  },
  'accounts.disconnected': {
    kind: 'conflict',
    message:
      'This account is disconnected: connect it again with POST /api/accounts (accounts.connect) to deal on it.',
    help: 'Its deals and events can still be read; POST /api/accounts (accounts.connect) brings it back under the same id.',
  },
  'accounts.open_positions': {
    kind: 'conflict',
    message:
      'Positions are open on this account: close them first, or send withOpenPositions: true to leave them to the broker.',
    help: 'Positions that stay open go on at the broker, with their stops and limits, unwatched from here.',
  },
  'accounts.deal_under_way': {
    kind: 'conflict',
    message: 'A deal of this account is not decided yet: try again in a moment.',
    help: 'GET /api/trading/deals (trading.listDeals) shows it; most are decided within seconds.',
  },
  'accounts.nothing_to_deal': {
    kind: 'conflict',
    message:
      'This login has no account for CFDs or spread bets that is open for dealing: open one at the broker.',
    help: 'Share dealing accounts are not connected.',
  },
  'accounts.other_login': {
    kind: 'conflict',
    message:
      'This is another login and does not have that account: connect it with POST /api/accounts (accounts.connect) instead.',
    help: 'PUT /api/accounts/{id}/credentials (accounts.updateCredentials) takes a new password or key of the same login.',
  },
  'accounts.not_live': {
    kind: 'conflict',
    message: 'This is no live account: demo and simulated ones deal without being switched on.',
    help: 'Only accounts with the environment `live` have this switch.',
  },
  'trading.key_reused': {
    kind: 'key_reused',
    message: 'This idempotency key was used for another request: use a new one for a new intent.',
    help: 'Use a new key for a new intent; the same key only to repeat the same request.',
  },
  'trading.deal_not_found': {
    kind: 'not_found',
    message: 'You have no such deal: GET /api/trading/deals (trading.listDeals) names yours.',
    help: 'GET /api/trading/deals (trading.listDeals) names yours.',
  },
  'trading.position_not_found': {
    kind: 'not_found',
    message:
      'You have no such open position: GET /api/trading/positions (trading.listPositions) names yours.',
    help: 'GET /api/trading/positions (trading.listPositions) names yours.',
  },
  'notifications.not_found': {
    kind: 'not_found',
    message: 'You have no such notification: GET /api/notifications (notifications.list) names yours.',
    help: 'GET /api/notifications (notifications.list) names yours.',
  },
  'broker.unavailable': {
    kind: 'upstream',
    message: 'The broker did not answer: try again in a moment.',
    help: 'Try again; a read is safe to repeat.',
  },
  'broker.refused': {
    kind: 'upstream',
    message: 'The broker refused the request: its own reason is in broker.code.',
    help: "See `broker.code` for the broker's own reason.",
  },
  'broker.limited': {
    kind: 'limited',
    message: "The broker's allowance is used up for the moment.",
    help: 'Wait `retryAfterMs`, then send again.',
  },
  'broker.login_failed': {
    kind: 'upstream',
    message: 'The broker refused the login: its reason is in broker.code.',
    help: 'The message says what to do about it; `broker.code` has the broker’s own reason.',
  },
  'server.unavailable': {
    kind: 'unavailable',
    message: 'The server is starting, stopping, or without its database: try again in a moment.',
    help: 'Try again in a moment.',
  },
  'server.bug': {
    kind: 'bug',
    message: 'Something went wrong on our side: try again, and report the requestId if it stays.',
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
