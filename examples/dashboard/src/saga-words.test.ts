import { expect, test } from 'vitest';
import type { SagaLeg, SagaOutcome } from '../../../client/index.ts';
import * as build from '../../../server/testing/build.ts';
import { leftWords, legSentence, sagaSentence, shownLegs } from './saga-words.ts';

const leg = (outcome: SagaLeg['outcome'], more: Partial<SagaLeg> = {}): SagaLeg => ({
  kind: 'close',
  dealId: 'DIAAA1',
  outcome,
  deal: null,
  ...more,
});
const saga = (more: Partial<SagaOutcome>): SagaOutcome => ({
  id: 'saga_1',
  accountId: 'acct_1',
  environment: 'simulated',
  kind: 'close_all',
  status: 'running',
  legs: [],
  left: [],
  startedAt: new Date(0),
  endedAt: null,
  replayed: false,
  ...more,
});
const left = { kind: 'position', dealId: 'DIAAA1', epic: 'E', direction: 'BUY', size: '1.0' } as const;
const nameOf = () => 'EUR/USD';

test.each<[Partial<SagaOutcome>, string]>([
  [{}, 'Closing all positions…'],
  [{ legs: [leg('done'), leg('waiting')] }, 'Closing all positions: 1 of 2 decided.'],
  [{ status: 'done', legs: [leg('done')] }, 'All positions are closed.'],
  [{ status: 'done' }, 'No position was open.'],
  [{ status: 'done', kind: 'cancel_all' }, 'No order rested.'],
  [
    { status: 'done', kind: 'flatten', legs: [leg('refused'), leg('done')] },
    'All orders are cancelled and all positions closed; 1 of 2 deals were refused on the way.',
  ],
  [
    { status: 'incomplete', legs: [leg('refused')], left: [left] },
    'Closing all positions has ended, and 1 is left.',
  ],
])('%j says how far it is or how it ended', (more, said) => expect(sagaSentence(saga(more))).toBe(said));

test('each leg says what became of it, and by its deal where there is one', () => {
  const deal = build.deal({ kind: 'close' });
  expect(legSentence(leg('done', { deal }), nameOf)).toBe('Closed 1 EUR/USD at 1.17006.');
  expect(legSentence(leg('gone'), nameOf)).toBe('The position DIAAA1 was not there any more.');
  expect(legSentence(leg('waiting', { kind: 'cancel_order' }), nameOf)).toBe('The order DIAAA1 is next.');
  expect(
    legSentence(
      leg('refused', { deal: { ...deal, status: 'denied', reason: { code: 'live_dealing_off' } } }),
      nameOf,
    ),
  ).toMatch(/^Not sent: live dealing is off/);
  expect(leftWords(left, nameOf)).toBe('Buy 1 EUR/USD, position DIAAA1');
});

test('what needs an eye is shown first, and each kind of outcome in its own order', () => {
  const legs = (['done', 'gone', 'refused', 'waiting', 'done'] as const).map((outcome, index) =>
    leg(outcome, { dealId: `D${index}` }),
  );
  expect(shownLegs(legs, 4).map(({ dealId }) => dealId)).toEqual(['D2', 'D3', 'D1', 'D0']);
});
