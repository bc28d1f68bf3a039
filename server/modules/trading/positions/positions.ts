// Our copy of an account's positions, deals and funds: how evidence changes it, with the events that say so. Reads nothing from the broker.
import { decimal } from '../../../../shared/decimal.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Direction } from '../../../../shared/trading.ts';
import { noticeOfDeal } from '../../notifications/index.ts';
import { advance, appearsLate, type Verdict } from '../deals/life.ts';
import type { Entry } from '../account-transaction.ts';
import type { FundsEvidence } from '../ports.ts';
import type { DealRow, PositionRow, TradingStore } from '../store.ts';
import { toDeal } from '../valuation/views.ts';

/** What is known of a position; `size` is what is left, 0 when it is closed. */
export interface PositionNews {
  dealId: string;
  dealReference: string | null;
  epic: string;
  expiry: string | null;
  name: string | null;
  direction: Direction;
  size: string;
  /** Of the opening; null when only the closing level is told. */
  openLevel: string | null;
  closeLevel: string | null;
  currency: string | null;
  contractSize: string | null;
  stopLevel: string | null;
  limitLevel: string | null;
  openedAt: Date | null;
  /** The venue's instant of this news. */
  at: Date;
}
/** A close of ours this much before the news of a smaller position is what made it smaller. */
const closeExplainsMs = 60_000;
export type Books = ReturnType<typeof createBooks>;

export function createBooks(store: TradingStore) {
  /** Moves a deal on, with everything that follows from it. `deal` is locked. Returns it as it is then. Throws on a contradiction. */
  async function settle(entry: Entry, deal: DealRow, verdict: Verdict): Promise<DealRow> {
    const { tx, risk, at } = entry;
    const next = advance(deal, verdict, at);
    if (next === deal) return deal;
    const late = appearsLate(deal, next.status);
    if (isDecided(next.status) && deal.reserved !== '0') {
      risk.reserved = decimal.subtract(risk.reserved, deal.reserved);
      // Until the broker tells its next figures the money is spent: it must not look free in between.
      if (next.status === 'accepted' && risk.margin !== null)
        risk.margin = decimal.add(risk.margin, deal.reserved);
      next.reserved = '0';
    }
    await store.saveDeal(tx, next);
    if (next.status === deal.status) return next;
    entry.tell(`deal.${next.status}`, toDeal(next));
    entry.notice(noticeOfDeal(toDeal(next), next.name, deal.status));
    if (late) {
      const difference = `A deal taken for lost was dealt: ${next.kind} ${next.size} ${next.name}.`;
      entry.tell('break.opened', {
        kind: 'late_appearance',
        dealId: next.dealId,
        deal: toDeal(next),
        difference,
      });
      entry.notice({ kind: 'break.opened', data: { difference } });
    }
    if (next.status === 'accepted')
      await (next.kind === 'open' ? openedBy(entry, next) : closedBy(entry, next));
    return next;
  }

  /** The position of an accepted opening, if nothing told of it yet. Without a level it waits for the position itself. */
  async function openedBy(entry: Entry, deal: DealRow): Promise<void> {
    if (
      deal.dealId === null ||
      deal.level === null ||
      (await store.lockPosition(entry.tx, deal.accountId, deal.dealId))
    )
      return;
    const {
      dealId,
      dealReference,
      epic,
      expiry,
      name,
      direction,
      size,
      level,
      currency,
      stopLevel,
      limitLevel,
    } = deal;
    await insert(
      entry,
      {
        dealId,
        dealReference,
        epic,
        expiry,
        name,
        direction,
        size,
        openLevel: level,
        closeLevel: null,
        currency,
        contractSize: null,
        stopLevel,
        limitLevel,
        openedAt: entry.at,
        at: entry.at,
      },
      'ftrader',
    );
  }
  /** What an accepted close leaves, by the fence of its admission. */
  async function closedBy(entry: Entry, deal: DealRow): Promise<void> {
    const position =
      deal.dealId === null ? undefined : await store.lockPosition(entry.tx, deal.accountId, deal.dealId);
    if (!position || deal.positionSize === null) return;
    const left = decimal.subtract(deal.positionSize, deal.size);
    await shrink(entry, position, decimal.compare(left, '0') < 0 ? '0' : left, {
      closeLevel: deal.level,
      at: entry.at,
    });
  }

  /**
   * A position as the broker tells it. News may come in any order and twice: a position only ever shrinks and a closed one stays
   * closed (a deal id is never used again, and IG merges no positions), so the smallest size told is the newest. True for one that was opened elsewhere and of which too little is known.
   */
  async function hearPosition(entry: Entry, news: PositionNews): Promise<boolean> {
    const known = await store.lockPosition(entry.tx, entry.account.id, news.dealId);
    const opening =
      news.dealReference === null || known
        ? undefined
        : await store.lockByReference(entry.tx, entry.account.id, news.dealReference);
    if (!known) {
      await insert(entry, news, opening?.kind === 'open' ? 'ftrader' : 'external', opening);
    } else {
      const moved = news.at >= known.updatedAt && known.closedAt === null;
      const fresh: PositionRow = {
        ...known,
        contractSize: known.contractSize ?? news.contractSize,
        currency: news.currency ?? known.currency,
        name: known.name === known.epic ? (news.name ?? known.name) : known.name,
        ...(moved && { stopLevel: news.stopLevel, limitLevel: news.limitLevel, updatedAt: news.at }),
      };
      if (decimal.compare(news.size, known.size) < 0) await shrink(entry, fresh, news.size, news);
      else if (
        fresh.updatedAt !== known.updatedAt ||
        fresh.contractSize !== known.contractSize ||
        fresh.currency !== known.currency ||
        fresh.name !== known.name
      )
        await store.savePosition(entry.tx, fresh);
    }
    const strange = !known && opening?.kind !== 'open' && news.currency === null;
    if (opening?.kind !== 'open' || opening.status === 'accepted' || decimal.compare(news.size, '0') === 0)
      return strange;
    // It bears our reference, so the deal was done, whatever else was heard of it.
    if (!isDecided(opening.status) || appearsLate(opening, 'accepted')) {
      const { dealId, openLevel: level, stopLevel, limitLevel } = news;
      await settle(entry, opening, { status: 'accepted', dealId, level, stopLevel, limitLevel });
      return false;
    }
    const difference = `The broker lists a position for a deal it refused: ${opening.size} ${opening.name}.`;
    entry.tell('break.opened', {
      kind: 'refused_but_open',
      dealId: news.dealId,
      deal: toDeal(opening),
      difference,
    });
    entry.notice({ kind: 'break.opened', data: { difference } });
    return false;
  }

  /** The stream names neither market nor currency: our own deal knows them, and for a position opened elsewhere the broker's next list corrects the guess. */
  async function insert(
    entry: Entry,
    news: PositionNews,
    source: PositionRow['source'],
    opening?: Pick<DealRow, 'name' | 'currency'>,
  ): Promise<void> {
    const {
      dealId,
      dealReference,
      epic,
      expiry,
      direction,
      size,
      openLevel,
      closeLevel,
      currency,
      contractSize,
      stopLevel,
      limitLevel,
      openedAt,
      at,
    } = news;
    const gone = decimal.compare(size, '0') === 0;
    const row: PositionRow = {
      accountId: entry.account.id,
      dealId,
      dealReference,
      epic,
      expiry: expiry ?? '-',
      name: opening?.name ?? news.name ?? epic,
      direction,
      size,
      level: openLevel ?? closeLevel ?? '0',
      currency: currency ?? opening?.currency ?? entry.account.currency,
      contractSize,
      stopLevel,
      limitLevel,
      source,
      version: 1,
      openedAt: openedAt ?? at,
      closedAt: gone ? at : null,
      updatedAt: at,
    };
    await store.insertPosition(entry.tx, row);
    // Heard of only when it was over: the row keeps a late "open" from raising it again; there is nothing to tell.
    if (!gone) entry.tell('position.opened', toPositionEvent(row));
  }

  /** A position becomes smaller; `size` 0 closes it. Nothing happens when it is that small already. */
  async function shrink(
    entry: Entry,
    position: PositionRow,
    size: string,
    { closeLevel, at }: { closeLevel: string | null; at: Date },
  ): Promise<void> {
    if (decimal.compare(size, position.size) >= 0) return;
    const gone = decimal.compare(size, '0') === 0;
    const next: PositionRow = {
      ...position,
      size,
      version: position.version + 1,
      closedAt: gone ? at : null,
      updatedAt: at > position.updatedAt ? at : position.updatedAt,
    };
    await store.savePosition(entry.tx, next);
    const closedSize = decimal.subtract(position.size, size);
    entry.tell(gone ? 'position.closed' : 'position.reduced', {
      ...toPositionEvent(next),
      closedSize,
      closeLevel,
    });
    if (
      await store.hasCloseSince(
        entry.tx,
        position.accountId,
        position.dealId,
        new Date(entry.at.getTime() - closeExplainsMs),
      )
    )
      return;
    const { name, direction } = position;
    entry.notice({
      kind: 'position.closed',
      data: { name, direction, size: closedSize, level: closeLevel, profit: null, profitCurrency: null },
    });
  }

  /** Figures as the broker tells them; older ones change nothing. */
  function hearFunds(
    { risk, tell, account }: Entry,
    { cash, margin, runningProfit, at }: FundsEvidence,
  ): void {
    if (risk.fundsAt !== null && at <= risk.fundsAt) return;
    if (risk.cash !== null && decimal.compare(cash, risk.cash) !== 0)
      tell('cash.changed', {
        cash,
        previousCash: risk.cash,
        change: decimal.subtract(cash, risk.cash),
        currency: account.currency,
      });
    Object.assign(risk, { cash, margin, runningProfit, fundsAt: at });
  }

  return { settle, hearPosition, hearFunds, shrink };
}

/** A position in an event: without what moves with prices. */
const toPositionEvent = ({
  version: _version,
  updatedAt: _updatedAt,
  contractSize: _contractSize,
  expiry: _expiry,
  ...row
}: PositionRow) => row;
