// A model of intents to deal: our own `advance`, `judge` and evidence of every kind, a broker with its rules, faults and crashes, on simulated time. Test support; no I/O.
import { decimal } from '../../../shared/decimal.ts';
import { isDecided } from '../../../shared/deal-words.ts';
import type { DealKindName } from '../../../shared/trading.ts';
import { abandonedAfterMs } from '../../modules/trading/deals/life.ts';
import { weighed } from '../../modules/trading/deals/net-position.ts';
import type { JudgedDeal } from '../../modules/trading/deals/kind.ts';
import { firstReason } from '../../modules/trading/deals/ruling.ts';
import type { ConfirmEvidence } from '../../modules/trading/ports.ts';
import { absenceRules, judge, readSpacingMs, verdictIn } from '../../modules/trading/evidence/judge.ts';
import { createModelBroker } from './broker.ts';
import type { Ask } from './bookings.ts';
import { createIntent, rowOf, type Intent, type Seen } from './intent.ts';
import { judgeOutcome } from './outcome.ts';
import { createProcess } from './process.ts';
import type { Rules } from './rules.ts';
import { orderId, positionId, scenarios } from './scenarios.ts';
import { createSend } from './send.ts';
import { createTimeline } from './timeline.ts';

export interface Outcome extends Seen {
  /** What happened, for reading a counterexample. */
  story: string[];
}
const endMs = 400_000;
/** The slack between the broker's clock and ours, and a second of its history. */
const undatedMs = 4_000;
/** A second intent that another is in the way of is asked for again so often. */
const [askAgainMs, maxAsks] = [4_000, 12];

/** Plays intents of one kind to their end. `choices` decides whatever is not determined; when it runs out the tame thing happens. */
export function play(rules: Rules, choices: readonly number[], kind: DealKindName = 'open'): Outcome {
  const timeline = createTimeline(choices);
  const { now, date, choose, pick, later, note, story } = timeline;
  const scenario = scenarios[kind];
  const { evidence, referenceOf } = scenario;
  const outcome: Outcome = { violations: [], story, decidedAfterMs: null, beyondAssumption: false };
  const process = createProcess(timeline);
  const broker = createModelBroker(timeline, scenario.first, deliver);
  const begin = createSend({ timeline, rules, process, seen: outcome, referenceOf, execute: broker.execute });
  const intents: Intent[] = [];

  /** What our own books say of the thing in question; its size only ever falls. */
  const first = scenario.first.positions.get(positionId) ?? scenario.first.orders.get(orderId);
  /** Deals that closed a part, of which nothing has told what is left. */
  const untold = new Set<Intent>();
  const known = { size: first?.size ?? 0, level: first?.level ?? null, levelAt: 0 };
  function learn(asOf: number, at = asOf): void {
    if (!first) return;
    const { positions, orders } = broker.booksOf(asOf);
    for (const each of untold)
      if (each.row()!.statusAt.getTime() <= date(asOf).getTime()) untold.delete(each);
    const thing = positions.get(first.dealId) ?? orders.get(first.dealId);
    const left = kind.endsWith('_order') ? (orders.get(first.dealId)?.size ?? 0) : (thing?.size ?? 0);
    known.size = Math.min(known.size, left);
    if (thing && (!rules.listsAreOlder || at >= known.levelAt))
      [known.level, known.levelAt] = [thing.level, at];
  }

  /** What each kind's `apply` makes of our books. */
  function apply(intent: Intent, { affected, brokerAt, positionSize }: JudgedDeal): void {
    const { ask } = intent;
    if (kind === 'close') known.size = Math.min(known.size, Number(positionSize) - ask.size);
    if (kind === 'cancel_order') known.size = 0;
    if (kind === 'net' && affected?.some(({ action }) => action === 'closed')) known.size = 0;
    if (kind === 'net' && affected?.some(({ action }) => action === 'partially_closed')) {
      untold.add(intent);
      if (choose(2) === 0) later(pick([100, 900]), () => learn(now()));
    }
    if ((kind === 'amend' || kind === 'amend_order') && brokerAt)
      [known.level, known.levelAt] = [ask.level, brokerAt.getTime() - date(0).getTime()];
  }

  /** As evidence/account-events.ts finds the deal that a confirm speaks of: one that awaits its verdict before a decided one, then the newest. */
  function deliver(confirm: ConfirmEvidence): boolean {
    if (!process.isUp()) return false;
    const ofNewest = intents.toReversed();
    const ordered = [
      ...ofNewest.filter((each) => each.isAwaited()),
      ...ofNewest.filter((each) => !each.isAwaited()),
    ];
    const told = ordered.filter((each) => {
      const row = each.row();
      return row !== undefined && evidence.isToldBy(row, confirm);
    });
    const named = told.find((each) => each.row()!.dealReference === confirm.dealReference);
    const change =
      referenceOf === 'ours' ? undefined : told.find((each) => each.isAwaited() || each.isTakenForLost());
    const isItsOwn =
      named?.isAwaited() || (referenceOf === 'brokers' && rules.ownReference) || !change?.isAwaited();
    const meant = named && isItsOwn ? named : change;
    const row = meant?.row();
    if (!meant || !row || row.status === 'accepted') return true;
    const verdict = verdictIn(evidence, row, confirm);
    if (verdict) meant.decide(verdict);
    return true;
  }

  /** Exceptions that GUARANTEES.md names: a verdict that a reading gave bears no date, and the broker's history knows seconds only. */
  const isUndated = (intent: Intent): boolean => {
    const row = intent.row();
    if (!row || !isDecided(row.status)) return false;
    if (row.brokerAt)
      return Math.floor(row.brokerAt.getTime() / 1_000) === Math.floor(date().getTime() / 1_000);
    return row.status === 'accepted' && date().getTime() - row.statusAt.getTime() < undatedMs;
  };
  /** Whether the deal may be sent as things are known here. */
  function isAdmitted(ask: Ask): boolean {
    const others = intents.filter((each) => each.isAwaited());
    if (kind === 'net') {
      if (!rules.weighed) return true;
      const sizes = (some: Iterable<Intent>) =>
        [...some].reduce((sum, each) => decimal.add(sum, String(each.ask.size)), '0');
      const closing = sizes([...others, ...(rules.untoldCounted ? untold : [])]);
      const facing = { open: String(known.size), closing, opening: '0', nets: true };
      const size = String(ask.size);
      const terms = { epic: 'E', expiry: '-', name: 'E', direction: ask.direction, size, currency: 'USD' };
      const outlook = { price: null };
      const admission = {
        ...{ terms, raisesRisk: true, required: null, exposure: null },
        rulings: () => [],
        outlook,
      };
      return firstReason(weighed(admission, facing).rulings()) === null;
    }
    if (ask.dealId === null) return true;
    if (others.length > 0 && rules.oneAtATime) return false;
    if (referenceOf === 'positions' && intents.some(isUndated)) return false;
    if (kind === 'amend' || kind === 'amend_order') return known.size > 0 && known.level !== ask.level;
    return known.size > 0 && (kind !== 'close' || ask.size <= known.size);
  }
  function admit(n: number): Intent | undefined {
    const ask = scenario.ask(n, known.size, pick);
    if (!isAdmitted(ask)) return undefined;
    const id = `deal_${n}`;
    const verdicts = intents.flatMap((each) => each.row()?.brokerAt ?? []);
    const evidenceAfter =
      rules.evidenceAfter && referenceOf === 'positions' ? (verdicts.at(-1) ?? null) : null;
    const row = rowOf(
      id,
      ask,
      {
        evidenceAfter,
        dealReference: { ours: `OURS${n}`, brokers: null, positions: first?.reference ?? null }[referenceOf],
        positionSize: first && !kind.endsWith('_order') ? String(known.size) : null,
      },
      date(),
    );
    const intent = createIntent(timeline, rules, {
      seen: outcome,
      id,
      ask,
      row,
      accepted: apply,
      upSince: process.upSince,
    });
    intents.push(intent);
    return intent;
  }
  function request(n: number, asks = maxAsks): void {
    if (!process.isUp() || process.diesHere('before the admission')) return;
    const there = intents.find(({ id }) => id === `deal_${n}`);
    if (there?.row() && rules.keyReplays) return;
    const intent = there ?? admit(n);
    if (!intent) return void (asks > 0 && later(askAgainMs, () => request(n, asks - 1)));
    if (rules.commitBeforeSend && !intent.row()) intent.insert();
    if (!process.diesHere('before the send')) begin(intent);
  }

  const [everyMs, lagMs, readMs, failing] = [
    pick([2_000, 700, 2_500]),
    pick([0, 2_000]),
    pick([0, 500]),
    pick([0, 2, 3, 7]),
  ];
  let reads = 0;
  function reconcile(): void {
    later(everyMs, reconcile);
    const judged = intents.filter((each) => each.isAwaited() || each.isTakenForLost());
    if (!process.isUp() || judged.length === 0) return;
    const [begunAt, mine, asOf] = [date(), process.life(), now() - lagMs];
    const read = judged.map((intent) => {
      const { dealReference, absentReads } = intent.row()!;
      // Of what was taken for lost nobody asks for a confirm any more.
      const reference = intent.isAwaited() ? dealReference : null;
      return { intent, absentReads, books: broker.booksAsOf(asOf, begunAt, reference) };
    });
    if (failing > 0 && ++reads % failing === 0) {
      for (const { intent } of read) intent.clearFrom(now());
      return note('a read fails: it counts for nothing');
    }
    later(readMs, () => {
      if (process.life() !== mine) return;
      // Those that await their verdict first: the references that they learn are not the others'.
      read.sort((one, two) => Number(two.intent.isAwaited()) - Number(one.intent.isAwaited()));
      for (const { intent, absentReads, books } of read) {
        const row = intent.row()!;
        if (row.status === 'accepted') continue;
        const finding = judge(evidence, row, readingFor(intent, books), {
          settleAfterMs: rules.settleBeforeAbsence ? absenceRules.settleAfterMs : 0,
          absentReadsNeeded: rules.twoReads ? absenceRules.absentReadsNeeded : 1,
          readSpacingMs: rules.readsApart ? absenceRules.readSpacingMs : 0,
        });
        if (!finding) continue;
        const isAbsence =
          !('status' in finding) ||
          (finding.status === 'rejected' && finding.reason.code === 'never_reached_broker');
        if (isAbsence && row.absentReads !== absentReads) continue;
        if (!('status' in finding)) {
          intent.apply((deal) => (deal.status === 'unknown' ? { ...deal, ...finding } : deal));
        } else if (!isDecided(row.status) || finding.status === 'accepted') intent.decide(finding);
      }
      learn(asOf, begunAt.getTime() - date(readSpacingMs).getTime());
    });
  }
  /** As evidence/reconcile.ts completes it for one deal. */
  function readingFor(intent: Intent, books: ReturnType<typeof broker.booksAsOf>) {
    const others = intents
      .filter((each) => each !== intent)
      .flatMap((each) => each.row()?.dealReference ?? []);
    const isAsked = referenceOf === 'brokers' && rules.othersReferences;
    return {
      ...books,
      activity: books.activity.map((entry) => (rules.apiOnly ? entry : { ...entry, throughApi: true })),
      othersReferences: new Set(isAsked ? others : []),
    };
  }
  function sweep(): void {
    later(5_000, sweep);
    if (!process.isUp() || !rules.sweep) return;
    for (const intent of intents) {
      const row = intent.row();
      if (row?.status !== 'submitting' && row?.status !== 'submitted') continue;
      if (date().getTime() - row.statusAt.getTime() >= abandonedAfterMs)
        intent.decide({
          status: 'unknown',
          connectionClosedAt: new Date(row.statusAt.getTime() + abandonedAfterMs),
        });
    }
  }

  later(0, () => request(1));
  for (let again = choose(3); again > 0; again--) later(pick([1_000, 12_000, 30_000]), () => request(1));
  if (scenario.intents > 1 && choose(2) === 1) later(pick([500, 2_000, 20_000]), () => request(2));
  const event = scenario.meanwhile[choose(scenario.meanwhile.length * 2 || 1)];
  if (event)
    later(pick([300, 5_000, 25_000]), () => {
      event(broker);
      // Its news may be lost.
      if (choose(2) === 0) later(pick([0, 900]), () => learn(now()));
    });
  later(1_000, reconcile);
  later(1_000, sweep);
  timeline.play(endMs);
  judgeOutcome(outcome, { scenario, intents, bookings: broker.bookings });
  return outcome;
}
