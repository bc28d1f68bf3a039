// What can be subscribed: PRICE, ACCOUNT and TRADE items, their modes, adapters, fields and values.
import { accountItem } from '../engine/messages.ts';
import type { AccountFigures } from '../engine/value.ts';
import type { Price, PriceSource } from '../market/price.ts';
import type { AccountFeed } from './account-feed.ts';
import type { Outbox } from './outbox.ts';
import type { Viewer } from './session.ts';

/** A refused subscription: REQERR code and text. Codes below 1 are IG's own. */
export interface Refusal { code: number; text: string }
type Values = (string | null)[];
export interface Item {
  mode: 'MERGE' | 'DISTINCT';
  /** Starts delivery: `push` takes the values of the schema. `busy` is the subscriber's back-pressure. */
  start(schema: readonly string[], options: { snapshot: boolean; push(values: Values): void; busy(): Promise<void> | undefined }): () => void;
  hasField(name: string): boolean;
}

/** Width to which DLG_FLAG is padded with spaces, as IG does. */
const flagWidth = 16;
const flags: Record<Price['status'], string> = {
  TRADEABLE: 'DEAL', EDITS_ONLY: 'EDIT', CLOSINGS_ONLY: 'CLOSINGSONLY', DEAL_NO_EDIT: 'DEALNOEDIT', ON_AUCTION: 'AUCTION', ON_AUCTION_NO_EDITS: 'AUCTIONNOEDIT',
  SUSPENDED: 'SUSPEND', CLOSED: 'CLOSED', OFFLINE: 'CLOSED',
};
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);

type Field = (price: Price, source: PriceSource) => string | null;
const absent: Field = () => null;
const size: Field = ({ status }, { instrument }) => (status === 'TRADEABLE' ? String(Math.round(instrument.minDealSize * 1_000)) : null);

/** Fields of PRICE items (reference: IG streaming guide). One rung of depth; the others are null. */
const priceFields: Record<string, Field> = {
  ...Object.fromEntries(
    [
      ...numbers(1, 5).flatMap((rung) => ['BIDPRICE', 'ASKPRICE', 'BIDSIZE', 'ASKSIZE'].map((name) => `${name}${rung}`)),
      ...numbers(0, 5).map((n) => `CURRENCY${n}`),
      ...numbers(1, 5).flatMap((n) => numbers(1, 5).flatMap((rung) => [`C${n}BIDSIZE${rung}`, `C${n}ASKSIZE${rung}`])),
    ].map((name) => [name, absent]),
  ),
  MID_OPEN: (price) => price.midOpen, HIGH: (price) => price.high, LOW: (price) => price.low,
  NET_CHG: (price) => price.netChange, NET_CHG_PCT: (price) => price.pctChange,
  BIDQUOTEID: absent, ASKQUOTEID: absent, BIDPRICE1: (price) => price.bid, ASKPRICE1: (price) => price.offer,
  BIDSIZE1: size, ASKSIZE1: size, C1BIDSIZE1: size, C1ASKSIZE1: size,
  CURRENCY0: (_, { instrument }) => instrument.currency, CURRENCY1: (_, { instrument }) => instrument.currency,
  TIMESTAMP: (price) => String(price.atMs), DLG_FLAG: (price) => flags[price.status].padEnd(flagWidth), DELAY: () => '0',
};

/** With the two older names. */
const accountFields = (figures: AccountFigures): Record<string, string> => {
  const item = accountItem(figures);
  return { ...item, USED_MARGIN: item.MARGIN, AMOUNT_DUE: '0.00' };
};
const accountNames = Object.keys(accountFields({ cash: '0', deposit: '0', profitLoss: '0', available: '0', equity: '0', equityUsedPct: '0', limitedRisk: { profitLoss: '0', deposit: '0' } }));
const tradeFields = ['CONFIRMS', 'OPU', 'WOU'];

const noSuchItem: Refusal = { code: 21, text: 'Invalid group' };
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
}

export function createItems({ sources, figures, accounts, trades }: ItemDeps): Items {
  const priceItem = (source: PriceSource): Item => ({
    mode: 'MERGE',
    hasField: (name) => Object.hasOwn(priceFields, name),
    start(schema, { snapshot, push, busy }) {
      const fields = schema.map((name) => priceFields[name]!);
      const deliver = (price: Price) => push(fields.map((field) => field(price, source)));
      const started = source.subscribe({ onPrice: deliver, busy });
      if (snapshot && started.snapshot) deliver(started.snapshot);
      return started.unsubscribe;
    },
  });
  const accountItemOf = (accountId: string): Item => ({
    mode: 'MERGE',
    hasField: (name) => accountNames.includes(name),
    start(schema, { snapshot, push }) {
      let last = '';
      function deliver() {
        const fields = accountFields(figures(accountId));
        const values = schema.map((name) => fields[name]!);
        if (last !== (last = values.join())) push(values);
      }
      if (snapshot) deliver();
      return accounts.watch(accountId, deliver);
    },
  });
  /** No snapshot: what was missed is missed. */
  const tradeItemOf = (accountId: string): Item => ({
    mode: 'DISTINCT',
    hasField: (name) => tradeFields.includes(name),
    start: (schema, { push }) => trades.listen(accountId, ({ field, text }) => push(schema.map((name) => (name === field ? text : null)))),
  });

  return {
    find(name, adapter, { user, account }) {
      const [kind, subject = '', epic = '', extra] = name.split(':');
      if (!['', 'DEFAULT', 'Pricing'].includes(adapter)) return { code: 17, text: 'Data Adapter not found' };
      if ((kind === 'PRICE') !== (adapter === 'Pricing') || extra !== undefined) return noSuchItem;
      const mine = subject === user || subject === account.accountId;
      if (kind === 'PRICE') {
        const source = sources.get(epic);
        if (!source) return noSuchItem;
        return mine ? priceItem(source) : notYours;
      }
      if ((kind !== 'ACCOUNT' && kind !== 'TRADE') || epic !== '') return noSuchItem; // MARKET and L1 were switched off in May 2026
      if (!mine) return notYours;
      return kind === 'ACCOUNT' ? accountItemOf(account.accountId) : tradeItemOf(account.accountId);
    },
  };
}
