// One request to the broker for one admitted deal: sent once, its answer applied, its caller told in time. Who may deal is in request.ts.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Deal, DealOutcome, DealReason } from '../../../../shared/trading.ts';
import type { Tx } from '../../../db/transaction.ts';
import { pause, type Clock } from '../../../lib/clock.ts';
import { ageMs } from '../../../lib/instants.ts';
import type { Logger } from '../../../lib/logger.ts';
import { refuseSending } from '../risk/guard.ts';
import { maySend, tooLateToSend, type DealRow, type Verdict } from './life.ts';
import type { Decisions } from './wait.ts';
import type { AccountTransaction } from '../account-transaction.ts';
import type { BrokerAccount, DealAnswer, Dealing, EnqueueReconcile } from '../ports.ts';
import type { Acknowledge } from './acknowledge.ts';
import type { Kinds } from './kinds.ts';
import type { Settle } from './settle.ts';
import type { DealStore } from './store.ts';
import { toDeal } from './views.ts';

/** A caller who does not want to wait is still told of the broker's acknowledgement, when that comes as quickly as usual. */
const leastWaitMs = 600;
/**
 * The writing of an acknowledgement waits this long for the verdict, which makes it needless: the broker's confirm usually follows in
 * some 10 ms. What a close learns from it, the broker's reference, is written at once. The sweep finds a deal either way.
 */
const acknowledgementHeldMs = 250;

/** A deal whose row is committed, and what its sending rests on. */
export interface AdmittedDeal {
  deal: DealRow;
  haltEpoch: number;
  /** When its admission began, by this process's own measure. */
  admittedMs: number;
  /** The id of the event that told of its admission. */
  toldAs: string | undefined;
}

interface SenderDeps {
  dealStore: DealStore;
  inAccount: AccountTransaction;
  acknowledge: Acknowledge;
  dealing: Dealing;
  kinds: Kinds;
  settle: Settle;
  decisions: Decisions;
  enqueueReconcile: EnqueueReconcile;
  clock: Clock;
  logger: Logger;
}
export type Sender = ReturnType<typeof createSender>;

export function createSender(deps: SenderDeps) {
  const { dealStore, inAccount, acknowledge, dealing, kinds, settle, decisions, enqueueReconcile } = deps;
  const { clock, logger } = deps;
  /** Requests to the broker under way. A caller may have its answer before one ends: the stream is often faster, and an answer may never come. */
  const underWay = new Set<Promise<unknown>>();

  /** Sends an admitted deal and gives the caller its newest state: decided, or as it is after `waitMs`. The request goes on by itself. */
  async function send(
    account: BrokerAccount,
    { deal, haltEpoch, admittedMs, toldAs: after }: AdmittedDeal,
    waitMs: number,
  ): Promise<DealOutcome> {
    const enough = new AbortController();
    const byRow = decisions.untilDecided(deal, Math.max(waitMs, leastWaitMs), {
      after,
      enough: enough.signal,
    });
    const sending = sendOnce(
      account,
      { deal, haltEpoch, admittedMs },
      {
        verdict: byRow,
        heldMs: waitMs === 0 ? 0 : acknowledgementHeldMs,
      },
    );
    const tracked: Promise<void> = sending
      .then(
        () => undefined,
        (err: unknown) => {
          logger.error(
            { err, deal: deal.id },
            'the answer to a deal was not applied: the sweep will find it',
          );
        },
      )
      .finally(() => underWay.delete(tracked));
    underWay.add(tracked);
    try {
      const byAnswer = sending.then((settled) =>
        isDecided(settled.status) || waitMs === 0 ? settled : byRow,
      );
      return { ...(await Promise.race([byAnswer, byRow])), replayed: false };
    } finally {
      enough.abort('the caller has its answer');
    }
  }

  /** Sends an admitted deal, once, and applies what comes back. If the process ends on the way, the sweep finds the deal. */
  async function sendOnce(
    account: BrokerAccount,
    { deal, haltEpoch, admittedMs }: Omit<AdmittedDeal, 'toldAs'>,
    { verdict, heldMs }: { verdict: Promise<Deal>; heldMs: number },
  ): Promise<Deal> {
    const kind = kinds[deal.kind];
    let decided: Deal | undefined;
    // A wait that fails (the database is away) fails its caller; the answer is applied all the same.
    const waited = verdict.then(
      (newest) => void (isDecided(newest.status) && (decided = newest)),
      () => undefined,
    );
    let refusal: DealReason | null = null;
    let sentAt: Date | null = null;
    const guarded = { environment: account.environment, raisesRisk: deal.raisesRisk };
    const mayStillSend = async () => {
      const ready = await dealStore.readyToSend(deal.id);
      if (ready === undefined) return false;
      refusal = refuseSending(guarded, haltEpoch, ready);
      if (refusal) return false;
      // By two clocks: one is set back at times, the other stands still while the machine sleeps.
      const sinceMs = Math.max(clock.monotonicMs() - admittedMs, ageMs(ready.statusAt, clock.now()));
      if (!maySend(ready, sinceMs)) return false;
      sentAt ??= clock.now();
      return true;
    };
    // Once only: a second request is a second position.
    const answer = await kind
      .send(dealing, account, deal, { mayStillSend })
      .catch((err: unknown): DealAnswer => {
        logger.error({ err, deal: deal.id }, 'a dealing call threw: nobody knows what it did');
        return { kind: 'unknown', detail: String(err), closedAt: clock.now() };
      });
    const answeredAt = answer.kind === 'submitted' || answer.kind === 'refused' ? clock.now() : null;
    const dealReference = answer.kind === 'submitted' ? answer.dealReference : null;
    if (answer.kind !== 'not_sent') keepAnswer(deal, { sentAt, answeredAt, dealReference });
    if (answer.kind === 'submitted') {
      if (heldMs > 0 && !decided) await Promise.race([waited, pause(clock, heldMs)]);
      if (decided) return decided;
      const acknowledged = await acknowledge(account, deal, answer.dealReference);
      if (acknowledged) return toDeal(acknowledged);
    }
    return inAccount(
      account,
      // The confirm may have overtaken this answer.
      async (entry, current) => {
        const reason = current.status === 'submitting' ? refusal : null;
        const saved = await settle(
          entry,
          current,
          verdictOf(answer, reason),
          answer.kind === 'not_sent' ? 'not_sent' : 'answer',
        );
        if (saved.status === 'unknown') await enqueueReconcile(entry.tx, account.id);
        return toDeal(saved);
      },
      (tx: Tx) => dealStore.lock(tx, deal.id),
    );
  }

  /** Beside the verdict, which does not wait for it: lost times are a gap in the timeline, and a lost reference comes with the acknowledgement or the confirm. */
  function keepAnswer(
    { id }: DealRow,
    answer: Pick<DealRow, 'sentAt' | 'answeredAt' | 'dealReference'>,
  ): void {
    const keeping = dealStore
      .saveAnswer(id, answer)
      .catch((err: unknown) =>
        logger.warn(
          { err, deal: id },
          'what the broker answered to a deal was not kept: its confirm tells the rest',
        ),
      )
      .finally(() => underWay.delete(keeping));
    underWay.add(keeping);
  }

  return {
    send,
    /** Resolves when every request to the broker that is under way has ended and was applied. */
    settled: async (): Promise<void> => void (await Promise.all(underWay)),
  };
}

/** `refusal`: why the deal was not sent, where its account did not let it go. */
function verdictOf(answer: DealAnswer, refusal: DealReason | null): Verdict {
  switch (answer.kind) {
    case 'submitted':
      return { status: 'submitted', dealReference: answer.dealReference };
    case 'refused':
      return { status: 'rejected', reason: { code: 'broker_refused', brokerCode: answer.brokerCode } };
    case 'not_sent':
      return refusal ? { status: 'denied', reason: refusal } : tooLateToSend;
    case 'unknown':
      return { status: 'unknown', connectionClosedAt: answer.closedAt };
  }
}
