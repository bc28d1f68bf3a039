// The registry of errors: every code a caller can meet, what it means, why it happens and what to do. Pages and types come from here.
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
  /** Why it happens. */
  cause: string;
  /** What to do about it, besides what the message says. */
  help: string;
  /** Where it differs from what its kind says: sending the same again would do harm, or would help. */
  retryable?: boolean;
}
const entries = {
  'request.invalid': {
    kind: 'invalid',
    message: 'Correct the fields named in fields and send again.',
    cause:
      'A field is missing, misspelt, of the wrong kind or out of its bounds, or something was sent that this call does not read.',
    help: 'Correct the fields named in `fields` and send again.',
  },
  'request.malformed': {
    kind: 'invalid',
    message: 'The request cannot be read.',
    cause:
      'The body or a parameter is no JSON, is not UTF-8 or has another Content-Type, or a header that decides something stands twice.',
    help: 'The message says what to change: JSON in UTF-8 with Content-Type application/json, each deciding header once.',
  },
  'request.too_large': {
    kind: 'invalid',
    message: 'The request is too large: send at most 100 kB.',
    cause: 'The body is above 100 kB, as it came or after it was inflated.',
    help: 'Split it, or leave out what is not needed. The bound holds after a compressed body was inflated.',
  },
  'request.headers_too_large': {
    kind: 'invalid',
    message: 'The headers are too large: send at most 16 kB of them, cookies included.',
    cause: 'The headers of the request are above 16 kB in all, mostly because of many cookies of one host.',
    help: 'Clear the cookies of this host, or send fewer headers.',
  },
  'request.unknown_host': {
    kind: 'invalid',
    message: 'This server does not answer to that host name: use one of ALLOWED_HOSTS, or add it there.',
    cause:
      'The Host header names neither this machine nor an entry of ALLOWED_HOSTS; other names are refused, so that no foreign page can pass for this server.',
    help: 'Use a host of ALLOWED_HOSTS, or add the name there.',
  },
  'request.credentials_in_url': {
    kind: 'invalid',
    message: 'Credentials may not be part of a URL: send them in the Authorization header.',
    cause: 'The query of the URL holds a token, key or password. URLs end up in logs and histories.',
    help: 'Send them in the Authorization header, the cookie, the tRPC connectionParams or the first WebSocket message.',
  },
  'request.origin_refused': {
    kind: 'forbidden',
    message:
      'A page of another origin may not use this cookie: add its origin to CORS_ALLOWED_ORIGINS, or send an access token.',
    cause:
      'A page of an origin that is not allowed made the browser send the session cookie along with a change.',
    help: 'Add the origin to CORS_ALLOWED_ORIGINS, or send an access token.',
  },
  'request.unknown_path': {
    kind: 'not_found',
    message: 'There is nothing at this path: /api/docs/ lists what there is.',
    cause: 'The path is misspelt, or is that of another version of the server.',
    help: 'See /api/docs/ for what there is.',
  },
  'request.method_not_allowed': {
    kind: 'not_found',
    message: 'This path does not take that method: /api/docs/ lists those of each path.',
    cause: 'The path exists, for other methods.',
    help: 'See /api/docs/ for the methods of each path.',
  },
  'request.limited': {
    kind: 'limited',
    message: 'Too many requests of this kind.',
    cause: 'One caller or address has used up what it may ask of this kind within the time.',
    help: 'Wait `retryAfterMs`, then send again.',
  },
  'request.too_many_subscriptions': {
    kind: 'limited',
    message: 'Too many subscriptions are open: end one first.',
    cause: 'A connection, user or server has as many sockets, event streams or subscriptions open as it may.',
    help: 'End a subscription or close a connection first; the message says which bound was met. On a socket 4413 means the same.',
  },
  'auth.required': {
    kind: 'unauthenticated',
    message:
      'Sign in first: send the accessToken of POST /api/auth/login (auth.login) as "Authorization: Bearer <accessToken>".',
    cause: 'The request came without a token, API key or session cookie, and the call is not public.',
    help: 'POST /api/auth/login (auth.login) gives it; on a WebSocket it is the `token` of the connectionParams, or of the first message.',
  },
  'auth.bearer_missing': {
    kind: 'unauthenticated',
    message: 'The Authorization header lacks the word Bearer: write "Authorization: Bearer <accessToken>".',
    cause: 'The Authorization header has the token alone or another scheme.',
    help: 'Only that scheme is read.',
  },
  'auth.token_expired': {
    kind: 'unauthenticated',
    message: 'The access token has expired: get a new one from POST /api/token/refresh (auth.refresh).',
    cause:
      'Access tokens live for minutes (15 unless the operator chose otherwise), and this one is past its end.',
    help: 'Send the refresh token to POST /api/token/refresh (auth.refresh).',
  },
  'auth.token_invalid': {
    kind: 'unauthenticated',
    message: 'This token cannot be used, or its login has ended: sign in again.',
    cause:
      'The token is mutilated or of another server, or its login has ended: by logging out, another password, or an administrator.',
    help: 'Sign in again.',
  },
  'auth.invalid_credentials': {
    kind: 'unauthenticated',
    message: 'E-mail address or password is wrong: check both.',
    cause:
      'No user has this address with this password, or the user is disabled. The answer is the same for all, so that nobody learns who has an account.',
    help: 'Check both; after several wrong attempts wait for `retryAfterMs`.',
  },
  'auth.wrong_password': {
    kind: 'forbidden',
    message: 'This is not the password that you sign in here with: type it again.',
    cause: 'The password that was typed as a proof is not that of the user who is signed in.',
    help: 'The password of this server is meant, not the broker’s; wrong ones count as log-ins that failed.',
  },
  'auth.code_required': {
    kind: 'unauthenticated',
    message:
      'Two-factor authentication is on: send a code of your authenticator, or a recovery code, as code too.',
    cause: 'The password is right, and the user has an authenticator set up.',
    help: 'Send the same again with `code`: the 6 digits that the authenticator shows, or a recovery code. Whoever lost both asks the operator.',
  },
  'auth.code_wrong': {
    kind: 'unauthenticated',
    message: 'This code is wrong, or was used already: wait for the next one that your authenticator shows.',
    cause:
      'The code is mistyped, of another authenticator, past its time or spent, or a clock is off by more than half a minute.',
    help: 'Each code is good once, for a minute or so: check the clock of the device that shows them. Wrong ones are limited, whatever network they come from.',
  },
  'auth.totp_enabled': {
    kind: 'conflict',
    message: 'Two-factor authentication is on already: switch it off first to set up another authenticator.',
    cause: 'An authenticator was set up and confirmed before.',
    help: 'POST /api/auth/totp/disable (auth.disableTotp) switches it off.',
  },
  'auth.totp_not_enabled': {
    kind: 'conflict',
    message:
      'Two-factor authentication is off: set up an authenticator first, or send your password where one is asked for.',
    cause: 'No authenticator was confirmed, or it was switched off since.',
    help: 'POST /api/auth/totp (auth.startTotp) begins it.',
  },
  'auth.totp_not_started': {
    kind: 'conflict',
    message: 'There is no authenticator to confirm: begin with POST /api/auth/totp.',
    cause: 'Setting it up was not begun, or was ended since.',
    help: 'POST /api/auth/totp (auth.startTotp) gives what an authenticator is set up by.',
  },
  'auth.step_up_required': {
    kind: 'forbidden',
    message:
      'This asks for a recent proof of who you are: send your password, or a code of your authenticator, to POST /api/auth/step-up first.',
    cause:
      'The step is grave (keys, addresses, roles, the end of an account), and the last proof of who you are is older than 10 minutes.',
    help: 'POST /api/auth/step-up (auth.stepUp) takes the password, or the code where two-factor authentication is on; it holds for 10 minutes, as a log-in does. Then send the same again.',
  },
  'auth.code_invalid': {
    kind: 'invalid',
    message: 'This code cannot be used: each works once and for a while, so ask for another one.',
    cause: 'The mailed code is mistyped, spent or past its time.',
    help: 'Ask for another code: POST /api/auth/verify-email/resend or POST /api/auth/password-reset.',
  },
  'auth.email_unverified': {
    kind: 'forbidden',
    message: 'Your e-mail address is not confirmed: do so first with the code that was mailed to it.',
    cause:
      'Dealing with real money is switched on by confirmed addresses only, so that a lost password can be had back.',
    help: 'Have a code sent by POST /api/auth/verify-email/resend, then send it to POST /api/auth/verify-email.',
  },
  'auth.session_not_found': {
    kind: 'not_found',
    message: 'You have no such session, or it has ended: GET /api/auth/sessions lists those there are.',
    cause: 'The id is misspelt or another user’s, or that session is over.',
    help: 'List sessions by GET /api/auth/sessions (auth.listSessions).',
  },
  'auth.registration_closed': {
    kind: 'forbidden',
    message: 'Nobody can sign up here: ask whoever runs this server for an account.',
    cause:
      'The operator lets nobody sign up, or the server cannot send the mail that would confirm an address.',
    help: 'The server was started with REGISTRATION=off, or without SMTP_URL where no mailbox takes its place (in production, and in an API process without the worker), so that no address can be confirmed; its operator makes accounts: npm run user -- add EMAIL.',
  },
  'auth.scope_missing': {
    kind: 'forbidden',
    message: 'This login may not do that: use one with the scope that the documents name.',
    cause:
      'An API key does what its scopes allow, and no key does what asks for a session; administration asks for an administrator.',
    help: 'Use a login or key with the scope named in the documents.',
  },
  'auth.key_invalid': {
    kind: 'unauthenticated',
    message:
      'This API key cannot be used: it is wrong, revoked or expired, its user is disabled, or it does not work from your address.',
    cause:
      'The key is cut short, revoked or expired, its user is disabled, or the request comes from a network that the key is not bound to.',
    help: 'Send the whole key. GET /api/auth/api-keys (auth.listApiKeys) tells until when and from which networks it works.',
  },
  'auth.key_bound': {
    kind: 'forbidden',
    message:
      'This API key is bound to accounts: name one of them as accountId, or use an unbound key for what is of no account.',
    cause: 'The key is bound to certain accounts, and the call is of none or of another one.',
    help: 'GET /api/accounts (accounts.list) names the accounts of the key.',
  },
  'auth.key_not_found': {
    kind: 'not_found',
    message: 'You have no such API key: GET /api/auth/api-keys (auth.listApiKeys) names yours.',
    cause: 'The id is misspelt or another user’s, or that key was revoked.',
    help: 'GET /api/auth/api-keys (auth.listApiKeys) names yours.',
  },
  'auth.too_many_keys': {
    kind: 'conflict',
    message: 'You have 50 API keys, as many as there may be: revoke one first.',
    cause: 'Every key that was made and not revoked counts, expired ones too.',
    help: 'DELETE /api/auth/api-keys/{id} (auth.revokeApiKey) makes room.',
  },
  'market_data.unknown_epic': {
    kind: 'not_found',
    message:
      'The broker knows no such market: find its epic with GET /api/market-data/markets (marketData.search).',
    cause: 'The epic is misspelt, or the broker of this feed does not offer that market.',
    help: 'Find the epic with GET /api/market-data/markets (marketData.search).',
  },
  'market_data.unknown_feed': {
    kind: 'not_found',
    message:
      'There is no such feed here: leave feed out, or use one that GET /api/system/status (system.status) lists.',
    cause: 'The feed is misspelt, is not configured on this server, or is of another user’s login.',
    help: 'GET /api/system/status (system.status) lists the feeds; leave `feed` out for the default one.',
  },
  'market_data.no_feed': {
    kind: 'unavailable',
    message:
      'No broker login is configured: start with the simulator, or set IG_API_KEY, IG_IDENTIFIER and IG_PASSWORD.',
    cause: 'The server runs without the simulator and without a login of its own at a broker.',
    help: 'Start with the simulator, or set IG_API_KEY, IG_IDENTIFIER and IG_PASSWORD.',
  },
  'market_data.too_many_subscriptions': {
    kind: 'limited',
    message: 'This connection watches too many markets: end a subscription first.',
    cause: 'The broker streams a limited number of markets, so each connection may watch a limited number.',
    help: 'Stop a subscription first, or open a second connection.',
  },
  'market_data.watchlist_not_found': {
    kind: 'not_found',
    message:
      'You have no such watchlist: GET /api/market-data/watchlists (marketData.listWatchlists) names yours.',
    cause: 'The id is misspelt or another user’s, or the list was deleted.',
    help: 'GET /api/market-data/watchlists (marketData.listWatchlists) names yours.',
  },
  'market_data.watchlist_name_taken': {
    kind: 'conflict',
    message: 'You have a watchlist of this name: use another one, or change that list.',
    cause: 'Names tell your lists apart, and one of them has this name already.',
    help: 'Names differ by more than their case. GET /api/market-data/watchlists (marketData.listWatchlists) names yours.',
  },
  'market_data.watchlist_changed': {
    kind: 'conflict',
    message: 'This watchlist was changed meanwhile: read it again and make your change on its new version.',
    cause: 'The list was changed after the version that your change rests on.',
    help: 'Another tab, device or import changed it. GET /api/market-data/watchlists/{id} (marketData.getWatchlist) has the list and its `version`.',
  },
  'market_data.too_many_watchlists': {
    kind: 'conflict',
    message: 'You have as many watchlists as there may be: delete one first.',
    cause: 'The number of lists of a user has a bound.',
    help: 'The message says how many there may be. DELETE /api/market-data/watchlists/{id} (marketData.deleteWatchlist) makes room.',
  },
  'accounts.none': {
    kind: 'not_found',
    message: 'You have no broker account: connect one with POST /api/accounts (accounts.connect).',
    cause: 'The call is about a broker account, and no account is connected.',
    help: 'GET /api/accounts (accounts.list) names yours; where the simulator runs one is made for you.',
  },
  'accounts.not_found': {
    kind: 'not_found',
    message: 'You have no such account: GET /api/accounts (accounts.list) names yours.',
    cause: 'The id is misspelt, or the account is another user’s.',
    help: 'GET /api/accounts (accounts.list) names yours.',
  },
  'accounts.ambiguous': {
    kind: 'invalid',
    message: 'You have several accounts: send accountId; GET /api/accounts (accounts.list) names yours.',
    cause: 'The call leaves the account open, and more than one is connected.',
    help: 'Send `accountId`; GET /api/accounts (accounts.list) names yours.',
  },
  'accounts.taken': {
    kind: 'conflict',
    message: 'Another user of this server has connected this account: they must disconnect it first.',
    cause: 'Two users who deal on one account would each see deals that they did not make.',
    help: 'Each account of the broker is connected by one user at a time; its present one must disconnect it.',
  },
  'accounts.disconnected': {
    kind: 'conflict',
    message:
      'This account is disconnected: connect it again with POST /api/accounts (accounts.connect) to deal on it.',
    cause: 'The account was disconnected here, so FTrader neither deals on it nor follows it.',
    help: 'Its deals and events can still be read; POST /api/accounts (accounts.connect) brings it back under the same id.',
  },
  'accounts.open_positions': {
    kind: 'conflict',
    message:
      'Positions are open on this account: close them first, or send withOpenPositions: true to leave them to the broker.',
    cause: 'Disconnecting leaves what is open to the broker alone, so it has to be asked for in words.',
    help: 'Positions that stay open go on at the broker, with their stops and limits, unwatched from here.',
  },
  'accounts.deal_under_way': {
    kind: 'conflict',
    message: 'A deal of this account is not decided yet: try again in a moment.',
    cause: 'A deal was sent and its verdict is not known yet: without the account nobody would learn it.',
    help: 'GET /api/trading/deals (trading.listDeals) shows it; most are decided within seconds.',
  },
  'accounts.nothing_to_deal': {
    kind: 'conflict',
    message:
      'This login has no account for CFDs or spread bets that is open for dealing: open one at the broker.',
    cause: 'The broker lists no open account for CFDs or spread bets under this login.',
    help: 'Share dealing accounts are not connected.',
  },
  'accounts.other_login': {
    kind: 'conflict',
    message:
      'This is another login and does not have that account: connect it with POST /api/accounts (accounts.connect) instead.',
    cause: 'The broker lists other accounts under the login that was sent.',
    help: 'PUT /api/accounts/{id}/credentials (accounts.updateCredentials) takes a new password or key of the same login.',
  },
  'accounts.not_live': {
    kind: 'conflict',
    message: 'This is no live account: demo and simulated ones deal without being switched on.',
    cause: 'The switch guards real money, and this account has none.',
    help: 'Only accounts with the environment `live` have this switch.',
  },
  'accounts.not_simulated': {
    kind: 'conflict',
    message:
      'Only accounts of this server’s own simulator have faults: name one with the environment simulated.',
    cause: 'The account is at a real broker, or this server runs no simulator.',
    help: 'Use an account with the environment `simulated` on a server that runs the simulator.',
  },
  'trading.key_reused': {
    kind: 'key_reused',
    message: 'This idempotency key was used for another request: use a new one for a new intent.',
    cause: 'A key stands for one request for ever, and its first request differs from this one.',
    help: 'Use a new key for a new intent; the same key only to repeat the same request.',
  },
  'admin.user_not_found': {
    kind: 'not_found',
    message: 'There is no such user here: GET /api/admin/users (admin.listUsers) names all.',
    cause: 'The id is misspelt, or the user is gone.',
    help: 'GET /api/admin/users (admin.listUsers) names all, with their ids.',
  },
  'admin.last_administrator': {
    kind: 'conflict',
    message: 'This is the last administrator who can sign in: make another one first.',
    cause: 'Without an administrator who can sign in nobody could make another one.',
    help: 'PUT /api/admin/users/{id}/role (admin.setRole) makes another one.',
  },
  'admin.own_account': {
    kind: 'conflict',
    message: 'You cannot disable yourself: have another administrator do it.',
    cause: 'Who disables their own account could not undo it.',
    help: 'Another administrator can, and so can npm run user -- disable on the server’s machine.',
  },
  'admin.job_not_found': {
    kind: 'not_found',
    message: 'There is no such job: GET /api/admin/jobs (admin.listJobs) lists those that are kept.',
    cause: 'The id is misspelt, or the job is over for longer than jobs are kept.',
    help: 'GET /api/admin/jobs (admin.listJobs) lists them by state; jobs that are over are kept for a week.',
  },
  'admin.job_not_failed': {
    kind: 'conflict',
    message: 'This job has not failed: only one whose tries are used up is run once more.',
    cause: 'The job waits, runs or is done.',
    help: 'GET /api/admin/jobs (admin.listJobs) lists those that failed.',
  },
  'trading.market_busy': {
    kind: 'conflict',
    retryable: true,
    message:
      'A deal in this market awaits its verdict, or another target is being reached: try again in a moment.',
    cause:
      'A deal in this market is under way or another target is being reached, so what is open there may change at any moment.',
    help: 'What is open in a market is not known while a deal there is undecided. GET /api/trading/deals (trading.listDeals) shows it; most are decided within seconds.',
  },
  'trading.deal_not_found': {
    kind: 'not_found',
    message: 'You have no such deal: GET /api/trading/deals (trading.listDeals) names yours.',
    cause: 'The id or key is misspelt, or the deal is another user’s.',
    help: 'GET /api/trading/deals (trading.listDeals) names yours.',
  },
  'trading.saga_not_found': {
    kind: 'not_found',
    message:
      'You have not closed, cancelled or flattened everything under this id: the answer to it has its id, and so has the event dead_man.fired.',
    cause: 'The id is misspelt or another user’s, or is that of a target, which is asked for by its key.',
    help: 'The answer that began it has its id, and so has the event dead_man.fired. What became of a target is asked for with its key.',
  },
  'trading.position_not_found': {
    kind: 'not_found',
    message:
      'You have no such open position: GET /api/trading/positions (trading.listPositions) names yours.',
    cause: 'The position is closed, on another account, or not yet known here.',
    help: 'GET /api/trading/positions (trading.listPositions) names yours.',
  },
  'trading.order_not_found': {
    kind: 'not_found',
    message: 'You have no such working order: GET /api/trading/orders (trading.listOrders) names yours.',
    cause: 'The order was filled, cancelled or has expired, or is on another account.',
    help: 'GET /api/trading/orders (trading.listOrders) names yours. One that was filled, cancelled or has expired cannot be changed.',
  },
  'notifications.not_found': {
    kind: 'not_found',
    message: 'You have no such notification: GET /api/notifications (notifications.list) names yours.',
    cause:
      'The id is misspelt or another user’s, or the notification was read long ago and is no longer kept.',
    help: 'GET /api/notifications (notifications.list) names yours.',
  },
  'notifications.webhook_not_found': {
    kind: 'not_found',
    message:
      'You have no such webhook: GET /api/notifications/webhooks (notifications.listWebhooks) names yours.',
    cause: 'The id is misspelt or another user’s, or the webhook was deleted.',
    help: 'GET /api/notifications/webhooks (notifications.listWebhooks) names yours.',
  },
  'notifications.too_many_webhooks': {
    kind: 'conflict',
    message: 'You have 20 webhooks, as many as there may be: delete one first.',
    cause: 'Every webhook that is not deleted counts, paused ones too.',
    help: 'DELETE /api/notifications/webhooks/{id} (notifications.deleteWebhook) makes room.',
  },
  'notifications.webhook_not_active': {
    kind: 'conflict',
    message:
      'This webhook is paused or disabled: switch it on first with PATCH /api/notifications/webhooks/{id} and state: active.',
    cause: 'You paused it, or it was disabled because its address failed for too long.',
    help: 'PATCH /api/notifications/webhooks/{id} (notifications.updateWebhook) with `state: "active"` switches it on; `stateReason` says why it was disabled.',
  },
  'notifications.delivery_not_found': {
    kind: 'not_found',
    message:
      'You have no such delivery: GET /api/notifications/webhooks/deliveries (notifications.listDeliveries) names yours.',
    cause: 'The id is misspelt or another user’s, or the delivery ended more than 30 days ago.',
    help: 'GET /api/notifications/webhooks/deliveries (notifications.listDeliveries) names yours; those that ended are kept for 30 days.',
  },
  'notifications.channel_unavailable': {
    kind: 'conflict',
    message: 'Nothing leaves by this channel now: GET /api/notifications/preferences says why.',
    cause: 'The server sends no mail, the address is not confirmed, or there is no active webhook.',
    help: '`channels` of GET /api/notifications/preferences (notifications.getPreferences) names the problem of each channel.',
  },
  'notifications.alert_not_found': {
    kind: 'not_found',
    message: 'You have no such alert: GET /api/notifications/alerts (notifications.listAlerts) names yours.',
    cause: 'The id is misspelt or another user’s, or the alert was deleted.',
    help: 'GET /api/notifications/alerts (notifications.listAlerts) names yours.',
  },
  'notifications.too_many_alerts': {
    kind: 'conflict',
    message: 'You have as many alerts in force as there may be: delete one first.',
    cause: 'Every alert in force is looked at with each price, so their number has a bound.',
    help: 'The message says how many there may be; those that are done or expired do not count. DELETE /api/notifications/alerts/{id} (notifications.deleteAlert) makes room.',
  },
  'signals.not_found': {
    kind: 'not_found',
    message: 'You have no such signal: GET /api/signals (signals.list) names yours.',
    cause: "The id is of nobody's signal, or of somebody else's, or the signal was deleted.",
    help: 'GET /api/signals (signals.list) names yours.',
  },
  'signals.too_many': {
    kind: 'conflict',
    message: 'You have 20 signals, as many as there may be: delete one first.',
    cause: 'A person may have 20 signals.',
    help: 'DELETE /api/signals/{id} (signals.delete) makes room.',
  },
  'signals.unknown': {
    kind: 'unauthenticated',
    message:
      'There is no such signal, its secret is another one, or its user is disabled: check the address and the secret in the body.',
    cause:
      'The id in the address or the secret in the body is mistyped, or the signal was deleted, or its user is disabled.',
    help: 'The secret is shown once, when the signal is made. Setting the password anew deletes signals, as it does API keys.',
  },
  'signals.paused': {
    kind: 'forbidden',
    message: 'This signal is paused: nothing is dealt.',
    cause: 'Its owner switched it off.',
    help: 'PATCH /api/signals/{id} (signals.update) with `state: "active"` switches it on.',
  },
  'signals.not_allowed': {
    kind: 'forbidden',
    message: 'This is beyond what the signal may deal: see its scopes, markets and size.',
    cause: 'Its owner gave it fewer scopes, other markets or a smaller size than this one asks for.',
    help: 'The message says which of its terms it is beyond: scopes, markets or size. PATCH /api/signals/{id} (signals.update) changes them.',
  },
  'signals.not_in_time': {
    kind: 'invalid',
    message: 'The time in this signal is too far from the time here: write when it was sent as at.',
    cause: 'It was sent long ago and is repeated, or a clock is wrong.',
    help: '`at` is when the signal was sent, not when its candle began; `windowSeconds` of the signal says how far it may be away. Check the clock of whoever sends.',
  },
  'portfolio.not_found': {
    kind: 'not_found',
    message: 'You have no such portfolio: GET /api/portfolio (portfolio.list) names yours.',
    cause: 'The id is misspelt or another user’s, or the portfolio was deleted.',
    help: 'GET /api/portfolio (portfolio.list) names yours.',
  },
  'portfolio.transaction_not_found': {
    kind: 'not_found',
    message:
      'This portfolio has no such transaction: GET /api/portfolio/{id}/transactions (portfolio.transactions) lists them.',
    cause: 'The id is misspelt or of another portfolio.',
    help: 'GET /api/portfolio/{id}/transactions (portfolio.transactions) lists them, reversals included.',
  },
  'portfolio.key_reused': {
    kind: 'key_reused',
    message: 'This idempotency key was used for another transaction: use a new one for a new transaction.',
    cause: 'A key stands for one transaction for ever, and its first one differs from this one.',
    help: 'Use a new key for a new transaction; the same key only to repeat the same request.',
  },
  'portfolio.already_reversed': {
    kind: 'conflict',
    message: 'This transaction is taken back already: enter what is right as a new one.',
    cause: 'The transaction was taken back before, perhaps by another tab.',
    help: 'Nothing is taken back twice. `reversedBy` of the transaction names what took it back.',
  },
  'portfolio.is_reversal': {
    kind: 'conflict',
    message: 'This is a reversal, which is not taken back: enter the transaction again as a new one.',
    cause: 'Taking back what takes something back would only hide what happened.',
    help: 'What a reversal took back is entered again as a new transaction.',
  },
  'portfolio.impossible': {
    kind: 'conflict',
    message: 'With it a later transaction could not have happened: take that one back first.',
    cause:
      'Transactions are checked in the order of their days, and with this one a later one would sell or pay out more than there is.',
    help: 'The message names the transaction and what is wrong with it: more would be sold than is held, for example. Take it back first, then enter both anew.',
  },
  'portfolio.rate_missing': {
    kind: 'invalid',
    message:
      'There is no exchange rate for this currency: write rate, or enter one of the day with PUT /api/portfolio/prices (portfolio.setPrices).',
    cause:
      'The transaction is in another currency than the portfolio, and no rate of that day or the seven days before it is known.',
    help: 'The rate of the transaction itself goes into `rate`; PUT /api/portfolio/prices (portfolio.setPrices) enters that of a day, which counts for seven days more.',
  },
  'broker.unavailable': {
    kind: 'upstream',
    message: 'The broker did not answer: try again in a moment.',
    cause: 'The broker did not answer in time, closed the connection, or answered with a fault of its own.',
    help: 'Try again; a read is safe to repeat.',
  },
  'broker.refused': {
    kind: 'upstream',
    message: 'The broker refused the request: its own reason is in broker.code.',
    cause: 'The broker understood the request and does not do it.',
    help: "See `broker.code` for the broker's own reason.",
  },
  'broker.limited': {
    kind: 'limited',
    message: "The broker's allowance is used up for the moment.",
    cause:
      'The broker counts the requests of a login and key by minute and by week, and the rest of the allowance is kept for dealing.',
    help: 'Wait `retryAfterMs`, then send again.',
  },
  'broker.login_failed': {
    kind: 'upstream',
    message: 'The broker refused the login: its reason is in broker.code.',
    cause:
      'The password, identifier or API key is wrong or of another environment, or the broker has locked the login.',
    help: 'The message says what to do about it; `broker.code` has the broker’s own reason.',
    retryable: false, // IG locks a login after a few wrong ones
  },
  'server.unavailable': {
    kind: 'unavailable',
    message: 'The server is starting, stopping, or without its database: try again in a moment.',
    cause: 'The server is starting or stopping, or its database cannot be reached or is full.',
    help: 'Try again in a moment.',
  },
  'server.bug': {
    kind: 'bug',
    message: 'Something went wrong on our side: try again, and report the requestId if it stays.',
    cause: 'A fault in FTrader itself. The log of the server has it under the requestId.',
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
