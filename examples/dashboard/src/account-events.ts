// What the trading stream says of the accounts that are known, and of what may be dealt on them. Pure.
import type { Account, StreamMessage, TradingEvent } from '../../../client/index.ts';

export interface KnownAccounts {
  /** Oldest first; undefined until they were read. */
  list: readonly Account[] | undefined;
  /** Rises with all news of what may be dealt: what was read of that before is out of date. */
  riskNews: number;
}

/** What it tells is more than it says: which account is the default, and which there are. The list is to be read. */
export const asksForReading = ({ type }: StreamMessage<TradingEvent>): boolean =>
  type === 'snapshot.needed' || type === 'account.connected' || type === 'account.disconnected';

/** It changes what is shown of an account. */
export const isOfAccounts = ({ type }: StreamMessage<TradingEvent>): boolean =>
  type.startsWith('account.') || type.startsWith('dealing.') || type === 'risk.limits_changed';

/** What is known after a message. Events come in their order and may come again: each is the newest word on what it says. */
export function afterMessage(known: KnownAccounts, message: StreamMessage<TradingEvent>): KnownAccounts {
  switch (message.type) {
    case 'account.degraded':
    case 'account.restored':
      return changed(known, message.data.id, { health: message.data.health });
    case 'dealing.live_enabled':
    case 'dealing.live_disabled':
      return changed(withRiskNews(known), message.accountId, {
        liveDealing: message.type === 'dealing.live_enabled',
      });
    case 'dealing.halted':
    case 'dealing.resumed':
    case 'risk.limits_changed':
    case 'dead_man.fired':
    case 'cash.changed':
      return withRiskNews(known);
    default:
      return known;
  }
}
/** What was read of what may be dealt is out of date. */
export const withRiskNews = (known: KnownAccounts): KnownAccounts => ({
  ...known,
  riskNews: known.riskNews + 1,
});
const changed = (known: KnownAccounts, id: string | null, change: Partial<Account>): KnownAccounts => ({
  ...known,
  list: known.list?.map((account) => (account.id === id ? { ...account, ...change } : account)),
});
