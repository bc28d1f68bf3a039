// The sending of the model: one request for one intent, its faults, and what is made of its answer. No I/O.
import { isDecided } from '../../../shared/deal-words.ts';
import type { ReferenceOf } from '../../modules/trading/deals/kind.ts';
import { maySend, tooLateToSend, type Verdict } from '../../modules/trading/deals/life.ts';
import { settleAfterMs } from '../../modules/trading/evidence/judge.ts';
import type { Ask, Booking } from './bookings.ts';
import type { Intent, Seen } from './intent.ts';
import type { Process } from './process.ts';
import type { Rules } from './rules.ts';
import type { Timeline } from './timeline.ts';

const faults = [
  'none',
  'time-out before',
  'accept then time-out',
  '5xx before',
  '5xx after',
  'reset before',
  'reset after',
] as const;
const callTimeoutMs = 10_000;
/** The writing of an acknowledgement may be held back for so long (deals/send.ts). */
const acknowledgementHeldMs = 250;

interface SendDeps {
  timeline: Timeline;
  rules: Rules;
  process: Process;
  seen: Seen;
  referenceOf: ReferenceOf;
  execute: (by: string, ask: Ask, reference: string | null) => Booking;
}

export function createSend({ timeline, rules, process, seen, referenceOf, execute }: SendDeps) {
  const { now, date, choose, pick, later, note } = timeline;
  const { diesHere, connections } = process;

  /** As soon as its process comes to it. */
  function begin(intent: Intent): void {
    const mine = process.life();
    later(pick([0, 0, 0, 0, 15_000, 70_000]), () => {
      if (process.life() !== mine) return;
      const row = intent.row();
      const isMine = !row || maySend(row, date().getTime() - row.statusAt.getTime());
      if (rules.sendInTime && rules.keyReplays && !isMine) return intent.decide(tooLateToSend);
      attempt(intent, mine, 1);
    });
  }
  function attempt(intent: Intent, mine: number, number: number): void {
    const fault = pick(faults);
    note(`send ${intent.id}, fault: ${fault}`);
    const duration = fault.includes('time-out') ? callTimeoutMs : pick([300, 3_000]);
    const arrives = !fault.endsWith('before');
    let booking: Booking | undefined;
    const run = () => {
      if (arrives)
        booking ??= execute(intent.id, intent.ask, referenceOf === 'ours' ? intent.reference : null);
    };
    if (arrives && (fault === 'none' || choose(2) === 0)) later(pick([0, 100, 250]), run);
    const close = () => {
      if (!connections.delete(close)) return;
      intent.clearFrom(now());
      if (booking || !arrives) return;
      // Still with the broker: within what we assume, or, rarely, after it.
      const delay = pick([0, settleAfterMs - 1_000, settleAfterMs, settleAfterMs, settleAfterMs + 40_000]);
      later(delay, () => {
        if (booking) return;
        seen.beyondAssumption ||= delay > settleAfterMs;
        run();
      });
    };
    connections.add(close);
    if (diesHere('after the send')) return;
    later(duration, () => {
      close();
      if (process.life() !== mine) return;
      const isAmbiguous = fault !== 'none';
      if (isAmbiguous && !rules.sendOnce && number < 2) return attempt(intent, mine, number + 1);
      if (diesHere('before the verdict')) return;
      if (!intent.row()) intent.insert();
      if (isAmbiguous) return applied(intent, { status: 'unknown', connectionClosedAt: date() });
      // The broker's reference is kept at once, or that is lost.
      const { reference: dealReference } = booking!;
      if (choose(3) > 0)
        intent.apply((deal) =>
          deal.status === 'submitting' && deal.dealReference === null ? { ...deal, dealReference } : deal,
        );
      later(pick([0, acknowledgementHeldMs]), () => {
        if (process.life() !== mine || diesHere('while the acknowledgement is held')) return;
        const row = intent.row();
        if (row && isDecided(row.status)) return;
        applied(intent, { status: 'submitted', dealReference });
      });
    });
  }
  function applied(intent: Intent, verdict: Verdict): void {
    intent.decide(verdict);
    diesHere('after the verdict');
  }
  return begin;
}
