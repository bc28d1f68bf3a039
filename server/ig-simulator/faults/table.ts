// What can go wrong on IG's side, by name: one table, with the report of the real thing behind each. How it is asked for: settings.ts; how it strikes: faults.ts.
import type { MarketStatus } from '../market/instrument.ts';
import type { Fault, Option, Reply, Words } from './fault.ts';

const chance = ['accountId', 'count', 'probability', 'seed'] as const;
const orders = ['order', 'amend', 'cancel', 'trigger'] as const;
const allowance = (which: string) => `error.public-api.exceeded-${which}-allowance`;
const token = (which: string) => `error.security.${which}-token-invalid`;
const dropped = 'bennycode/ig-trading-api PR#139: retried on a dropped connection';
const documented500 = 'IG documents 500 system.error; deals only after reconciliation';
const unreadable = 'none known; an unreadable answer says nothing about the deal';
const expectedPage = 'clients expect HTML during IG’s maintenance; none known by number';
const repeated = 'none known; recovery of a stream session may repeat messages';
const eitherFirst = 'recorded trade streams of 2022 and 2023: either arrives first';
const noReplay = 'trading-ig#84, #87: streams drop, and IG promises no replay of what was missed';
const closedDown =
  'trading-ig#84, #87, #113, #182, #252, #296: streams drop or loop every 2 hours to daily, always at the weekend';
const marketStatus = 'IG REST: GET /markets `marketStatus`';
const nobody = 'none known';

type More = Partial<Pick<Words, 'on' | 'ms' | 'codes'>> & { also?: readonly Option[] };
/** What a fault of requests and deals says of itself: a delay and a choice of codes can be set where it has them. */
const words = (what: string, seen: string, { also = [], ...more }: More): Words => ({
  what,
  seen,
  takes: [
    'on',
    ...chance,
    ...also,
    ...(more.ms ? (['ms'] as const) : []),
    ...((more.codes?.length ?? 0) > 1 ? (['code'] as const) : []),
  ],
  ...more,
});
const request =
  (when: 'before' | 'after' | 'later') =>
  (reply: Reply, what: string, seen: string, more: More = {}): Fault => ({
    when,
    reply,
    ...words(what, seen, more),
  });
const [before, after, later] = [request('before'), request('after'), request('later')];
const desk = (what: string, seen: string, more: More = {}): Fault => ({
  when: 'desk',
  ...words(what, seen, more),
});
const other = (
  when: 'stream' | 'price' | 'pulse' | 'while',
  takes: readonly Option[],
  what: string,
  seen: string,
  more: Partial<Words> = {},
): Fault => ({ when, takes, what, seen, ...more });
/** The last price of a market stands still under `status`. */
const still = (status: MarketStatus, what: string, seen: string): Fault => ({
  when: 'while',
  status,
  takes: ['epic', 'ms'],
  what: `${what}: its last price stands still.`,
  seen,
});

export const table = {
  'time-out-before': before(
    'silence',
    'The request is not carried out, and its caller gets no answer.',
    'joaquinbejar/ig-client doc/MUTATION_REQUEST_POLICY.md: a time-out says nothing about the deal',
  ),
  'accept-then-time-out': after(
    'silence',
    'The request is carried out, and its caller gets no answer.',
    'joaquinbejar/ig-client doc/MUTATION_REQUEST_POLICY.md',
  ),
  'delayed-execution': later(
    'silence',
    'The caller gets no answer, and the request is carried out ms after it hung up.',
    'none known; the assumption behind defined absence',
    { ms: [0, 25_000] },
  ),
  'delayed-after-reset': later(
    'reset',
    'The connection is reset, and the request is carried out ms after that.',
    'none known; as delayed-execution, told to the caller at once',
    { ms: [0, 25_000] },
  ),
  slow: after('late', 'The request is carried out, and the right answer comes ms late.', nobody, {
    ms: [1_000, 5_000],
  }),
  'reset-before': before('reset', 'The connection is reset; the request is not carried out.', dropped),
  'reset-after': after('reset', 'The request is carried out; then the connection is reset.', dropped),
  '5xx-before': before(
    { status: 500 },
    'Answered 500 system.error; the request is not carried out.',
    documented500,
    { codes: ['system.error'] },
  ),
  '5xx-after': after(
    { status: 500 },
    'The request is carried out and answered 500 system.error.',
    documented500,
    { codes: ['system.error'] },
  ),
  'malformed-json-before': before(
    'torn',
    'Answered 200 with a body cut off in the middle; the request is not carried out.',
    unreadable,
  ),
  'malformed-json-after': after(
    'torn',
    'The request is carried out, and its answer is cut off in the middle.',
    unreadable,
  ),
  'html-before': before(
    { status: 503, html: true },
    'Answered 503 with an HTML page; the request is not carried out.',
    expectedPage,
  ),
  'html-after': after(
    { status: 503, html: true },
    'The request is carried out and answered 503 with an HTML page.',
    expectedPage,
  ),
  'empty-200-after': after(
    { status: 200 },
    'The request is carried out and answered 200 without a body.',
    'trading-ig PR#237, PR#256: empty bodies, there with 405',
  ),
  'empty-405': before(
    { status: 405 },
    'A confirm is answered 405 without a body, as if it were not ready.',
    'trading-ig PR#237, PR#256',
    { on: ['confirm'] },
  ),
  'expired-before': before(
    { status: 401 },
    'Refused 401 with a token code though the token is good; the request is not carried out.',
    'trading-ig#101, #338',
    {
      codes: [
        token('client'),
        token('account'),
        token('oauth'),
        'service.security.authentication.failure-invalid-client-security-token',
      ],
    },
  ),
  'throttled-before': before(
    { status: 403 },
    'Refused 403 with an allowance code though there is allowance left; the request is not carried out.',
    'trading-ig#203: the published allowance is not reachable',
    {
      codes: [
        allowance('account-trading'),
        allowance('account'),
        allowance('api-key'),
        allowance('account-historical-data'),
      ],
    },
  ),
  'late-confirm': desk(
    'The confirm comes ms after the request, on the stream and over REST.',
    'trading-ig#176: 404 until the confirm exists',
    { ms: [5_000, 40_000] },
  ),
  'lost-confirm': desk(
    'The confirm never comes, neither on the stream nor over REST.',
    'trading-ig#176: 404 once the confirm is gone',
  ),
  'doubled-confirm': desk('The confirm comes twice on the stream.', repeated),
  'reordered-confirm': desk(
    'On the stream the confirm is overtaken by the next one of its account; without a next one it comes ms late.',
    nobody,
    { ms: [5_000, 5_000] },
  ),
  'confirm-first': desk('The confirm comes before the position or order update of its deal.', eitherFirst),
  'opu-first': desk('The confirm comes after the position or order update of its deal.', eitherFirst),
  'late-opu': desk(
    'Position updates come ms late, and those of the account that follow wait for them.',
    'trading-ig#290: a confirm was there before its position',
    { ms: [5_000, 40_000] },
  ),
  'lost-opu': desk('A position update never comes.', noReplay),
  'doubled-opu': desk('A position update comes twice.', repeated),
  'late-wou': desk(
    'Working order updates come ms late, and updates of the account that follow wait for them.',
    nobody,
    { on: orders, ms: [5_000, 40_000] },
  ),
  'lost-wou': desk('A working order update never comes.', noReplay, { on: orders }),
  'doubled-wou': desk('A working order update comes twice.', repeated, { on: orders }),
  'duplicate-check-off': desk(
    'A dealReference that was used before opens another position.',
    'how long IG remembers a dealReference is not documented',
  ),
  'suspended-mid-order': desk(
    'The market is suspended for ms between the acceptance of a request and its booking, which is refused.',
    'none known; IG documents SUSPENDED',
    { also: ['epic'], ms: [30_000, 30_000] },
  ),
  'create-refused': other(
    'stream',
    ['count', 'probability', 'seed', 'ms', 'code'],
    'A new stream session is refused with CONERR and code.',
    'bennycode/ig-trading-api PR#514: 65 Unsupported protocol version: 2.5.0',
    { codes: [65, 1, 2, 5, 6, 7, 60, 66, 68] },
  ),
  'recovery-refused': other(
    'stream',
    [...chance, 'ms', 'code'],
    'The recovery of a stream session is refused with CONERR and code, and what it held is lost.',
    'none known; Lightstreamer documents both codes',
    { codes: [4, 20] },
  ),
  mute: other(
    'stream',
    [...chance, 'epic', 'ms', 'keepalives'],
    'Streams stay open and subscribed, but updates are swallowed; with keepalives false not even a PROBE comes.',
    'trading-ig#31: connected, and nothing comes',
  ),
  'stream-drop': other(
    'pulse',
    [...chance, 'ms', 'recoverable'],
    'Every stream connection breaks without a word; with recoverable false its session is forgotten too.',
    closedDown,
  ),
  'stream-loop': other(
    'pulse',
    [...chance, 'ms'],
    'Every stream session is asked to bind again (LOOP).',
    closedDown,
  ),
  'stream-end': other(
    'pulse',
    [...chance, 'ms', 'code'],
    'Every stream session is ended with END and code.',
    closedDown,
    { codes: [48, 31, 32, 35, 40, 66, 68] },
  ),
  'stalled-socket': other(
    'while',
    ['ms'],
    'The stream server neither reads nor writes, while its TCP connections stay.',
    'trading-ig#31, #84: clients hung waiting for a message',
  ),
  'crossed-quotes': other(
    'price',
    ['epic', 'count', 'probability', 'seed'],
    'For a tick the bid is above the offer.',
    nobody,
  ),
  'price-gap': other(
    'while',
    ['epic', 'ms', 'points', 'pct'],
    'The price jumps by points or pct and stays there; with ms it comes back evenly within that time. Price history stays as it was.',
    'none known; IG’s help pages: a stop may slip through a gap',
  ),
  suspended: still('SUSPENDED', 'The market is suspended', marketStatus),
  'edits-only': still(
    'EDITS_ONLY',
    'The market takes amendments and no new orders',
    'npouzenc/IGMarkets fixture: shares, EDITS_ONLY',
  ),
  'closings-only': still(
    'CLOSINGS_ONLY',
    'The market takes closings and no openings',
    'IG REST: GET /markets v4 `marketStatus`',
  ),
  closed: still('CLOSED', 'The market is closed', marketStatus),
  offline: still('OFFLINE', 'The market is offline', 'seen on demo while live trades'),
  auction: still('ON_AUCTION', 'The market is in an auction', marketStatus),
  maintenance: other(
    'while',
    ['ms'],
    'All tokens are void at once; for ms every REST request is answered 503 with an HTML page.',
    'IG’s guide: tokens are dropped at the weekend; trading-ig#338',
    { ms: [0, 0] },
  ),
  'dealing-suspended': other(
    'while',
    ['accountId', 'ms'],
    'The account is SUSPENDED_FROM_DEALING: it logs in, reads and streams, and whatever is asked to be dealt on it is refused.',
    'IG REST: GET /accounts `status`; GET /confirms ACCOUNT_NOT_ENABLED_TO_TRADING',
  ),
  'clock-skew': other(
    'while',
    ['skewMs', 'ms'],
    'The broker’s clock is off by skewMs: the dates of deals, prices and answers. What was booked keeps its date.',
    'Dave-Vallance/bt-ig-store#4: times an hour apart',
  ),
} satisfies Record<string, Fault>;
export type FaultName = keyof typeof table;
export const faultNames = Object.keys(table) as [FaultName, ...FaultName[]];
export const faultOf = (name: FaultName): Fault => table[name];
