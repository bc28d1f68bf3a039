// What can go wrong on IG's side, by name: one table, with the report of the real thing behind each. How it is asked for: settings.ts; how it strikes: ../faults.ts.
import type { MarketStatus } from '../market/instrument.ts';

/** What a fault may strike: deal requests (`order`: to place one), what the market or the clock triggered, reads (`confirm` is one of them), and logins. */
export const targets = [
  'open',
  'close',
  'amend',
  'order',
  'cancel',
  'trigger',
  'read',
  'confirm',
  'login',
] as const;
export type Target = (typeof targets)[number];
/** What the caller hears instead of the answer: nothing until it hangs up, a TCP reset, the answer late or cut off, or something else. */
export type Reply = 'silence' | 'reset' | 'late' | 'torn' | { status: number; html?: true };
type Option =
  | 'on'
  | 'accountId'
  | 'epic'
  | 'count'
  | 'probability'
  | 'seed'
  | 'ms'
  | 'code'
  | 'recoverable'
  | 'keepalives'
  | 'points'
  | 'pct'
  | 'skewMs';

interface Words {
  /** One sentence: what goes wrong. */
  what: string;
  /** Who saw it, in the words of the API reference. */
  seen: string;
  takes: readonly Option[];
  /** Default: open and close. */
  on?: readonly Target[];
  /** Default range: of a delay (requests, desk), of how long it lasts (stream, while); pulses have none. */
  ms?: readonly [number, number];
  /** The first is the default. */
  codes?: readonly (string | number)[];
}
/**
 * When it strikes. `before` a request is carried out (it never is), `after` it was, `later`: some time after the caller hung up. `desk`: as a deal is
 * decided and told. `stream`: as a stream request or update passes. `price`: as a tick passes. `pulse`: when it is set, or every `ms`. `while` it is set, or for `ms`.
 */
export type Fault = Words &
  (
    | { when: 'before' | 'after' | 'later'; reply: Reply }
    | { when: 'desk' | 'stream' | 'price' | 'pulse' }
    | { when: 'while'; status?: MarketStatus }
  );

const chance = ['accountId', 'count', 'probability', 'seed'] as const;
const request = ['on', ...chance] as const;
const market = ['epic', 'ms'] as const;
const orders = ['order', 'amend', 'cancel', 'trigger'] as const;
const allowance = (which: string) => `error.public-api.exceeded-${which}-allowance`;
const token = (which: string) => `error.security.${which}-token-invalid`;
const dropped = 'bennycode/ig-trading-api PR#139: retried on a dropped connection';
const repeated = 'none known; recovery of a stream session may repeat messages';
const closedDown =
  'trading-ig#84, #87, #113, #182, #252, #296: streams drop or loop every 2 hours to daily, always at the weekend';

export const table = {
  'time-out-before': {
    when: 'before',
    reply: 'silence',
    takes: request,
    what: 'The request is not carried out, and its caller hears nothing.',
    seen: 'joaquinbejar/ig-client doc/MUTATION_REQUEST_POLICY.md: a time-out says nothing about the deal',
  },
  'accept-then-time-out': {
    when: 'after',
    reply: 'silence',
    takes: request,
    what: 'The request is carried out, and its caller hears nothing.',
    seen: 'joaquinbejar/ig-client doc/MUTATION_REQUEST_POLICY.md',
  },
  'delayed-execution': {
    when: 'later',
    reply: 'silence',
    ms: [0, 25_000],
    takes: [...request, 'ms'],
    what: 'The caller hears nothing, and the request is carried out ms after it hung up.',
    seen: 'none known; the assumption behind defined absence',
  },
  slow: {
    when: 'after',
    reply: 'late',
    ms: [1_000, 5_000],
    takes: [...request, 'ms'],
    what: 'The request is carried out, and the right answer comes ms late.',
    seen: 'none known',
  },
  'reset-before': {
    when: 'before',
    reply: 'reset',
    takes: request,
    what: 'The connection is reset; the request is not carried out.',
    seen: dropped,
  },
  'reset-after': {
    when: 'after',
    reply: 'reset',
    takes: request,
    what: 'The request is carried out; then the connection is reset.',
    seen: dropped,
  },
  '5xx-before': {
    when: 'before',
    reply: { status: 500 },
    codes: ['system.error'],
    takes: request,
    what: 'Answered 500 system.error; the request is not carried out.',
    seen: 'IG documents 500 system.error; deals only after reconciliation',
  },
  '5xx-after': {
    when: 'after',
    reply: { status: 500 },
    codes: ['system.error'],
    takes: request,
    what: 'The request is carried out and answered 500 system.error.',
    seen: 'IG documents 500 system.error; deals only after reconciliation',
  },
  'malformed-json-before': {
    when: 'before',
    reply: 'torn',
    takes: request,
    what: 'Answered 200 with a body cut off in the middle; the request is not carried out.',
    seen: 'none known; an unreadable answer says nothing about the deal',
  },
  'malformed-json-after': {
    when: 'after',
    reply: 'torn',
    takes: request,
    what: 'The request is carried out, and its answer is cut off in the middle.',
    seen: 'none known; an unreadable answer says nothing about the deal',
  },
  'html-before': {
    when: 'before',
    reply: { status: 503, html: true },
    takes: request,
    what: 'Answered 503 with an HTML page; the request is not carried out.',
    seen: 'clients expect HTML during IG’s maintenance; none known by number',
  },
  'html-after': {
    when: 'after',
    reply: { status: 503, html: true },
    takes: request,
    what: 'The request is carried out and answered 503 with an HTML page.',
    seen: 'clients expect HTML during IG’s maintenance; none known by number',
  },
  'empty-200-after': {
    when: 'after',
    reply: { status: 200 },
    takes: request,
    what: 'The request is carried out and answered 200 without a body.',
    seen: 'trading-ig PR#237, PR#256: empty bodies, there with 405',
  },
  'empty-405': {
    when: 'before',
    reply: { status: 405 },
    on: ['confirm'],
    takes: request,
    what: 'A confirm is answered 405 without a body, as if it were not ready.',
    seen: 'trading-ig PR#237, PR#256',
  },
  'expired-before': {
    when: 'before',
    reply: { status: 401 },
    codes: [
      token('client'),
      token('account'),
      token('oauth'),
      'service.security.authentication.failure-invalid-client-security-token',
    ],
    takes: [...request, 'code'],
    what: 'Refused 401 with a token code though the token is good; the request is not carried out.',
    seen: 'trading-ig#101, #338',
  },
  'throttled-before': {
    when: 'before',
    reply: { status: 403 },
    codes: [
      allowance('account-trading'),
      allowance('account'),
      allowance('api-key'),
      allowance('account-historical-data'),
    ],
    takes: [...request, 'code'],
    what: 'Refused 403 with an allowance code though there is allowance left; the request is not carried out.',
    seen: 'trading-ig#203: the published allowance is not reachable',
  },

  'late-confirm': {
    when: 'desk',
    ms: [5_000, 40_000],
    takes: [...request, 'ms'],
    what: 'The confirm comes ms after the request, on the stream and over REST.',
    seen: 'trading-ig#176: 404 until the confirm exists',
  },
  'lost-confirm': {
    when: 'desk',
    takes: request,
    what: 'The confirm never comes, neither on the stream nor over REST.',
    seen: 'trading-ig#176: 404 once the confirm is gone',
  },
  'doubled-confirm': {
    when: 'desk',
    takes: request,
    what: 'The confirm comes twice on the stream.',
    seen: repeated,
  },
  'reordered-confirm': {
    when: 'desk',
    ms: [5_000, 5_000],
    takes: [...request, 'ms'],
    what: 'On the stream the confirm is overtaken by the next one of its account; without a next one it comes ms late.',
    seen: 'none known',
  },
  'confirm-first': {
    when: 'desk',
    takes: request,
    what: 'The confirm comes before the position or order update of its deal.',
    seen: 'recorded trade streams of 2022 and 2023: either arrives first',
  },
  'opu-first': {
    when: 'desk',
    takes: request,
    what: 'The confirm comes after the position or order update of its deal.',
    seen: 'recorded trade streams of 2022 and 2023: either arrives first',
  },
  'late-opu': {
    when: 'desk',
    ms: [5_000, 40_000],
    takes: [...request, 'ms'],
    what: 'Position updates come ms late, and those of the account that follow wait for them.',
    seen: 'trading-ig#290: a confirm was there before its position',
  },
  'lost-opu': {
    when: 'desk',
    takes: request,
    what: 'A position update never comes.',
    seen: 'trading-ig#84, #87: streams drop, and IG promises no replay of what was missed',
  },
  'doubled-opu': { when: 'desk', takes: request, what: 'A position update comes twice.', seen: repeated },
  'late-wou': {
    when: 'desk',
    ms: [5_000, 40_000],
    on: orders,
    takes: [...request, 'ms'],
    what: 'Working order updates come ms late, and updates of the account that follow wait for them.',
    seen: 'none known',
  },
  'lost-wou': {
    when: 'desk',
    on: orders,
    takes: request,
    what: 'A working order update never comes.',
    seen: 'trading-ig#84, #87: streams drop, and IG promises no replay of what was missed',
  },
  'doubled-wou': {
    when: 'desk',
    on: orders,
    takes: request,
    what: 'A working order update comes twice.',
    seen: repeated,
  },
  'duplicate-check-off': {
    when: 'desk',
    takes: request,
    what: 'A dealReference that was used before opens another position.',
    seen: 'how long IG remembers a dealReference is not documented',
  },
  'suspended-mid-order': {
    when: 'desk',
    ms: [30_000, 30_000],
    takes: [...request, 'epic', 'ms'],
    what: 'The market is suspended for ms between the acceptance of a request and its booking, which is refused.',
    seen: 'none known; IG documents SUSPENDED',
  },

  'create-refused': {
    when: 'stream',
    codes: [65, 1, 2, 5, 6, 7, 60, 66, 68],
    takes: ['count', 'probability', 'seed', 'ms', 'code'],
    what: 'A new stream session is refused with CONERR and code.',
    seen: 'bennycode/ig-trading-api PR#514: 65 Unsupported protocol version: 2.5.0',
  },
  'recovery-refused': {
    when: 'stream',
    codes: [4, 20],
    takes: [...chance, 'ms', 'code'],
    what: 'The recovery of a stream session is refused with CONERR and code, and what it held is lost.',
    seen: 'none known; Lightstreamer documents both codes',
  },
  mute: {
    when: 'stream',
    takes: [...chance, 'epic', 'ms', 'keepalives'],
    what: 'Streams stay open and subscribed, but updates are swallowed; with keepalives false not even a PROBE comes.',
    seen: 'trading-ig#31: connected, and nothing comes',
  },
  'stream-drop': {
    when: 'pulse',
    takes: [...chance, 'ms', 'recoverable'],
    what: 'Every stream connection breaks without a word; with recoverable false its session is forgotten too.',
    seen: closedDown,
  },
  'stream-loop': {
    when: 'pulse',
    takes: [...chance, 'ms'],
    what: 'Every stream session is asked to bind again (LOOP).',
    seen: closedDown,
  },
  'stream-end': {
    when: 'pulse',
    codes: [48, 31, 32, 35, 40, 66, 68],
    takes: [...chance, 'ms', 'code'],
    what: 'Every stream session is ended with END and code.',
    seen: closedDown,
  },
  'stalled-socket': {
    when: 'while',
    takes: ['ms'],
    what: 'The stream server neither reads nor writes, while its TCP connections stay.',
    seen: 'trading-ig#31, #84: clients hung waiting for a message',
  },

  'crossed-quotes': {
    when: 'price',
    takes: ['epic', 'count', 'probability', 'seed'],
    what: 'For a tick the bid is above the offer.',
    seen: 'none known',
  },
  'price-gap': {
    when: 'while',
    takes: [...market, 'points', 'pct'],
    what: 'The price jumps by points or pct and stays there; with ms it comes back evenly within that time. Price history stays as it was.',
    seen: 'none known; IG’s help pages: a stop may slip through a gap',
  },
  suspended: {
    when: 'while',
    status: 'SUSPENDED',
    takes: market,
    what: 'The market is suspended: its last price stands still.',
    seen: 'IG REST: GET /markets `marketStatus`',
  },
  'edits-only': {
    when: 'while',
    status: 'EDITS_ONLY',
    takes: market,
    what: 'Orders may be amended and not placed: the last price stands still.',
    seen: 'npouzenc/IGMarkets fixture: shares, EDITS_ONLY',
  },
  'closings-only': {
    when: 'while',
    status: 'CLOSINGS_ONLY',
    takes: market,
    what: 'Positions may be closed and not opened: the last price stands still.',
    seen: 'IG REST: GET /markets v4 `marketStatus`',
  },
  closed: {
    when: 'while',
    status: 'CLOSED',
    takes: market,
    what: 'The market is closed: its last price stands still.',
    seen: 'IG REST: GET /markets `marketStatus`',
  },
  offline: {
    when: 'while',
    status: 'OFFLINE',
    takes: market,
    what: 'The market is offline: its last price stands still.',
    seen: 'seen on demo while live trades',
  },
  auction: {
    when: 'while',
    status: 'ON_AUCTION',
    takes: market,
    what: 'The market is in an auction: its last price stands still.',
    seen: 'IG REST: GET /markets `marketStatus`',
  },

  maintenance: {
    when: 'while',
    ms: [0, 0],
    takes: ['ms'],
    what: 'All tokens are void at once; for ms every REST request is answered 503 with an HTML page.',
    seen: 'IG’s guide: tokens are dropped at the weekend; trading-ig#338',
  },
  'clock-skew': {
    when: 'while',
    takes: ['skewMs', 'ms'],
    what: 'The broker’s clock is off by skewMs: the dates of deals, prices and answers. What was booked keeps its date.',
    seen: 'Dave-Vallance/bt-ig-store#4: times an hour apart',
  },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof table;
export const faultNames = Object.keys(table) as [FaultName, ...FaultName[]];
export const faultOf = (name: FaultName): Fault => table[name];

/** The table for documents, in its order. */
export const faultList: readonly {
  name: FaultName;
  what: string;
  seen: string;
  when: Fault['when'];
  takes: readonly Option[];
}[] = faultNames.map((name) => ({
  name,
  what: table[name].what,
  seen: table[name].seen,
  when: table[name].when,
  takes: table[name].takes,
}));

/** What stands beside a code of CONERR or END. */
export const streamTexts: Record<number, string> = {
  1: 'Invalid user or password',
  2: 'Requested Adapter Set not available',
  4: 'Recovery point no longer held',
  5: 'Server overloaded',
  6: 'Credentials cannot be checked now',
  7: 'Too many sessions',
  20: 'Specified session not found',
  31: 'Destroyed by request',
  32: 'Closed by the server',
  35: 'Another session was opened',
  40: 'Bound by another client',
  48: 'Maximum age reached',
  60: 'Client version not supported',
  65: 'Unsupported protocol version: 2.5.0',
  66: 'Adapter failed',
  68: 'Internal error',
};
