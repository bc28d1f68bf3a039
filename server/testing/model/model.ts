// A model of one intent to deal: our own `advance` and `judge`, a tiny broker, faults and crashes, on simulated time. Test support; no I/O.
import { isDecided } from '../../../shared/deal-words.ts';
import { openingEvidence } from '../../modules/trading/deals/open-position.ts';
import type { JudgedDeal } from '../../modules/trading/deals/kind.ts';
import {
  abandonedAfterMs,
  advance,
  maySend,
  tooLateToSend,
  type Verdict,
} from '../../modules/trading/deals/life.ts';
import { absenceRules, judge, settleAfterMs, verdictIn } from '../../modules/trading/evidence/judge.ts';
import { createModelBroker } from './broker.ts';
import { createTimeline } from './timeline.ts';

/** What the order path obeys. Each is needed: without it the property fails. */
export interface Rules {
  /** After an ambiguous answer nothing is sent again. */
  sendOnce: boolean;
  /** The row is committed before a byte leaves. */
  commitBeforeSend: boolean;
  /** A key that is known is answered with its deal. */
  keyReplays: boolean;
  /** A process that was frozen sends nothing any more: its row may have been swept, or would be while it sends. */
  sendInTime: boolean;
  /** Absence counts only `settleAfterMs` after the connection was closed. */
  settleBeforeAbsence: boolean;
  twoReads: boolean;
  /** Those two begin further apart than the broker's lists lag. */
  readsApart: boolean;
  /** A verdict is applied to the row as it is, not as it was read before. */
  rowLock: boolean;
  /** A verdict goes through `advance`. */
  advanceTable: boolean;
  lateAppearanceAdopted: boolean;
  /** Rows that a crash left behind become unknown. */
  sweep: boolean;
}
export const allRules: Rules = {
  sendOnce: true,
  commitBeforeSend: true,
  keyReplays: true,
  sendInTime: true,
  settleBeforeAbsence: true,
  twoReads: true,
  readsApart: true,
  rowLock: true,
  advanceTable: true,
  lateAppearanceAdopted: true,
  sweep: true,
};

export interface Outcome {
  violations: string[];
  /** What happened, for reading a counterexample. */
  story: string[];
  /** From the moment nothing stood in the way (connection closed, process up) to the verdict. */
  decidedAfterMs: number | null;
  /** The broker executed later than our one assumption allows. */
  beyondAssumption: boolean;
}

const faults = [
  'none',
  'time-out before',
  'accept then time-out',
  '5xx before',
  '5xx after',
  'reset before',
  'reset after',
] as const;
const endMs = 400_000;
const callTimeoutMs = 10_000;
/** The writing of an acknowledgement may be held back for so long (deals/send.ts). */
const acknowledgementHeldMs = 250;

/** Plays one intent to its end. `choices` decides whatever is not determined; when it runs out the tame thing happens. */
export function play(rules: Rules, choices: readonly number[]): Outcome {
  const timeline = createTimeline(choices);
  const { now, date, choose, pick, later, note, story } = timeline;
  const outcome: Outcome = { violations: [], story, decidedAfterMs: null, beyondAssumption: false };

  // The database: one row.
  let row: JudgedDeal | undefined;
  let clearSince = 0;
  const write = (next: JudgedDeal) => {
    if (row === next) return;
    if (!row) clearSince = now();
    note(`row ${row?.status ?? 'none'} → ${next.status}`);
    if (
      row &&
      isDecided(row.status) &&
      row.status !== next.status &&
      !(outcome.beyondAssumption && row.status === 'rejected')
    )
      outcome.violations.push(`decided ${row.status} became ${next.status}`);
    if (!(row && isDecided(row.status)) && isDecided(next.status))
      outcome.decidedAfterMs = now() - clearSince;
    row = next;
  };
  const apply = (change: (deal: JudgedDeal) => JudgedDeal) => {
    if (!row) return;
    const seen = row;
    const finish = (deal: JudgedDeal) => {
      try {
        write(change(deal));
      } catch (error) {
        outcome.violations.push(String(error));
      }
    };
    if (rules.rowLock) return finish(seen);
    later(choose(3) * 400, () => finish(seen));
  };
  const decide = (to: Verdict) =>
    apply((deal) => {
      if (!rules.advanceTable) return { ...deal, ...to, statusAt: date() };
      if (!rules.lateAppearanceAdopted && deal.status === 'rejected') return deal;
      return advance(deal, to, date());
    });

  const { bookings, execute, booksAsOf } = createModelBroker(timeline, (confirm) => {
    if (up) decide(verdictIn(openingEvidence, row ?? { dealId: null }, confirm)!);
    return up;
  });

  // The server: one process, which dies and comes back.
  let up = true;
  let life = 0;
  let crashes = 0;
  const open = new Set<() => void>();
  /** A point where the process may die; true when it did. */
  const diesHere = (where: string) => {
    if (crashes >= 2 || choose(8) !== 7) return false;
    crashes++;
    note(`crash ${where}`);
    up = false;
    life++;
    for (const close of open) close();
    later(pick([500, 5_000, 20_000]), () => {
      up = true;
      clearSince = Math.max(clearSince, now());
      note('process up');
    });
    return true;
  };
  const request = () => {
    if (!up || diesHere('before the admission')) return;
    if (row && rules.keyReplays) return;
    const intent: JudgedDeal = {
      id: 'deal_1',
      kind: 'open',
      status: 'submitting',
      reason: null,
      dealReference: 'OURS',
      dealId: null,
      level: null,
      stopLevel: null,
      limitLevel: null,
      profit: null,
      profitCurrency: null,
      statusAt: date(),
      decidedAt: null,
      connectionClosedAt: null,
      absentReads: 0,
      direction: 'BUY',
      size: '1',
      createdAt: date(),
      positionSize: null,
    };
    if (rules.commitBeforeSend && !row) write(intent);
    if (diesHere('before the send')) return;
    const mine = life;
    later(pick([0, 0, 0, 0, 15_000, 70_000]), () => {
      if (life !== mine) return;
      if (
        rules.sendInTime &&
        rules.keyReplays &&
        row &&
        !maySend(row, date().getTime() - row.statusAt.getTime())
      )
        return decide(tooLateToSend);
      send(intent, mine, 1);
    });
  };
  const send = (intent: JudgedDeal, mine: number, attempt: number) => {
    const fault = pick(faults);
    note(`send ${attempt}, fault: ${fault}`);
    const duration = fault.includes('time-out') ? callTimeoutMs : pick([300, 3_000]);
    const arrives = !fault.endsWith('before');
    let executed = !arrives;
    const run = () => {
      if (!executed) {
        executed = true;
        execute('OURS');
      }
    };
    if (arrives && (fault === 'none' || choose(2) === 0)) later(pick([0, 100, 250]), run);
    const close = () => {
      if (!open.delete(close)) return;
      clearSince = Math.max(clearSince, now());
      if (executed) return;
      // Still with the broker: within what we assume, or, rarely, after it.
      const delay = pick([0, settleAfterMs - 1_000, settleAfterMs, settleAfterMs, settleAfterMs + 40_000]);
      later(delay, () => {
        if (executed) return;
        outcome.beyondAssumption ||= delay > settleAfterMs;
        run();
      });
    };
    open.add(close);
    if (diesHere('after the send')) return;
    later(duration, () => {
      close();
      if (life !== mine) return;
      const ambiguous = fault !== 'none';
      if (ambiguous && !rules.sendOnce && attempt < 2) return send(intent, mine, attempt + 1);
      if (diesHere('before the verdict')) return;
      if (!row) write(intent);
      if (ambiguous) return applied({ status: 'unknown', connectionClosedAt: date() });
      later(pick([0, acknowledgementHeldMs]), () => {
        if (life !== mine || diesHere('while the acknowledgement is held')) return;
        if (row && isDecided(row.status)) return;
        applied({ status: 'submitted', dealReference: 'OURS' });
      });
    });
    const applied = (verdict: Verdict) => {
      decide(verdict);
      diesHere('after the verdict');
    };
  };
  const [everyMs, lagMs, readMs, failing] = [
    pick([2_000, 700, 5_000]),
    pick([0, 2_000]),
    pick([0, 500]),
    pick([0, 2, 3, 7]),
  ];
  let reads = 0;
  const reconcile = () => {
    later(everyMs, reconcile);
    if (!up || !row || (isDecided(row.status) && row.reason?.code !== 'never_reached_broker')) return;
    const [begunAt, mine, counted] = [date(), life, row.absentReads];
    const books = booksAsOf(now() - lagMs, begunAt);
    if (failing > 0 && ++reads % failing === 0) {
      clearSince = now();
      return note('a read fails: it counts for nothing');
    }
    later(readMs, () => {
      if (life !== mine || !row) return;
      const finding = judge(openingEvidence, row, books, {
        settleAfterMs: rules.settleBeforeAbsence ? absenceRules.settleAfterMs : 0,
        absentReadsNeeded: rules.twoReads ? absenceRules.absentReadsNeeded : 1,
        readSpacingMs: rules.readsApart ? absenceRules.readSpacingMs : 0,
      });
      if (!finding || row.absentReads !== counted) return;
      if ('status' in finding) decide(finding);
      else apply((deal) => (deal.status === 'unknown' ? { ...deal, ...finding } : deal));
    });
  };
  const sweep = () => {
    later(5_000, sweep);
    if (!up || !rules.sweep || !row) return;
    const waiting = row.status === 'submitting' || row.status === 'submitted';
    if (waiting && date().getTime() - row.statusAt.getTime() >= abandonedAfterMs)
      decide({ status: 'unknown', connectionClosedAt: new Date(row.statusAt.getTime() + abandonedAfterMs) });
  };

  later(0, request);
  for (let again = choose(3); again > 0; again--) later(pick([1_000, 12_000, 30_000]), request);
  later(1_000, reconcile);
  later(1_000, sweep);
  timeline.play(endMs);
  judgeOutcome(outcome, row, bookings);
  return outcome;
}

function judgeOutcome(
  { violations }: Outcome,
  row: JudgedDeal | undefined,
  bookings: readonly { accepted: boolean; dealId: string }[],
): void {
  const dealt = bookings.filter(({ accepted }) => accepted);
  if (dealt.length > 1) violations.push(`${dealt.length} deals for one intent`);
  if (!row) {
    if (bookings.length > 0) violations.push('the broker knows a deal that we do not');
    return;
  }
  if (!isDecided(row.status)) violations.push(`never decided: ${row.status}`);
  const [deal] = dealt;
  if (deal ? row.status !== 'accepted' || row.dealId !== deal.dealId : row.status !== 'rejected')
    violations.push(`we say ${row.status}, the broker ${deal ? 'dealt' : 'did not'}`);
}
