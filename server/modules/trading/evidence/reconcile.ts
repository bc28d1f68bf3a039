// Reading what the broker lists and making our rows agree: verdicts for undecided deals, positions opened and closed elsewhere. The broker wins.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Clock } from '../../../lib/clock.ts';
import { ageMs, isAhead } from '../../../lib/instants.ts';
import type { Logger } from '../../../lib/logger.ts';
import { once } from '../../../lib/once.ts';
import { inSlices } from '../../../lib/slices.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import { differencesIn } from '../books/compared.ts';
import type { BooksStore } from '../books/store.ts';
import { closedBy } from '../deals/close-position.ts';
import type { Reading } from '../deals/kind.ts';
import type { Kinds } from '../deals/kinds.ts';
import type { DealRow } from '../deals/life.ts';
import type { Settle } from '../deals/settle.ts';
import type { DealStore } from '../deals/store.ts';
import type {
  ActivityEvidence,
  BrokerAccount,
  ConfirmEvidence,
  Evidence,
  FundsEvidence,
  PositionEvidence,
} from '../ports.ts';
import { compare, seenAt } from '../positions/compare.ts';
import type { PositionNews, Positions } from '../positions/positions.ts';
import type { PositionRow, PositionStore } from '../positions/store.ts';
import type { ApplyFunds } from '../risk/funds.ts';
import type { Days } from '../risk/days.ts';
import type { RiskStore } from '../risk/store.ts';
import { judge, readSpacingMs, settleAfterMs } from './judge.ts';
import { missingOrders, orderNewsIn } from '../orders/compare.ts';
import type { OrderStore } from '../orders/store.ts';
import type { ApplyOrder } from './order-news.ts';
import type { ApplyPosition } from './position-news.ts';

/** How long a deal taken for lost is still looked for; and how far back activity is asked for where nobody knows since when. */
const lateWindowMs = 24 * 3_600_000;
/** IG keeps a confirm for about a minute: later nobody asks for it. */
const confirmKeptMs = 120_000;
/** Activity is asked for from this much before what it should explain. */
const activityMarginMs = 60_000;
/**
 * How much one transaction takes, so that the account is free again within some 10 ms: a deal decided, or a position that became
 * smaller, takes up to 12 statements of 0.3 to 0.5 ms; positions that are new take 8 statements together and some 0.1 ms each.
 */
const decidedAtOnce = 2;
const changesAtOnce = 2;
const newcomersAtOnce = 25;
/** Deals held against the lists in one turn of the event loop: 0.02 ms each where 2,000 positions are listed. */
const comparedAtOnce = 50;
/** Differences of one reading that are kept: who has more has no use for a list. */
const maxDifferencesKept = 100;

export type Reconcile = ReturnType<typeof createReconcile>;

/** What a reading came to, in numbers. */
export interface ReadingResult {
  /** Deals without a verdict when it began. */
  undecided: number;
  begunAt: Date;
  /** What the broker listed. */
  positions: number;
  orders: number;
  /** Positions and orders of which we knew something else. */
  differences: number;
  /** Deals that have their verdict by it. */
  decided: number;
}

interface ReconcileDeps {
  dealStore: DealStore;
  positionStore: PositionStore;
  riskStore: RiskStore;
  inAccount: AccountTransaction;
  kinds: Kinds;
  settle: Settle;
  positions: Positions;
  applyPosition: ApplyPosition;
  applyOrder: ApplyOrder;
  orderStore: Pick<OrderStore, 'listUnsettled'>;
  applyFunds: ApplyFunds;
  days: Pick<Days, 'gone' | 'judge'>;
  booksStore: BooksStore;
  evidence: Evidence;
  accountOf: (id: string) => Promise<BrokerAccount>;
  clock: Clock;
  logger: Logger;
}

export function createReconcile(deps: ReconcileDeps) {
  const { dealStore, positionStore, riskStore, inAccount, kinds, settle } = deps;
  const { applyPosition, applyOrder, orderStore, applyFunds, days, booksStore, evidence, clock, logger } =
    deps;

  /**
   * One complete reading, shared by all of the account's deals. What it says is applied in transactions that each hold the account for a
   * few milliseconds, however much is read: every finding is weighed anew against the rows as they are under the lock, so others may come
   * between, and what a crash leaves out the next reading finds. Throws broker.* when a part does not answer: then it counts for nothing.
   */
  async function read(account: BrokerAccount): Promise<ReadingResult> {
    const judged = await dealStore.listJudged(account.id, new Date(clock.now().getTime() - lateWindowMs));
    const risk = await riskStore.find(account.id);
    const readAt = risk?.positionsReadAt ?? null;
    const gone = risk ? await days.gone(risk, clock.now()) : null;
    const known = await positionStore.listOpen(account.id); // before the broker's list: what is not in that one was there before it
    const knownOrders = await orderStore.listUnsettled(account.id);
    const begunAt = clock.now();
    const positions = await evidence.positions(account);
    const orders = await evidence.orders(account);
    const missing = missingOrders(knownOrders, orders);
    const undecided = judged.filter(({ status }) => !isDecided(status));
    const differences = compare(known, positions, begunAt);
    const since = [
      ...undecided.map(({ createdAt }) => createdAt),
      ...(gone ? [gone.goneAfter] : []),
      ...missing.map(({ updatedAt, closedAt }) => closedAt ?? updatedAt),
      ...[...differences.smaller, ...differences.gone].map((row) => seenAt(row, { readAt, now: begunAt })),
    ].map((at) => (at === null || isAhead(at, begunAt) ? begunAt.getTime() - lateWindowMs : at.getTime()));
    const activity =
      since.length > 0 ? await evidence.activity(account, new Date(earliest(since) - activityMarginMs)) : [];
    const confirms = new Map<string, ConfirmEvidence | null>();
    for (const { id, dealReference, createdAt } of undecided) {
      if (dealReference !== null && begunAt.getTime() - createdAt.getTime() <= confirmKeptMs)
        confirms.set(id, await evidence.confirm(account, dealReference));
    }
    const funds = await readFunds(account);
    const orderNews = orderNewsIn(knownOrders, orders);
    const found = differencesIn({ known, knownOrders, differences, orderNews, missing });

    const reading = { begunAt, positions, orders, activity, othersReferences: nobodys };
    const closings = closingsIn(activity);
    // What the stream told a moment ago the lists may not show yet: what they say is that old.
    const asOf = new Date(begunAt.getTime() - readSpacingMs);
    const newsOf = ({ level, ...rest }: PositionEvidence): PositionNews => ({
      ...rest,
      openLevel: level,
      closeLevel: closings.get(rest.dealId)?.level ?? null,
      at: asOf,
    });
    const apply = async <Item>(
      items: readonly Item[],
      atOnce: number,
      work: (entry: Entry, some: Item[]) => Promise<void>,
    ) => {
      for (let from = 0; from < items.length; from += atOnce)
        await inAccount(account, (entry) => work(entry, items.slice(from, from + atOnce)));
    };
    // A deal taken for lost is locked only where there is a trace of it.
    const worthALook: DealRow[] = [];
    await inSlices(judged, comparedAtOnce, (deal) => {
      const isWorthALock =
        !isDecided(deal.status) || judge(kinds[deal.kind].evidence, deal, { ...reading, confirm: null });
      if (isWorthALock) worthALook.push(deal);
    });

    let [decided, unsettled] = [0, 0];
    await apply(worthALook, decidedAtOnce, async (entry, deals) => {
      for (const deal of deals)
        if (await decide(entry, deal, { ...reading, confirm: confirms.get(deal.id) ?? null })) decided++;
    });
    await apply(differences.newcomers, newcomersAtOnce, (entry, some) =>
      applyPosition.newcomers(entry, some.map(newsOf)),
    );
    await apply(differences.different, changesAtOnce, async (entry, some) => {
      for (const position of some) await applyPosition.one(entry, newsOf(position));
    });
    await apply(differences.gone, changesAtOnce, async (entry, rows) => {
      for (const row of rows)
        if (!(await vanished(entry, row, { closing: closings.get(row.dealId), begunAt, readAt })))
          unsettled++;
    });
    await apply(differences.again, newcomersAtOnce, async ({ tx }, dealIds) =>
      positionStore.seenAgain(tx, account.id, dealIds),
    );
    await apply(orderNews, changesAtOnce, async (entry, some) => {
      for (const order of some) await applyOrder.listed(entry, { ...order, dealReference: null, at: asOf });
    });
    await apply(missing, changesAtOnce, async (entry, rows) => {
      for (const row of rows)
        if (!(await applyOrder.vanished(entry, row, { activity, begunAt }))) unsettled++;
    });
    await inAccount(account, async (entry) => {
      // By now the broker's history has whatever was closed while the cash went.
      if (gone && ageMs(gone.goneBy, begunAt) >= settleAfterMs)
        await days.judge(entry, gone, { closed: hasClosing(activity, gone.goneAfter, begunAt) });
      booksStore.saveReading(entry.tx, {
        accountId: account.id,
        environment: account.environment,
        readAt: begunAt,
        agreedAt: unsettled === 0 ? begunAt : null,
        ourCash: funds && entry.risk.cash,
        brokerCash: funds && funds.cash,
        differences: found.slice(0, maxDifferencesKept),
        unsettled,
      });
      await resolveBreaks(entry, begunAt, new Set(found.map(({ dealId }) => dealId)));
      if (funds) await applyFunds(entry, funds);
      const { positionsReadAt } = entry.risk;
      if (positionsReadAt === null || begunAt > positionsReadAt || isAhead(positionsReadAt, entry.at))
        entry.risk.positionsReadAt = begunAt;
    });
    return {
      undecided: undecided.length,
      begunAt,
      positions: positions.length,
      orders: orders.length,
      differences: found.length,
      decided,
    };
  }

  /** A break is settled by the first complete reading begun after it in which the broker's lists and ours say the same of what it is about. */
  async function resolveBreaks(entry: Entry, begunAt: Date, differing: ReadonlySet<string>): Promise<void> {
    for (const row of await booksStore.listOpen(entry.tx, entry.account.id, begunAt)) {
      const { id, kind, brokerDealId: dealId, difference } = row;
      if (dealId !== null && differing.has(dealId)) continue;
      booksStore.resolve(entry.tx, id, entry.at, agreedAgain);
      entry.tell('break.resolved', { id, kind, dealId, difference });
    }
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

  /** True when the deal has its verdict by this. */
  async function decide(entry: Entry, seen: DealRow, read: Reading): Promise<boolean> {
    const deal = await dealStore.lock(entry.tx, seen.id);
    if (deal.status === 'accepted') return false; // decided meanwhile by the stream
    // Asked under the account's lock, for each deal anew: a reference learnt a moment ago, by the stream or by this reading, is another deal's.
    const othersReferences =
      kinds[deal.kind].referenceOf === 'brokers'
        ? await dealStore.othersAmong(entry.tx, deal, referencesOn(deal.dealId, read.activity))
        : nobodys;
    const reading = { ...read, othersReferences };
    const finding = judge(kinds[deal.kind].evidence, deal, reading);
    if (!finding) return false;
    const absence =
      !('status' in finding) ||
      (finding.status === 'rejected' && finding.reason.code === 'never_reached_broker');
    // A read counts only if the deal stood as it does now when it began: two at once are one.
    if (
      absence &&
      (deal.absentReads !== seen.absentReads ||
        deal.connectionClosedAt?.getTime() !== seen.connectionClosedAt?.getTime())
    )
      return false;
    if ('status' in finding) {
      if (isDecided(deal.status) && (finding.status !== 'accepted' || (await mayBeAnothers(entry, deal))))
        return false;
      return isDecided((await settle(entry, deal, finding, absence ? 'absence' : 'reading')).status);
    }
    dealStore.save(entry.tx, { ...deal, ...finding });
    return false;
  }

  /**
   * Whether what seems to show a deal that was taken for lost may be of one that is under way on the same position, whose reference
   * nobody has learnt yet: a later reading tells.
   */
  async function mayBeAnothers(
    { tx, account }: Entry,
    { kind, dealId, dealReference }: DealRow,
  ): Promise<boolean> {
    if (kinds[kind].referenceOf === 'ours' || dealId === null || dealReference !== null) return false;
    const changing = await dealStore.lockChanging(tx, account.id, dealId, [kind]);
    return changing.some(({ status }) => !isDecided(status));
  }

  /** A position the broker lists no more. Without an entry in its history we wait (false): its lists lag behind its engine for a moment. */
  async function vanished(
    entry: Entry,
    listed: PositionRow,
    {
      closing,
      begunAt,
      readAt,
    }: { closing: ActivityEvidence | undefined; begunAt: Date; readAt: Date | null },
  ): Promise<boolean> {
    const position = await deps.positions.lock(entry, listed.dealId);
    if (!position || position.closedAt) return true;
    if (closing) {
      await deps.positions.shrink(entry, position, '0', { closeLevel: closing.level, at: closing.at });
      return true;
    }
    const seen = seenAt(position, { readAt, now: entry.at });
    if (seen === null || begunAt.getTime() - seen.getTime() < settleAfterMs) {
      const isDated = position.lastSeenAt !== null && !isAhead(position.lastSeenAt, entry.at);
      if (!isDated) positionStore.save(entry.tx, { ...position, lastSeenAt: seen ?? begunAt });
      return false;
    }
    await deps.positions.shrink(entry, position, '0', { closeLevel: null, at: begunAt });
    const difference = `${position.size} ${position.name} is not at the broker any more, and its history does not say why.`;
    logger.error(
      { account: listed.accountId, dealId: listed.dealId },
      'a position vanished without evidence',
    );
    entry.disagree({ kind: 'position_vanished', dealId: listed.dealId, difference });
    return true;
  }

  return {
    /** Reads the broker's lists of the account once; callers at the same time share one reading. */
    account: once(
      async (accountId: string) => read(await deps.accountOf(accountId)),
      (id) => id,
    ),
  };
}

const agreedAgain = 'The broker’s lists and FTrader’s books say the same of it again.';
const nobodys: ReadonlySet<string> = new Set();
const earliest = (instants: readonly number[]): number => instants.reduce((least, at) => Math.min(least, at));

/** The newest closing of each position in the history. */
function closingsIn(activity: readonly ActivityEvidence[]): Map<string, ActivityEvidence> {
  const newest = new Map<string, ActivityEvidence>();
  for (const entry of activity)
    for (const dealId of closedBy(entry)) {
      const known = newest.get(dealId);
      if (!known || entry.at > known.at) newest.set(dealId, entry);
    }
  return newest;
}
/** Whether anything was closed since then, or so shortly before that the broker's clock may have meant it; at all, where that lies ahead. */
const hasClosing = (activity: readonly ActivityEvidence[], since: Date, now: Date): boolean =>
  activity.some(
    (entry) =>
      closedBy(entry).length > 0 &&
      (isAhead(since, now) || entry.at.getTime() >= since.getTime() - activityMarginMs),
  );
/** The broker's references in the history of one position. */
const referencesOn = (dealId: string | null, activity: readonly ActivityEvidence[]): string[] =>
  activity.flatMap(({ actions, dealReference }) =>
    dealReference !== null && actions.some((action) => action.dealId === dealId) ? dealReference : [],
  );
