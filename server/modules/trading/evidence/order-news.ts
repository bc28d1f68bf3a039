// A working order the broker tells of: our copy first, then the deal of ours that placed it, and why an order rests no more.
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Entry } from '../account-transaction.ts';
import type { DealRow } from '../deals/life.ts';
import type { Settle } from '../deals/settle.ts';
import type { DealStore } from '../deals/store.ts';
import type { OrderEnd, OrderNews, Orders } from '../orders/orders.ts';
import type { OrderRow } from '../orders/store.ts';
import type { ActivityEvidence, EnqueueReconcile, OrderUpdate } from '../ports.ts';
import type { Positions } from '../positions/positions.ts';
import { settleAfterMs } from './judge.ts';

/** An order that goes this much before its date, by the broker's clock, has expired all the same. */
const expirySlackMs = 2_000;

interface OrderNewsDeps {
  dealStore: Pick<DealStore, 'lockBearers' | 'hasAccepted'>;
  orders: Orders;
  positions: Pick<Positions, 'lock'>;
  settle: Settle;
  enqueueReconcile: EnqueueReconcile;
}
interface Ended {
  end: OrderEnd;
  at: Date;
}
export type ApplyOrder = ReturnType<typeof createApplyOrder>;

export function createApplyOrder(deps: OrderNewsDeps) {
  const { dealStore, orders, positions, settle, enqueueReconcile } = deps;

  /** The deal of ours whose reference the order bears, locked. */
  async function placingOf(
    { tx, account }: Entry,
    dealReference: string | null,
  ): Promise<DealRow | undefined> {
    if (dealReference === null) return undefined;
    return (await dealStore.lockBearers(tx, account.id, [dealReference])).find(({ orderType }) => orderType);
  }
  /** Why it rests no more, as far as we can tell without asking; null: only the broker's history says. */
  async function endOf(entry: Entry, row: OrderRow, at: Date): Promise<Ended | null> {
    if (await positions.lock(entry, row.dealId)) return { end: 'filled', at };
    if (isPast(row, at)) return { end: 'expired', at };
    // One that awaits its verdict proves nothing: the order may have been filled first.
    const cancelled = await dealStore.hasAccepted(entry.tx, row, ['cancel_order']);
    return cancelled ? { end: 'cancelled', at } : null;
  }

  return {
    /** What the stream tells of an order. */
    async told(entry: Entry, { state, at, ...update }: OrderUpdate): Promise<void> {
      if (state !== 'deleted') {
        let placing: DealRow | undefined;
        const news: OrderNews = { ...update, name: null, placedAt: at, at };
        const find = async () => (placing = await placingOf(entry, update.dealReference));
        const isNew = await orders.applyNews(entry, news, find);
        const { dealId } = update;
        if (isNew && placing && !isDecided(placing.status))
          await settle(entry, placing, { status: 'accepted', dealId, brokerAt: at }, 'stream');
        return;
      }
      const row = await orders.lock(entry, update.dealId);
      if (row?.state !== 'open') return;
      const how = await endOf(entry, row, at);
      orders.end(entry, row, how?.end ?? null, at);
      if (how === null) await enqueueReconcile(entry.tx, entry.account.id);
    },
    /** An order of the broker's complete list. */
    async listed(entry: Entry, news: OrderNews): Promise<void> {
      const row = await orders.lock(entry, news.dealId);
      // The list lags behind the stream for a moment: what is known to be gone is not raised again.
      if (!row || row.state === 'open') await orders.applyNews(entry, news, async () => undefined);
    },
    /** One that the list lacks: its history says why, or its date; without either we wait (false), and then say that nobody does. */
    async vanished(
      entry: Entry,
      { dealId, name, size }: OrderRow,
      { activity, begunAt }: { activity: readonly ActivityEvidence[]; begunAt: Date },
    ): Promise<boolean> {
      const row = await orders.lock(entry, dealId);
      if (!row || (row.state !== 'open' && row.state !== 'gone')) return true;
      const how = endIn(activity, row) ?? (await endOf(entry, row, begunAt));
      if (how) {
        orders.end(entry, row, how.end, how.at);
        return true;
      }
      const since = row.closedAt ?? row.lastSeenAt ?? row.updatedAt;
      if (row.state === 'open' && row.lastSeenAt === null) orders.missed(entry, row);
      if (begunAt.getTime() - since.getTime() < settleAfterMs) return false;
      orders.end(entry, row, 'cancelled', begunAt);
      const difference = `The order for ${size} ${name} is not at the broker any more, and its history does not say why.`;
      entry.disagree({ kind: 'order_vanished', dealId, difference });
      return true;
    },
    /** Positions were opened: the orders under their ids were filled. */
    async filled(entry: Entry, opened: readonly { dealId: string; at: Date }[]): Promise<void> {
      if (opened.length === 0) return;
      const at = new Map(opened.map((position) => [position.dealId, position.at]));
      for (const row of await orders.lockOpenAmong(entry, [...at.keys()]))
        orders.end(entry, row, 'filled', at.get(row.dealId)!);
    },
  };
}

/** What the history says of an order that rests no more. */
function endIn(activity: readonly ActivityEvidence[], row: OrderRow): Ended | null {
  for (const { status, actions, at } of activity) {
    const mine = actions.filter(({ dealId }) => dealId === row.dealId).map(({ action }) => action);
    if (status === 'accepted' && mine.includes('order_filled')) return { end: 'filled', at };
    // One that was reached and could not be filled is gone with a refusal.
    if (mine.includes('order_deleted')) return { end: isPast(row, at) ? 'expired' : 'cancelled', at };
  }
  return null;
}

/** Whether the date until which an order rests has come. */
export const isPast = ({ goodTillAt }: Pick<OrderRow, 'goodTillAt'>, at: Date): boolean =>
  goodTillAt !== null && goodTillAt.getTime() <= at.getTime() + expirySlackMs;
