// What the broker's stream tells of an account, applied once: each event in one transaction, in whatever order they come.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { Kinds } from '../deals/kinds.ts';
import type { DealRow } from '../deals/life.ts';
import type { Settle } from '../deals/settle.ts';
import type { DealStore } from '../deals/store.ts';
import {
  AccountEvent,
  type Accounts,
  type BrokerAccount,
  type ConfirmEvidence,
  type EnqueueReconcile,
  type PositionUpdate,
} from '../ports.ts';
import { hearFunds } from '../risk/funds.ts';
import type { RiskStore } from '../risk/store.ts';
import type { Inbox } from './inbox.ts';
import { verdictIn } from './judge.ts';
import type { HearPosition } from './position-news.ts';

export type AccountEvents = ReturnType<typeof createAccountEvents>;

interface AccountEventsDeps {
  dealStore: DealStore;
  riskStore: RiskStore;
  inbox: Inbox;
  inAccount: AccountTransaction;
  kinds: Kinds;
  settle: Settle;
  hearPosition: HearPosition;
  accountOf: (id: string) => Promise<BrokerAccount>;
  enqueueReconcile: EnqueueReconcile;
  logger: Logger;
}

export function createAccountEvents(deps: AccountEventsDeps) {
  const { dealStore, riskStore, inbox, inAccount, kinds, settle, hearPosition } = deps;
  const { accountOf, enqueueReconcile, logger } = deps;

  /** The deal a confirm speaks of, locked. The confirm of a change may come before we have learnt the broker's reference for it. */
  async function dealOf({ tx, account }: Entry, confirm: ConfirmEvidence): Promise<DealRow | undefined> {
    const isToldOf = (deal: DealRow) => kinds[deal.kind].evidence.isToldBy(deal, confirm);
    const bearers = await dealStore.lockByReference(tx, account.id, confirm.dealReference);
    const named = bearers.find(isToldOf);
    if (named || confirm.dealId === null) return named;
    // In the store's order: one that awaits its verdict is meant before one that was taken for lost.
    return (await dealStore.lockChanging(tx, account.id, confirm.dealId)).find(isToldOf);
  }
  async function hearConfirm(entry: Entry, confirm: ConfirmEvidence): Promise<void> {
    const deal = await dealOf(entry, confirm);
    if (!deal) return;
    const { evidence } = kinds[deal.kind];
    if (deal.status === 'accepted') {
      const missing = evidence.completed(deal, confirm);
      if (missing) await dealStore.save(entry.tx, { ...deal, ...missing });
      return;
    }
    const verdict = verdictIn(evidence, deal, confirm);
    if (!verdict) return;
    const settled = await settle(entry, deal, verdict);
    if (!isDecided(settled.status)) logger.warn({ deal: deal.id }, 'a confirm decided nothing');
  }
  const hearUpdate = (entry: Entry, { state, level, size, ...rest }: PositionUpdate) =>
    hearPosition(entry, {
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
        if (!(await riskStore.saveFigures(account.id, event.data)))
          await inAccount(account, async (entry) => hearFunds(entry, event.data));
        return;
      }
      await inAccount(account, async (entry) => {
        if (
          !(await inbox.insert(entry.tx, {
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
