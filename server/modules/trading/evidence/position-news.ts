// A position the broker tells of, and the deal of ours it may prove: our copy first, then the verdict.
import { decimal } from '../../../../shared/decimal.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Entry } from '../account-transaction.ts';
import type { Kinds } from '../deals/kinds.ts';
import { appearsLate, type DealRow } from '../deals/life.ts';
import type { DecidedBy } from '../../../../shared/history.ts';
import type { Settle } from '../deals/settle.ts';
import type { DealStore } from '../deals/store.ts';
import { toDeal } from '../deals/views.ts';
import type { ApplyOrder } from './order-news.ts';
import { saysMore, type PositionNews, type Positions } from '../positions/positions.ts';

interface PositionNewsDeps {
  dealStore: DealStore;
  kinds: Kinds;
  positions: Positions;
  applyOrder: Pick<ApplyOrder, 'filled'>;
  settle: Settle;
}
export type ApplyPosition = ReturnType<typeof createApplyPosition>;

export function createApplyPosition({ dealStore, kinds, positions, applyOrder, settle }: PositionNewsDeps) {
  /** New positions may be what orders were filled as. A deal of ours that was no order tells that its position is not. */
  const tellFilled = (entry: Entry, fresh: readonly { news: PositionNews; opening: DealRow | undefined }[]) =>
    applyOrder.filled(
      entry,
      fresh.filter(({ opening }) => !opening || opening.orderType !== null).map(({ news }) => news),
    );
  /** The deals of ours whose references the positions bear, locked; by reference. */
  async function openingsOf(
    { tx, account }: Entry,
    list: readonly PositionNews[],
  ): Promise<Map<string, DealRow>> {
    const references = list.flatMap(({ dealReference }) => dealReference ?? []);
    const bearers = await dealStore.lockBearers(tx, account.id, references);
    const openings = bearers.filter(({ kind }) => kinds[kind].opensPosition);
    return new Map(openings.map((deal) => [deal.dealReference!, deal]));
  }
  /** What a position that is new to us says of the deal that opened it. */
  async function settleOpening(
    entry: Entry,
    news: PositionNews,
    opening: DealRow,
    by: DecidedBy,
  ): Promise<void> {
    if (decimal.compare(news.size, '0') === 0) return;
    const verdict = kinds[opening.kind].evidence.foundAs({ ...news, level: news.openLevel });
    if (!verdict || opening.status === 'accepted') return;
    // It bears our reference, so the deal was done, whatever else was told of it.
    if (!isDecided(opening.status) || appearsLate(opening, 'accepted'))
      await settle(entry, opening, verdict, by);
    else tellRefusedButOpen(entry, opening, news.dealId);
  }

  return {
    /** True for a position that was opened elsewhere and of which too little is known: the broker's list is to be read. */
    async one(entry: Entry, news: PositionNews): Promise<boolean> {
      let opening: DealRow | undefined;
      const find = async () => (opening = (await openingsOf(entry, [news])).get(news.dealReference ?? ''));
      if (!(await positions.applyNews(entry, news, find))) return false;
      await tellFilled(entry, [{ news, opening }]);
      if (!opening) return news.currency === null;
      await settleOpening(entry, news, opening, 'stream');
      return false;
    },
    /** Positions of a complete list that were not known here a moment ago: so many statements, however many they are. */
    async newcomers(entry: Entry, list: readonly PositionNews[]): Promise<void> {
      const known = await positions.lockMany(
        entry,
        list.map(({ dealId }) => dealId),
      );
      const fresh = list.filter(({ dealId }) => !known.has(dealId));
      const openings = await openingsOf(entry, fresh);
      const openingOf = ({ dealReference }: PositionNews) => openings.get(dealReference ?? '');
      positions.insert(
        entry,
        fresh.map((news) => ({ news, opening: openingOf(news) })),
      );
      await tellFilled(
        entry,
        fresh.map((news) => ({ news, opening: openingOf(news) })),
      );
      for (const news of fresh) {
        const opening = openingOf(news);
        if (opening) await settleOpening(entry, news, opening, 'reading');
      }
      for (const news of list) {
        const row = known.get(news.dealId); // told by the stream, or by a verdict, since we looked
        if (row && saysMore(row, news, entry.at))
          await positions.applyNews(entry, news, async () => undefined);
      }
    },
  };
}

function tellRefusedButOpen(entry: Entry, opening: DealRow, dealId: string): void {
  const difference = `The broker lists a position for a deal it refused: ${opening.size} ${opening.name}.`;
  entry.disagree({ kind: 'refused_but_open', dealId, deal: toDeal(opening), difference });
}
