// What the broker's stream tells of an account, applied once: each event in one transaction, in whatever order they come.
import { decimal } from '../../../../shared/decimal.ts';
import type { Tx } from '../../../db/transaction.ts';
import type { Logger } from '../../../lib/logger.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Books } from '../positions/positions.ts';
import { fromConfirm } from './judge.ts';
import type { Entry, Ledger } from '../account-transaction.ts';
import {
  AccountEvent,
  type Accounts,
  type BrokerAccount,
  type ConfirmEvidence,
  type PositionUpdate,
} from '../ports.ts';
import type { DealRow, TradingStore } from '../store.ts';

export type AccountEvents = ReturnType<typeof createAccountEvents>;

interface AccountEventsDeps {
  store: TradingStore;
  ledger: Ledger;
  books: Books;
  accountOf: (id: string) => Promise<BrokerAccount>;
  enqueueReconcile: (tx: Tx, accountId: string) => Promise<void>;
  logger: Logger;
}

export function createAccountEvents({
  store,
  ledger,
  books,
  accountOf,
  enqueueReconcile,
  logger,
}: AccountEventsDeps) {
  /** The deal a confirm speaks of, locked. A close's confirm may come before we have learnt the broker's reference for it. */
  async function dealOf({ tx, account }: Entry, confirm: ConfirmEvidence): Promise<DealRow | undefined> {
    const named = await store.lockByReference(tx, account.id, confirm.dealReference);
    if (named) return named;
    const { action, dealId, direction, size } = confirm;
    if ((action !== 'closed' && action !== 'partially_closed') || dealId === null || size === null)
      return undefined;
    // In the store's order: one that awaits its verdict is meant before one that was taken for lost.
    const closes = await store.lockOpenCloses(tx, account.id, dealId);
    return closes.find(
      (deal) =>
        deal.dealReference === null && deal.direction === direction && decimal.compare(deal.size, size) === 0,
    );
  }
  async function hearConfirm(entry: Entry, confirm: ConfirmEvidence): Promise<void> {
    const deal = await dealOf(entry, confirm);
    if (!deal) return;
    if (deal.status === 'accepted') {
      // An accepted opening hears its reference again with every amend, refused ones included. A close that its history proved lacks its result.
      if (deal.kind === 'close' && deal.profit === null && confirm.profit !== null)
        await store.saveDeal(entry.tx, {
          ...deal,
          level: deal.level ?? confirm.level,
          profit: confirm.profit,
          profitCurrency: confirm.profitCurrency,
        });
      return;
    }
    const verdict = fromConfirm(deal, confirm);
    if (!verdict) return;
    const settled = await books.settle(entry, deal, verdict);
    if (!isDecided(settled.status)) logger.warn({ deal: deal.id }, 'a confirm decided nothing');
  }
  const hearUpdate = (entry: Entry, { state, level, size, ...rest }: PositionUpdate) =>
    books.hearPosition(entry, {
      ...rest,
      size: state === 'deleted' ? '0' : size,
      openLevel: state === 'deleted' ? null : level,
      closeLevel: state === 'deleted' ? level : null,
      name: null,
      contractSize: null,
      openedAt: state === 'open' ? rest.at : null,
    });

  return {
    /**
     * Applies one event; a redelivery changes nothing. `raw` is as it came from the bus. Throws for one that cannot be read, is of no
     * account here, or contradicts what is decided: it becomes a dead letter and somebody looks at it.
     */
    async apply(raw: unknown): Promise<void> {
      const event = AccountEvent.parse(raw);
      const account = await accountOf(event.accountId);
      // Figures come with every price move and are only ever replaced by newer ones: no inbox, and no transaction while the cash stays.
      if (event.kind === 'funds') {
        if (!(await store.saveFigures(account.id, event.data)))
          await ledger(account, async (entry) => books.hearFunds(entry, event.data));
        return;
      }
      await ledger(account, async (entry) => {
        if (
          !(await store.insertInbox(entry.tx, {
            eventId: event.eventId,
            accountId: account.id,
            at: entry.at,
          }))
        )
          return;
        if (event.kind === 'confirm') await hearConfirm(entry, event.data);
        else if (event.kind === 'position') {
          // The stream names neither market nor currency of what was opened elsewhere: the broker's list does, so it is read now.
          if (await hearUpdate(entry, event.data)) await enqueueReconcile(entry.tx, account.id);
        } else await enqueueReconcile(entry.tx, account.id);
      });
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
