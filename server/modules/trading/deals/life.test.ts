// The life of a deal: every pair of statuses, and what a late or repeated verdict does.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDecided } from '../../../../shared/deal-words.ts';
import type { DealReason, DealStatus } from '../../../../shared/trading.ts';
import { abandonedAfterMs, advance, maySend, type DealLife, type Verdict } from './life.ts';
import { maxDealingMs } from '../ports.ts';

const [then, now] = [new Date('2026-01-05T09:00:00Z'), new Date('2026-01-05T09:00:10Z')];
const neverReached: DealReason = { code: 'never_reached_broker' };
const refused: DealReason = { code: 'broker_refused', brokerCode: 'MARKET_CLOSED' };
const deal = (status: DealStatus, over: Partial<DealLife> = {}): DealLife => ({
  id: 'deal_1',
  status,
  reason: status === 'rejected' ? refused : null,
  dealReference: 'FT-1',
  dealId: null,
  affected: null,
  level: null,
  stopLevel: null,
  limitLevel: null,
  profit: null,
  profitCurrency: null,
  statusAt: then,
  decidedAt: null,
  connectionClosedAt: null,
  absentReads: 0,
  brokerAt: null,
  ...over,
});
const verdicts: Record<Exclude<DealStatus, 'submitting'>, Verdict> = {
  denied: { status: 'denied', reason: { code: 'dealing_halted' } },
  submitted: { status: 'submitted', dealReference: 'FT-1' },
  unknown: { status: 'unknown', connectionClosedAt: now },
  accepted: { status: 'accepted', dealId: 'D1', level: '1.1' },
  rejected: { status: 'rejected', reason: refused },
};

describe('advance', () => {
  // moves · stays (late) · throws (a contradiction)
  test.each<[from: DealStatus, moves: string, stays: string, throws: string]>([
    ['submitting', 'denied submitted unknown accepted rejected', '', ''],
    ['submitted', 'unknown accepted rejected', 'submitted', 'denied'],
    ['unknown', 'submitted accepted rejected', '', 'denied'],
    ['accepted', '', 'submitted unknown accepted', 'denied rejected'],
    ['rejected', '', 'submitted unknown rejected', 'denied accepted'],
    ['denied', '', 'denied', 'submitted unknown accepted rejected'],
  ])('from %s moves to [%s], ignores [%s], refuses [%s]', (from, moves, stays, throws) => {
    const before = deal(from);
    for (const to of moves.split(' ').filter(Boolean))
      expect(advance(before, verdicts[to as 'denied'], now)).toMatchObject({
        status: to,
        statusAt: now,
        decidedAt: isDecided(to as DealStatus) ? now : null,
      });
    for (const to of stays.split(' ').filter(Boolean))
      expect(advance(before, verdicts[to as 'denied'], now)).toBe(before);
    for (const to of throws.split(' ').filter(Boolean))
      expect(() => advance(before, verdicts[to as 'denied'], now)).toThrow(`cannot go from ${from} to ${to}`);
  });
  test('what was declared absent and appears is accepted; nothing else leaves a decided state', () => {
    expect(advance(deal('rejected', { reason: neverReached }), verdicts.accepted, now)).toMatchObject({
      status: 'accepted',
      reason: null,
      dealId: 'D1',
    });
  });
  test('absence counts again from the latest close of a connection, and never from an earlier one', () => {
    const unknown = deal('unknown', { connectionClosedAt: then, absentReads: 1 });
    expect(advance(unknown, verdicts.unknown, now)).toMatchObject({
      connectionClosedAt: now,
      absentReads: 0,
      statusAt: then,
    });
    expect(advance(unknown, { status: 'unknown', connectionClosedAt: new Date(0) }, now)).toBe(unknown);
  });
  test('whatever verdicts arrive in whatever order, the first that decides is the last that changes it', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...Object.values(verdicts)), { maxLength: 8 }), (heard) => {
        let [state, decided] = [deal('submitting'), undefined as DealLife | undefined];
        for (const verdict of heard) {
          try {
            state = advance(state, verdict, now);
          } catch {
            /* a contradiction leaves it as it is */
          }
          if (decided) expect(state).toBe(decided);
          else if (isDecided(state.status)) decided = state;
        }
      }),
    );
  });
});

test('a sender that may still send is done before a sweep looks at its deal', () => {
  fc.assert(
    fc.property(fc.nat(60_000), (heldUpMs) => {
      const sends = maySend(deal('submitting'), heldUpMs);
      expect(!sends || heldUpMs + maxDealingMs <= abandonedAfterMs).toBe(true);
    }),
  );
  expect([maySend(deal('submitting'), 0), maySend(deal('unknown'), 0)]).toEqual([true, false]);
});
