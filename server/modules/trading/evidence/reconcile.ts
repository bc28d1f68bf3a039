// Reading the broker's books and making ours agree: verdicts for undecided deals, positions opened and closed elsewhere. The broker wins.
import { decimal } from '../../../../shared/decimal.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { once } from '../../../lib/once.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import { closes } from '../deals/close-position.ts';
import type { Reading } from '../deals/kind.ts';
import type { Kinds } from '../deals/kinds.ts';
import type { DealRow } from '../deals/life.ts';
import type { Settle } from '../deals/settle.ts';
import type { DealStore } from '../deals/store.ts';
import type { ActivityEvidence, BrokerAccount, ConfirmEvidence, Evidence, FundsEvidence } from '../ports.ts';
import type { Positions } from '../positions/positions.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import { hearFunds } from '../risk/funds.ts';
import { judge, settleAfterMs } from './judge.ts';
import type { HearPosition } from './position-news.ts';

/** How long a deal taken for lost is still looked for. */
const lateWindowMs = 24 * 3_600_000;
/** IG keeps a confirm for about a minute: later nobody asks for it. */
const confirmKeptMs = 120_000;
/** Activity is asked for from this much before what it should explain. */
const activityMarginMs = 60_000;

export type Reconcile = ReturnType<typeof createReconcile>;

interface ReconcileDeps {
  dealStore: DealStore;
  positionStore: PositionStore;
  inAccount: AccountTransaction;
  kinds: Kinds;
  settle: Settle;
  positions: Positions;
  hearPosition: HearPosition;
  evidence: Evidence;
  accountOf: (id: string) => Promise<BrokerAccount>;
  clock: Clock;
  logger: Logger;
}

export function createReconcile(deps: ReconcileDeps) {
  const { dealStore, positionStore, inAccount, kinds, settle, evidence, clock, logger } = deps;

  /** One complete reading, shared by all of the account's deals, then one transaction. Throws broker.* when a part does not answer: then it counts for nothing. */
  async function read(account: BrokerAccount): Promise<number> {
    const judged = await dealStore.listJudged(account.id, new Date(clock.now().getTime() - lateWindowMs));
    const known = await positionStore.listOpen(account.id); // before the broker's list: what is not in that one was there before it
    const begunAt = clock.now();
    const positions = await evidence.positions(account);
    const listed = new Map(positions.map((position) => [position.dealId, position]));
    const changed = known.filter(
      ({ dealId, size }) => decimal.compare(listed.get(dealId)?.size ?? '0', size) < 0,
    );
    const undecided = judged.filter(({ status }) => !isDecided(status));
    const since = [
      ...undecided.map(({ createdAt }) => createdAt),
      ...changed.map(({ updatedAt }) => updatedAt),
    ].map((at) => at.getTime());
    const activity =
      since.length > 0
        ? await evidence.activity(account, new Date(Math.min(...since) - activityMarginMs))
        : [];
    const confirms = new Map<string, ConfirmEvidence | null>();
    for (const { id, dealReference, createdAt } of undecided) {
      if (dealReference !== null && begunAt.getTime() - createdAt.getTime() <= confirmKeptMs)
        confirms.set(id, await evidence.confirm(account, dealReference));
    }
    const funds = await readFunds(account);

    return inAccount(account, async (entry) => {
      // Undecided deals come first, then those taken for lost: what explains one of the former cannot prove one of the latter.
      for (const seen of judged) {
        // Asked under the account's lock, for each deal anew: a reference learnt a moment ago, by the stream or by this loop, is another deal's.
        const bearsTheirs = kinds[seen.kind].referenceOf === 'brokers';
        const othersReferences = bearsTheirs
          ? await dealStore.referencesBesides(entry.tx, seen)
          : new Set<string>();
        await decide(entry, seen, {
          begunAt,
          confirm: confirms.get(seen.id) ?? null,
          positions,
          activity,
          othersReferences,
        });
      }
      for (const position of positions) {
        const { level, ...rest } = position;
        await deps.hearPosition(entry, {
          ...rest,
          openLevel: level,
          closeLevel: closingOf(position.dealId, activity)?.level ?? null,
          at: begunAt,
        });
      }
      for (const position of changed)
        if (!listed.has(position.dealId)) await vanished(entry, position, activity, begunAt);
      if (funds) hearFunds(entry, funds);
      return undecided.length;
    });
  }

  /** Figures prove nothing about a deal, and IG does not tell them for every account: without them the reading still counts. */
  async function readFunds(account: BrokerAccount): Promise<FundsEvidence | null> {
    try {
      return await evidence.funds(account);
    } catch (err) {
      logger.warn({ err, account: account.id }, 'the funds could not be read');
      return null;
    }
  }

  async function decide(entry: Entry, seen: DealRow, reading: Reading): Promise<void> {
    const deal = await dealStore.lock(entry.tx, seen.id);
    if (deal.status === 'accepted') return; // heard meanwhile
    const finding = judge(kinds[deal.kind].evidence, deal, reading);
    if (!finding) return;
    const absence =
      !('status' in finding) ||
      (finding.status === 'rejected' && finding.reason.code === 'never_reached_broker');
    // A read counts only if the deal stood as it does now when it began: two at once are one.
    if (
      absence &&
      (deal.absentReads !== seen.absentReads ||
        deal.connectionClosedAt?.getTime() !== seen.connectionClosedAt?.getTime())
    )
      return;
    if ('status' in finding) {
      if (isDecided(deal.status) && finding.status !== 'accepted') return;
      await settle(entry, deal, finding);
    } else {
      dealStore.save(entry.tx, { ...deal, ...finding });
    }
  }

  /** A position the broker lists no more. Without an entry in its history we wait: its lists lag behind its engine for a moment. */
  async function vanished(
    entry: Entry,
    seen: PositionRow,
    activity: readonly ActivityEvidence[],
    begunAt: Date,
  ): Promise<void> {
    const position = await deps.positions.lock(entry, seen.dealId);
    if (!position || position.closedAt) return;
    const closing = closingOf(seen.dealId, activity);
    if (closing)
      return deps.positions.shrink(entry, position, '0', { closeLevel: closing.level, at: closing.at });
    if (begunAt.getTime() - position.updatedAt.getTime() < settleAfterMs) return;
    await deps.positions.shrink(entry, position, '0', { closeLevel: null, at: begunAt });
    const difference = `${position.size} ${position.name} is not at the broker any more, and its history does not say why.`;
    logger.error({ account: seen.accountId, dealId: seen.dealId }, 'a position vanished without evidence');
    entry.tell('break.opened', { kind: 'position_vanished', dealId: seen.dealId, difference });
    entry.notice({ kind: 'break.opened', data: { difference } });
  }

  return {
    /** Reads the account's books once; callers at the same time share one reading. Returns how many deals were undecided when it began. */
    account: once(
      async (accountId: string) => read(await deps.accountOf(accountId)),
      (id) => id,
    ),
  };
}

/** The newest closing of a position in the history. */
const closingOf = (dealId: string, activity: readonly ActivityEvidence[]): ActivityEvidence | undefined =>
  activity
    .filter((entry) => closes(entry, dealId))
    .reduce<ActivityEvidence | undefined>(
      (newest, entry) => (newest && newest.at >= entry.at ? newest : entry),
      undefined,
    );
