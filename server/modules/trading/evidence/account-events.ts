// What the broker's stream tells of an account, each event applied once, in whatever order they come; those of one message in one transaction.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Tx } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import { isUnavailable } from '../../../trpc/errors.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import { kindsThat, type Kinds } from '../deals/kinds.ts';
import type { DealRow } from '../deals/life.ts';
import type { Settle } from '../deals/settle.ts';
import type { DealStore } from '../deals/store.ts';
import {
  AccountMessage,
  type AccountEvent,
  type Accounts,
  type BrokerAccount,
  type ConfirmEvidence,
  type EnqueueReconcile,
  type PositionUpdate,
} from '../ports.ts';
import type { Days } from '../risk/days.ts';
import type { ApplyFunds } from '../risk/funds.ts';
import type { OrderStore } from '../orders/store.ts';
import type { PositionStore } from '../positions/store.ts';
import type { RiskStore } from '../risk/store.ts';
import type { Inbox } from './inbox.ts';
import { verdictIn } from './judge.ts';
import type { ApplyOrder } from './order-news.ts';
import { createStreamEpochs } from './stream-epochs.ts';
import type { ApplyPosition } from './position-news.ts';

export type AccountEvents = ReturnType<typeof createAccountEvents>;

interface AccountEventsDeps {
  dealStore: DealStore;
  positionStore: Pick<PositionStore, 'lock'>;
  orderStore: Pick<OrderStore, 'lock'>;
  riskStore: RiskStore;
  inbox: Inbox;
  inAccount: AccountTransaction;
  kinds: Kinds;
  settle: Settle;
  applyPosition: ApplyPosition;
  applyOrder: ApplyOrder;
  applyFunds: ApplyFunds;
  days: Pick<Days, 'readAhead' | 'knows'>;
  accountOf: (id: string) => Promise<BrokerAccount>;
  enqueueReconcile: EnqueueReconcile;
  clock: Clock;
  logger: Logger;
}

export function createAccountEvents(deps: AccountEventsDeps) {
  const { dealStore, positionStore, orderStore, riskStore, inbox, inAccount, kinds, settle } = deps;
  const { applyPosition, applyFunds, days, applyOrder, accountOf, enqueueReconcile, clock, logger } = deps;
  const changers = kindsThat('changesPosition', true, kinds);
  const epochs = createStreamEpochs(riskStore.streamEpoch);

  /**
   * The deal a confirm speaks of, locked. The confirm of a change may come before we have learnt the broker's reference for it, and
   * bears the opening's reference where the broker makes none: so a deal that awaits its verdict is meant before a decided one.
   */
  async function dealOf(
    { tx, account }: Entry,
    confirm: ConfirmEvidence,
    bearers: readonly DealRow[],
  ): Promise<DealRow | undefined> {
    const isToldOf = (deal: DealRow) => isOpenTo(deal) && kinds[deal.kind].evidence.isToldBy(deal, confirm);
    const named = bearers.find(isToldOf);
    if (confirm.dealId === null || (named && !isDecided(named.status))) return named;
    const changing = await dealStore.lockChanging(tx, account.id, confirm.dealId, changers);
    // In the store's order: one that awaits its verdict is meant before one that was taken for lost.
    // A reference that is borne already is nobody else's but of what changes a position: what comes late of one close is not of the next.
    const change = changing.find(
      (deal) => isToldOf(deal) && (!named || kinds[deal.kind].referenceOf === 'positions'),
    );
    return named && (!change || isDecided(change.status)) ? named : change;
  }
  async function applyConfirm(
    entry: Entry,
    confirm: ConfirmEvidence,
    bearers: readonly DealRow[],
  ): Promise<void> {
    const deal = await dealOf(entry, confirm, bearers);
    if (!deal) {
      // Dealt elsewhere. What it changed is told in a message of its own, and nothing but the broker's lists shows that one when it is lost.
      if (confirm.status === 'accepted' && bearers.length === 0)
        await enqueueReconcile(entry.tx, entry.account.id);
      return;
    }
    const { evidence } = kinds[deal.kind];
    if (deal.status === 'accepted') {
      const missing = evidence.completed(deal, confirm);
      if (missing) {
        dealStore.save(entry.tx, { ...deal, ...missing });
        entry.dealsSaved = true;
      }
      return;
    }
    const verdict = verdictIn(evidence, deal, confirm);
    if (!verdict) return;
    const settled = await settle(entry, deal, verdict, 'stream');
    if (!isDecided(settled.status)) logger.warn({ deal: deal.id }, 'a confirm decided nothing');
  }
  const applyUpdate = (entry: Entry, { state, level, size, ...rest }: PositionUpdate) =>
    applyPosition.one(entry, {
      ...rest,
      size: state === 'deleted' ? '0' : size,
      openLevel: state === 'deleted' ? null : level,
      closeLevel: state === 'deleted' ? level : null,
      name: null,
      contractSize: null,
      openedAt: state === 'open' ? rest.at : null,
    });

  /** What an event needs, whatever comes of it. */
  async function readAhead(event: AccountEvent, { tx, account, at }: Pick<Entry, 'tx' | 'account' | 'at'>) {
    if (event.kind === 'funds') return { day: await days.readAhead(tx, account.id) };
    const { eventId } = event;
    const dealId = event.kind === 'reconnected' ? null : event.data.dealId;
    const [isNew, bearers, position, order] = await Promise.all([
      inbox.insert(tx, { eventId, accountId: account.id, environment: account.environment, at }),
      event.kind === 'confirm' ? dealStore.lockByReference(tx, account.id, event.data.dealReference) : [],
      dealId === null || event.kind === 'order' ? null : positionStore.lock(tx, account.id, dealId),
      event.kind === 'order' ? orderStore.lock(tx, account.id, event.data.dealId) : null,
    ]);
    return { isNew, bearers, dealId, position, order };
  }
  type Ahead = Awaited<ReturnType<typeof readAhead>>;

  async function applyOne(entry: Entry, event: AccountEvent, ahead: Ahead): Promise<void> {
    // Figures come with every price move and are only ever replaced by newer ones: no inbox.
    if (event.kind === 'funds') return applyFunds(entry, event.data);
    if ('day' in ahead || !ahead.isNew) return;
    const { tx, account } = entry;
    if (event.kind === 'confirm') {
      const { dealReference } = event.data;
      const bearers = entry.dealsSaved
        ? await dealStore.lockByReference(tx, account.id, dealReference)
        : ahead.bearers;
      await applyConfirm(entry, event.data, bearers);
    } else if (event.kind === 'position') {
      // The stream names neither market nor currency of what was opened elsewhere: the broker's list does, so it is read now.
      if (await applyUpdate(entry, event.data)) await enqueueReconcile(tx, account.id);
    } else if (event.kind === 'order') await applyOrder.told(entry, event.data);
    else await enqueueReconcile(tx, account.id);
  }

  /**
   * In one transaction: all or none. Confirms first: what the others tell of their deals is known then, and needs no look. Orders last:
   * one that is gone was filled when its position is there.
   */
  async function applyTogether(account: BrokerAccount, told: readonly AccountEvent[]): Promise<void> {
    const rank = ({ kind }: AccountEvent) => (kind === 'confirm' ? 0 : kind === 'order' ? 2 : 1);
    const events = told.toSorted((one, two) => rank(one) - rank(two));
    const [first] = events;
    // No transaction while the cash stays.
    if (events.length === 1 && first?.kind === 'funds')
      if (await riskStore.saveFigures(account.id, first.data, clock.now())) return;
    await inAccount(
      account,
      async (entry, ahead) => {
        for (const read of ahead) {
          if ('day' in read) {
            if (read.day) days.knows(entry, read.day);
          } else if (read.dealId !== null) {
            if (read.position !== null) entry.positions.set(read.dealId, read.position ?? null);
            if (read.order !== null) entry.orders.set(read.dealId, read.order ?? null);
          }
        }
        for (const [i, event] of events.entries()) await applyOne(entry, event, ahead[i]!);
      },
      (tx: Tx, at: Date) => Promise.all(events.map((event) => readAhead(event, { tx, account, at }))),
    );
  }

  return {
    /**
     * Applies the events of one message; a redelivery changes nothing, nor does a gateway that was replaced. `raw` is as it came from
     * the bus. Throws for one that cannot be read, is of no account here, or contradicts what is decided: it becomes a dead letter and somebody looks at it. The others of its
     * message are applied all the same.
     */
    async apply(raw: unknown): Promise<void> {
      const { accountId, events, epoch } = AccountMessage.parse(raw);
      const account = await accountOf(accountId);
      const heard = () => epoch !== undefined && epochs.applied(accountId, epoch);
      if (epoch !== undefined && (await epochs.isReplaced(accountId, epoch)))
        return logger.warn(
          { account: accountId, epoch, events: events.length },
          'events of a gateway that was replaced are not believed',
        );
      try {
        await applyTogether(account, events);
        return void heard();
      } catch (err) {
        // Nothing is wrong with one of them, and each alone would wait as long: the message is tried again.
        if (events.length === 1 || isUnavailable(err)) throw err;
        logger.warn({ err, account: accountId }, 'events that came together are applied one by one');
      }
      const failures: unknown[] = [];
      for (const event of events)
        await applyTogether(account, [event]).catch((err: unknown) => failures.push(err));
      if (failures.length > 0) throw failures[0];
      heard();
    },
  };
}

/** A change that the broker refused is told of no more: what its confirms bear is the reference of the thing, and others change it too. */
const isOpenTo = ({ referenceOf, status, reason }: DealRow): boolean =>
  referenceOf !== 'positions' || status !== 'rejected' || reason?.code === 'never_reached_broker';

/** Throws for an account that is not of this installation. */
export function createAccountIndex({ find }: Accounts): (id: string) => Promise<BrokerAccount> {
  return async (id) => {
    const account = await find(id);
    if (!account) throw new Error(`there is no account ${id} here`);
    return account;
  };
}
