// What a user is told, kind by kind: words, severity, and what the compiler lets through.
import { expect, expectTypeOf, test } from 'vitest';
import type { Deal, DealStatus } from '../../../shared/trading.ts';
import { reasonText } from '../../../shared/deal-words.ts';
import { eventSamples } from '../../testing/event-samples.ts';
import { kinds, noticeOfDeal, textsOf, type Notice } from './kinds.ts';

const at = new Date('2026-01-05T09:00:00Z');
const deal = (over: Partial<Deal>): Deal => ({
  ...eventSamples.trading['deal.accepted'],
  stopLevel: null,
  limitLevel: null,
  ...over,
});
const fits = ({ kind, data }: Notice) => kinds[kind].schema.safeParse(data).success;
const told = (over: Partial<Deal>, before?: DealStatus) => {
  const notice = noticeOfDeal(deal(over), 'EUR/USD', before);
  if (!notice) return null;
  expect(fits(notice)).toBe(true);
  const { title, body } = textsOf(notice);
  return `${notice.kind}: ${title} | ${body}`;
};

test.each([
  [{}, undefined, 'deal.accepted: Bought 1 EUR/USD at 1.21306 | Your position is open.'],
  [
    { direction: 'SELL', size: '2.5', stopLevel: '1.22000', limitLevel: '1.20000' },
    undefined,
    'deal.accepted: Sold 2.5 EUR/USD at 1.21306 | Your position is open, with stop 1.22000 and limit 1.20000.',
  ],
  [
    { level: null },
    'unknown',
    'deal.accepted: Bought 1 EUR/USD | The broker has it: its answer had been lost. Your position is open.',
  ],
  [
    {},
    'rejected',
    'deal.accepted: Bought 1 EUR/USD at 1.21306 | It had been taken for lost, and the broker has it after all: check your positions. Your position is open.',
  ],
  [
    { kind: 'close', profit: '10.00', profitCurrency: 'EUR' },
    undefined,
    'deal.accepted: Closed 1 EUR/USD at 1.21306 | Profit 10.00 EUR.',
  ],
  [
    { kind: 'close', profit: '-4.5', profitCurrency: null },
    undefined,
    'deal.accepted: Closed 1 EUR/USD at 1.21306 | Loss 4.5.',
  ],
  [
    { kind: 'close', profit: '0.00', profitCurrency: 'EUR' },
    undefined,
    'deal.accepted: Closed 1 EUR/USD at 1.21306 | No profit, no loss.',
  ],
  [{ kind: 'close' }, undefined, 'deal.accepted: Closed 1 EUR/USD at 1.21306 | Your cash shows its result.'],
  [
    { status: 'rejected', reason: { code: 'insufficient_funds', required: '500', available: '20' } },
    undefined,
    'deal.rejected: Not done: buy 1 EUR/USD | It needs 500 of margin and 20 is available.',
  ],
  [
    { status: 'rejected', reason: { code: 'never_reached_broker' } },
    'unknown',
    'deal.rejected: Not done: buy 1 EUR/USD | It is certain now. It never reached the broker, and nothing was dealt.',
  ],
  [
    { status: 'rejected', kind: 'close' },
    undefined,
    'deal.rejected: Not done: close 1 EUR/USD | The broker gave no reason.',
  ],
  [
    { status: 'unknown', direction: 'SELL' },
    undefined,
    'deal.unknown: Not known yet: sell 1 EUR/USD | The broker did not answer. FTrader finds out what happened; do not send it again.',
  ],
  [{ status: 'denied' }, undefined, null],
  [{ status: 'submitting' }, undefined, null],
  [{ status: 'submitted' }, undefined, null],
] as [Partial<Deal>, DealStatus | undefined, string | null][])(
  'a deal %j that was %s is told in plain words',
  (over, before, text) => {
    expect(told(over, before)).toBe(text);
  },
);

test('a reason carries its numbers, also when it comes from a row, where instants are text', () => {
  expect(reasonText({ code: 'stop_too_near', distance: '0.5', minimum: '2' })).toBe(
    'the stop is 0.5 points away and must be at least 2.',
  );
  expect(reasonText({ code: 'price_stale', at: at.toISOString() as unknown as Date })).toBe(
    'the last price is from 2026-01-05T09:00:00.000Z, too old to deal on.',
  );
  expect(reasonText({ code: 'price_stale', at: null })).toBe('there is no price.');
});

const order = { name: 'EUR/USD', direction: 'SELL' as const, size: '2', level: '1.25' };
const account = { ...eventSamples.trading['account.restored'], name: 'Main' };

test.each([
  ['BUY', '1.19', 'Its stop at 1.20 was reached.'],
  ['BUY', '1.31', 'Its limit at 1.30 was reached.'],
  ['BUY', '1.25', expect.stringContaining('a stop or limit was reached, or')],
  ['SELL', '1.30', 'Its stop at 1.30 was reached.'],
  ['SELL', '1.19', 'Its limit at 1.20 was reached.'],
] as const)(
  'of a %s that was closed at %s it is said which of its levels was reached',
  (direction, level, says) => {
    const [stopLevel, limitLevel] = direction === 'BUY' ? ['1.20', '1.30'] : ['1.30', '1.20'];
    const data = { name: 'Gold', direction, size: '1', level, profit: null, profitCurrency: null };
    const { body } = textsOf({ kind: 'position.closed', data: { ...data, stopLevel, limitLevel } });
    expect(body.replace(/^Your (long|short) position is closed. /, '')).toEqual(says);
  },
);

test.each([
  [
    {
      kind: 'position.closed',
      data: {
        name: 'EUR/USD',
        direction: 'SELL',
        size: '1',
        level: '1.2',
        profit: '-3',
        profitCurrency: 'USD',
        stopLevel: '1.21',
        limitLevel: '1.19',
      },
    },
    'Closed 1 EUR/USD at 1.2',
    'Your short position is closed. It was not closed from here: a stop or limit was reached, or it was closed at the broker. Loss 3 USD.',
  ],
  [
    {
      kind: 'position.closed',
      data: {
        name: 'EUR/USD',
        direction: 'BUY',
        size: '0.5',
        level: null,
        profit: null,
        profitCurrency: null,
        stopLevel: '1.1',
        limitLevel: null,
      },
    },
    'Closed 0.5 EUR/USD',
    'Your long position is closed. It was not closed from here: a stop or limit was reached, or it was closed at the broker.',
  ],
  [
    { kind: 'break.opened', data: { difference: 'A position of 1 EUR/USD is not in the books.' } },
    'FTrader and the broker disagree',
    'A position of 1 EUR/USD is not in the books. What the broker says holds; check your account.',
  ],
  [
    {
      kind: 'saga.incomplete',
      data: {
        id: 'saga_1',
        kind: 'flatten',
        left: [
          { kind: 'position', dealId: 'D1', epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY', size: '1' },
          { kind: 'position', dealId: 'D2', epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY', size: '2' },
          { kind: 'order', dealId: 'D3', epic: 'CS.D.EURUSD.CFD.IP', direction: 'SELL', size: '2' },
        ],
      },
    },
    'The account is not flat',
    '2 positions and 1 order left at the broker. Nothing more is tried; trading.getSaga names them and why.',
  ],
  [
    { kind: 'order.filled', data: order },
    'Order filled: sell 2 EUR/USD at 1.25',
    'Its position is listed with its own level.',
  ],
  [
    { kind: 'order.expired', data: order },
    'Order expired: sell 2 EUR/USD at 1.25',
    'It was not filled before its time was over, and rests no more.',
  ],
  [
    {
      kind: 'account.degraded',
      data: {
        ...account,
        health: {
          state: 'offline',
          since: at,
          problem: { message: 'It does not answer.', brokerCode: null },
        },
      },
    },
    'Main: the broker is out of reach',
    'It does not answer. Positions stay as they are at the broker; FTrader goes on trying and tells when all is well.',
  ],
  [
    { kind: 'account.restored', data: { ...account, health: { state: 'up', since: at, problem: null } } },
    'Main: connected to the broker again',
    'Whatever happened meanwhile has been read from the broker or is being read.',
  ],
  [
    { kind: 'account.event_failed', data: { error: 'It cannot be read.' } },
    'Something that the broker told of an account could not be taken in',
    'It was tried several times; at last: It cannot be read. trading.reconcile (POST /api/trading/reconcile) reads what is open from the broker; an administrator finds it in the log and among the dead letters.',
  ],
  [
    { kind: 'dead_man.fired', data: { action: 'flatten', afterMs: 30_000, armedAt: at, sagaId: 'saga_1' } },
    'Your dead man’s switch fired',
    'Its client was silent for 30 s. Working orders are being cancelled and positions closed.',
  ],
  [
    { kind: 'dealing.halted', data: { dealingState: 'halted', reason: 'A drill' } },
    'An administrator halted dealing',
    '“A drill” Positions can be closed; nothing is opened.',
  ],
  [
    { kind: 'dealing.resumed', data: { reason: null } },
    'An administrator lets dealing go on',
    'What you or a limit stopped stays stopped.',
  ],
  [
    { kind: 'security.event', data: { event: 'api_key_created' } },
    'An API key was made',
    'If it was not you, revoke it and ask for a new password at once.',
  ],
  [
    { kind: 'job.failed', data: { job: 'trading.reconcile-account', error: 'It is away.', tries: 6 } },
    'Work in the background failed: trading.reconcile-account',
    'It was tried 6 times; at last: It is away. An administrator sees it among the failed jobs and can have it tried again.',
  ],
] satisfies [Notice, string, string][])(
  'what happens behind a user’s back is told with what is known: %j',
  (notice, title, body) => {
    expect([fits(notice), textsOf(notice)]).toMatchObject([true, { title, body }]);
  },
);

test('what only informs, what is worth a look and what is urgent', () => {
  expect(Object.entries(kinds).map(([kind, { severity }]) => [kind, severity])).toEqual([
    ['deal.accepted', 'info'],
    ['deal.rejected', 'warning'],
    ['deal.unknown', 'warning'],
    ['position.closed', 'warning'],
    ['margin.warning', 'critical'],
    ['margin.close_out', 'critical'],
    ['order.filled', 'info'],
    ['order.expired', 'warning'],
    ['account.degraded', 'warning'],
    ['account.restored', 'info'],
    ['account.event_failed', 'critical'],
    ['dealing.halted', 'critical'],
    ['dealing.resumed', 'info'],
    ['dead_man.fired', 'critical'],
    ['security.event', 'warning'],
    ['job.failed', 'warning'],
    ['feed.stale', 'critical'],
    ['feed.back', 'info'],
    ['statement.ready', 'info'],
    ['break.opened', 'critical'],
    ['risk.breached', 'warning'],
    ['saga.incomplete', 'critical'],
    ['delivery.failed', 'warning'],
    ['channel.test', 'info'],
    ['alert.fired', 'warning'],
    ['signal.refused', 'warning'],
    ['signal.lost', 'critical'],
  ]);
});

test('a notice is made from the data of its kind and no other', () => {
  // Compiled, never called.
  const _attempts = (notice: (one: Notice) => void) => {
    notice({ kind: 'break.opened', data: { difference: 'x' } });
    // @ts-expect-error a deal is no break
    notice({ kind: 'break.opened', data: { deal: deal({}), name: 'EUR/USD' } });
    // @ts-expect-error there is no such kind
    notice({ kind: 'deal.denied', data: { deal: deal({}), name: 'EUR/USD' } });
  };
  expectTypeOf(_attempts).toBeFunction();
});
