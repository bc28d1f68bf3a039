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
import type { ApplyFunds } from '../risk/funds.ts';
import type { PositionStore } from '../positions/store.ts';
import type { RiskStore } from '../risk/store.ts';
import type { Inbox } from './inbox.ts';
import { verdictIn } from './judge.ts';
import type { ApplyPosition } from './position-news.ts';

export type AccountEvents = ReturnType<typeof createAccountEvents>;

interface AccountEventsDeps {
  dealStore: DealStore;
  positionStore: Pick<PositionStore, 'lock'>;
  riskStore: RiskStore;
  inbox: Inbox;
  inAccount: AccountTransaction;
  kinds: Kinds;
  settle: Settle;
  applyPosition: ApplyPosition;
  applyFunds: ApplyFunds;
  accountOf: (id: string) => Promise<BrokerAccount>;
  enqueueReconcile: EnqueueReconcile;
  clock: Clock;
  logger: Logger;
}

export function createAccountEvents(deps: AccountEventsDeps) {
  const { dealStore, positionStore, riskStore, inbox, inAccount, kinds, settle, applyPosition, applyFunds } =
    deps;
  const { accountOf, enqueueReconcile, clock, logger } = deps;
  const changers = kindsThat('changesPosition', kinds);

  /**
   * The deal a confirm speaks of, locked. The confirm of a change may come before we have learnt the broker's reference for it, and
   * bears the opening's reference where the broker makes none: so a deal that awaits its verdict is meant before a decided one.
   */
  async function dealOf(
    { tx, account }: Entry,
    confirm: ConfirmEvidence,
    bearers: readonly DealRow[],
  ): Promise<DealRow | undefined> {
    const isToldOf = (deal: DealRow) => kinds[deal.kind].evidence.isToldBy(deal, confirm);
    const named = bearers.find(isToldOf);
    if (confirm.dealId === null || (named && !isDecided(named.status))) return named;
    const changing = await dealStore.lockChanging(tx, account.id, confirm.dealId, changers);
    // In the store's order: one that awaits its verdict is meant before one that was taken for lost.
    const change = changing.find(isToldOf);
    return named && (!change || isDecided(change.status)) ? named : change;
  }
  async function applyConfirm(
    entry: Entry,
    confirm: ConfirmEvidence,
    bearers: readonly DealRow[],
  ): Promise<void> {
    const deal = await dealOf(entry, confirm, bearers);
    if (!deal) return;
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
    const settled = await settle(entry, deal, verdict);
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
    if (event.kind === 'funds') return undefined;
    const { eventId } = event;
    const dealId = event.kind === 'reconnected' ? null : event.data.dealId;
    const [isNew, bearers, position] = await Promise.all([
      inbox.insert(tx, { eventId, accountId: account.id, at }),
      event.kind === 'confirm' ? dealStore.lockByReference(tx, account.id, event.data.dealReference) : [],
      dealId === null ? null : positionStore.lock(tx, account.id, dealId),
    ]);
    return { isNew, bearers, dealId, position };
  }
  type Ahead = Awaited<ReturnType<typeof readAhead>>;

  async function applyOne(entry: Entry, event: AccountEvent, ahead: Ahead): Promise<void> {
    // Figures come with every price move and are only ever replaced by newer ones: no inbox.
    if (event.kind === 'funds') return applyFunds(entry, event.data);
    if (!ahead?.isNew) return;
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
    } else await enqueueReconcile(tx, account.id);
  }

  /** In one transaction: all or none. Confirms first: what the others tell of their deals is known then, and needs no look. */
  async function applyTogether(account: BrokerAccount, told: readonly AccountEvent[]): Promise<void> {
    const isConfirm = ({ kind }: AccountEvent) => kind === 'confirm';
    const events = [...told.filter(isConfirm), ...told.filter((event) => !isConfirm(event))];
    const [first] = events;
    // No transaction while the cash stays.
    if (events.length === 1 && first?.kind === 'funds')
      if (await riskStore.saveFigures(account.id, first.data, clock.now())) return;
    await inAccount(
      account,
      async (entry, ahead) => {
        for (const read of ahead)
          if (read?.dealId != null) entry.positions.set(read.dealId, read.position ?? null);
        for (const [i, event] of events.entries()) await applyOne(entry, event, ahead[i]);
      },
      (tx: Tx, at: Date) => Promise.all(events.map((event) => readAhead(event, { tx, account, at }))),
    );
  }

  return {
    /**
     * Applies the events of one message; a redelivery changes nothing. `raw` is as it came from the bus. Throws for one that cannot be
     * read, is of no account here, or contradicts what is decided: it becomes a dead letter and somebody looks at it. The others of its
     * message are applied all the same.
     */
    async apply(raw: unknown): Promise<void> {
      const { accountId, events } = AccountMessage.parse(raw);
      const account = await accountOf(accountId);
      try {
        return await applyTogether(account, events);
      } catch (err) {
        // Nothing is wrong with one of them, and each alone would wait as long: the message is tried again.
        if (events.length === 1 || isUnavailable(err)) throw err;
        logger.warn({ err, account: accountId }, 'events that came together are applied one by one');
      }
      const failures: unknown[] = [];
      for (const event of events)
        await applyTogether(account, [event]).catch((err: unknown) => failures.push(err));
      if (failures.length > 0) throw failures[0];
    },
  };
}

/** Throws for an account that is not of this installation. */
export function createAccountIndex({ find }: Accounts): (id: string) => Promise<BrokerAccount> {
  return async (id) => {
    const account = await find(id);
    if (!account) throw new Error(`there is no account ${id} here`);
    return account;
  };
}
