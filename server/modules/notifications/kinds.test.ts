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
] satisfies [Notice, string, string][])(
  'a position closed elsewhere, a disagreement and what ended incomplete are told with what is known: %j',
  (notice, title, body) => {
    expect([fits(notice), textsOf(notice)]).toEqual([true, { title, body }]);
  },
);

test('what only informs, what is worth a look and what is urgent', () => {
  expect(Object.entries(kinds).map(([kind, { severity }]) => [kind, severity])).toEqual([
    ['deal.accepted', 'info'],
    ['deal.rejected', 'warning'],
    ['deal.unknown', 'warning'],
    ['position.closed', 'warning'],
    ['break.opened', 'critical'],
    ['risk.breached', 'warning'],
    ['saga.incomplete', 'critical'],
    ['alert.fired', 'warning'],
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
