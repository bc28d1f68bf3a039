// What can be subscribed, by name: PRICE, ACCOUNT and TRADE items with their modes, adapters, fields and values; CHART items are in charts.ts.
import type { Clock } from '../../lib/clock.ts';
import type { AccountFigures } from '../engine/value.ts';
import { findAccount } from '../access/logins.ts';
import { accountTypeOf, type Instrument } from '../market/instrument.ts';
import type { Price, PriceSource } from '../market/price.ts';
import type { AccountFeed } from './account-feed.ts';
import { accountItem } from './account-item.ts';
import { createCharts } from './charts.ts';
import type { Outbox, TradeMessage } from './outbox.ts';
import type { Viewer } from './session.ts';
import { createItem, updateOf, type Fields, type Item } from './updates.ts';

/** A refused subscription: REQERR code and text. Codes below 1 are IG's own. */
export interface Refusal {
  code: number;
  text: string;
}

/** Width to which DLG_FLAG is padded with spaces, as IG does. */
const flagWidth = 16;
const flags: Record<Price['status'], string> = {
  TRADEABLE: 'DEAL',
  EDITS_ONLY: 'EDIT',
  CLOSINGS_ONLY: 'CLOSINGSONLY',
  DEAL_NO_EDIT: 'DEALNOEDIT',
  ON_AUCTION: 'AUCTION',
  ON_AUCTION_NO_EDITS: 'AUCTIONNOEDIT',
  SUSPENDED: 'SUSPEND',
  CLOSED: 'CLOSED',
  OFFLINE: 'CALL',
};
/** Fields of PRICE items (reference: IG streaming guide). One rung of depth; the others, and quote ids, are null. */
function priceFieldsOf({ minDealSize, currency }: Instrument): Fields<Price> {
  const size = ({ status }: Price) =>
    status === 'TRADEABLE' ? String(Math.round(minDealSize * 1_000)) : null;
  return {
    MID_OPEN: (price) => price.midOpen,
    HIGH: (price) => price.high,
    LOW: (price) => price.low,
    NET_CHG: (price) => price.netChange,
    NET_CHG_PCT: (price) => price.pctChange,
    BIDPRICE1: (price) => price.bid,
    ASKPRICE1: (price) => price.offer,
    BIDSIZE1: size,
    ASKSIZE1: size,
    C1BIDSIZE1: size,
    C1ASKSIZE1: size,
    CURRENCY0: () => currency,
    CURRENCY1: () => currency,
    TIMESTAMP: (price) => String(price.atMs),
    DLG_FLAG: (price) => flags[price.status].padEnd(flagWidth),
    DELAY: () => '0',
  };
}

/** An item without an account, told by a consumer; what HEARTBEAT holds is not documented: epoch ms here. */
const heartbeatItem = 'HB.U.HEARTBEAT.IP';
const heartbeatMs = 1_000;

export const noSuchItem: Refusal = { code: 21, text: 'Invalid group' };
const notYours: Refusal = { code: -1, text: 'Insufficient permissions' };
/** IG's words for an epic of the other kind of account (trading-ig#6, #318). */
const otherKind: Refusal = { code: -1, text: 'Invalid account type' };

export interface Items {
  /** The item of a name for `viewer`, or why not: 17 unknown adapter, 21 unknown or retired item, −1 another's account or a market of the other kind. */
  find(name: string, adapter: string, viewer: Viewer): Item | Refusal;
}

export interface ItemDeps {
  sources: ReadonlyMap<string, PriceSource>;
  figures(accountId: string): AccountFigures;
  accounts: AccountFeed;
  trades: Outbox;
  clock: Clock;
}

export function createItems({ sources, figures, accounts, trades, clock }: ItemDeps): Items {
  const priceItem = (source: PriceSource) =>
    createItem('MERGE', priceFieldsOf(source.instrument), (deliver, { snapshot, busy }) => {
      const started = source.subscribe({ onPrice: deliver, busy });
      if (snapshot > 0 && started.snapshot) deliver(started.snapshot);
      return started.unsubscribe;
    });
  /** Made when first asked for, then shared. */
  const known = new Map<string, { instrument: Instrument; price: Item; charts: ReadonlyMap<string, Item> }>();
  function itemsOf(epic: string) {
    const source = sources.get(epic);
    if (!source) return undefined;
    const { instrument } = source;
    const items = known.get(epic) ?? {
      instrument,
      price: priceItem(source),
      charts: createCharts(source, clock),
    };
    known.set(epic, items);
    return items;
  }
  const accountItemOf = (accountId: string): Item => ({
    mode: 'MERGE',
    start(schema, { snapshot, push }) {
      let last = '';
      function deliver() {
        const fields = accountItem(figures(accountId));
        const values = schema.map((name) => (Object.hasOwn(fields, name) ? fields[name]! : null));
        if (last !== (last = values.join())) push(updateOf(values));
      }
      if (snapshot > 0) deliver();
      return accounts.watch(accountId, deliver);
    },
  });
  const tradeItemOf = (accountId: string): Item => ({
    mode: 'DISTINCT',
    start(schema, { snapshot, push }) {
      const deliver = ({ field, text }: TradeMessage) =>
        push(updateOf(schema.map((name) => (name === field ? text : null))));
      if (snapshot > 0) for (const message of trades.recent(accountId).slice(-snapshot)) deliver(message);
      return trades.listen(accountId, deliver);
    },
  });
  const heartbeat: Item = {
    mode: 'MERGE',
    start(schema, { snapshot, push }) {
      const beat = () => {
        const now = String(clock.now().getTime());
        push(updateOf(schema.map((name) => (name === 'HEARTBEAT' ? now : null))));
      };
      if (snapshot > 0) beat();
      return clock.every(heartbeatMs, beat);
    },
  };

  return {
    find(name, adapter, { login, account: active }) {
      const [kind, subject = '', rest = '', extra] = name.split(':');
      if (!['', 'DEFAULT', 'Pricing'].includes(adapter)) return { code: 17, text: 'Data Adapter not found' };
      if ((kind === 'PRICE') !== (adapter === 'Pricing') || extra !== undefined) return noSuchItem;
      const account = subject === login.clientId ? active : findAccount(login, subject);
      if (kind === 'PRICE' || kind === 'CHART') {
        const [epic, dealer] = kind === 'PRICE' ? [rest, account] : [subject, active];
        const items = itemsOf(epic);
        const item = kind === 'PRICE' ? items?.price : items?.charts.get(rest);
        if (!items || !item) return noSuchItem;
        if (!dealer) return notYours;
        return accountTypeOf(items.instrument) === dealer.accountType ? item : otherKind;
      }
      // MARKET and L1 were switched off in May 2026. What IG says since is not known: an item that its adapter no longer knows is an invalid group.
      if ((kind !== 'ACCOUNT' && kind !== 'TRADE') || rest !== '') return noSuchItem;
      if (kind === 'TRADE' && subject === heartbeatItem) return heartbeat;
      if (!account) return notYours;
      return kind === 'ACCOUNT' ? accountItemOf(account.accountId) : tradeItemOf(account.accountId);
    },
  };
}
