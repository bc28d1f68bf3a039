// What can be subscribed, by name: PRICE, ACCOUNT and TRADE items with their modes, adapters, fields and values; CHART items are in charts.ts.
import type { Clock } from '../../lib/clock.ts';
import { accountItem } from '../engine/messages.ts';
import type { AccountFigures } from '../engine/value.ts';
import type { Instrument } from '../market/instruments.ts';
import type { Price, PriceSource } from '../market/price.ts';
import type { AccountFeed } from './account-feed.ts';
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
  OFFLINE: 'CLOSED',
};
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

const absent = () => null;
const absentNames = [
  'BIDQUOTEID',
  'ASKQUOTEID',
  ...numbers(1, 5).flatMap((rung) =>
    ['BIDPRICE', 'ASKPRICE', 'BIDSIZE', 'ASKSIZE'].map((name) => `${name}${rung}`),
  ),
  ...numbers(0, 5).map((n) => `CURRENCY${n}`),
  ...numbers(1, 5).flatMap((n) =>
    numbers(1, 5).flatMap((rung) => [`C${n}BIDSIZE${rung}`, `C${n}ASKSIZE${rung}`]),
  ),
];
/** Fields of PRICE items (reference: IG streaming guide). One rung of depth; the others are null. */
function priceFieldsOf({ minDealSize, currency }: Instrument): Fields<Price> {
  const size = ({ status }: Price) =>
    status === 'TRADEABLE' ? String(Math.round(minDealSize * 1_000)) : null;
  return {
    ...Object.fromEntries(absentNames.map((name) => [name, absent])),
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

/** With the two older names. */
const accountFields = (figures: AccountFigures): Record<string, string> => {
  const item = accountItem(figures);
  return { ...item, USED_MARGIN: item.MARGIN, AMOUNT_DUE: '0.00' };
};
const accountNames = Object.keys(
  accountFields({
    cash: '0',
    deposit: '0',
    profitLoss: '0',
    available: '0',
    equity: '0',
    equityUsedPct: '0',
    limitedRisk: { profitLoss: '0', deposit: '0' },
  }),
);
const tradeFields = ['CONFIRMS', 'OPU', 'WOU'];
/** An item without an account, told by a consumer; what HEARTBEAT holds is not documented: epoch ms here. */
const heartbeatItem = 'HB.U.HEARTBEAT.IP';
const heartbeatMs = 1_000;

export const noSuchItem: Refusal = { code: 21, text: 'Invalid group' };
const notYours: Refusal = { code: -1, text: 'Insufficient permissions' };

export interface Items {
  /** The item of a name for `viewer`, or why not: 17 unknown adapter, 21 unknown or retired item, −1 another's account. */
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
  const known = new Map<string, { price: Item; charts: ReadonlyMap<string, Item> }>();
  function itemsOf(epic: string) {
    const source = sources.get(epic);
    if (!source) return undefined;
    const items = known.get(epic) ?? { price: priceItem(source), charts: createCharts(source, clock) };
    known.set(epic, items);
    return items;
  }
  const accountItemOf = (accountId: string): Item => ({
    mode: 'MERGE',
    hasField: (name) => accountNames.includes(name),
    start(schema, { snapshot, push }) {
      let last = '';
      function deliver() {
        const fields = accountFields(figures(accountId));
        const values = schema.map((name) => fields[name]!);
        if (last !== (last = values.join())) push(updateOf(values));
      }
      if (snapshot > 0) deliver();
      return accounts.watch(accountId, deliver);
    },
  });
  const tradeItemOf = (accountId: string): Item => ({
    mode: 'DISTINCT',
    hasField: (name) => tradeFields.includes(name),
    start(schema, { snapshot, push }) {
      const deliver = ({ field, text }: TradeMessage) =>
        push(updateOf(schema.map((name) => (name === field ? text : null))));
      if (snapshot > 0) for (const message of trades.recent(accountId).slice(-snapshot)) deliver(message);
      return trades.listen(accountId, deliver);
    },
  });
  const heartbeat: Item = {
    mode: 'MERGE',
    hasField: (name) => name === 'HEARTBEAT',
    start(schema, { snapshot, push }) {
      const beat = () => push(updateOf(schema.map(() => String(clock.now().getTime()))));
      if (snapshot > 0) beat();
      return clock.every(heartbeatMs, beat);
    },
  };

  return {
    find(name, adapter, { user, account }) {
      const [kind, subject = '', epic = '', extra] = name.split(':');
      if (!['', 'DEFAULT', 'Pricing'].includes(adapter)) return { code: 17, text: 'Data Adapter not found' };
      if ((kind === 'PRICE') !== (adapter === 'Pricing') || extra !== undefined) return noSuchItem;
      const mine = subject === user || subject === account.accountId;
      if (kind === 'PRICE') {
        const price = itemsOf(epic)?.price;
        return price && !mine ? notYours : (price ?? noSuchItem);
      }
      if (kind === 'CHART') return itemsOf(subject)?.charts.get(epic) ?? noSuchItem;
      // MARKET and L1 were switched off in May 2026. What IG says since is not known: an item that its adapter no longer knows is an invalid group.
      if ((kind !== 'ACCOUNT' && kind !== 'TRADE') || epic !== '') return noSuchItem;
      if (kind === 'TRADE' && subject === heartbeatItem) return heartbeat;
      if (!mine) return notYours;
      return kind === 'ACCOUNT' ? accountItemOf(account.accountId) : tradeItemOf(account.accountId);
    },
  };
}
