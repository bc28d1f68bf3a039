// In the end: what our reads say of everybody who dealt, held against the books of the broker.
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import type { Deal, Position } from '../../../../shared/trading.ts';
import type { Steps } from '../bench.ts';
import type { Trader } from '../trader.ts';

/** Generous to a busy machine: figures are told a moment after the deal. */
const patienceMs = 40_000;

/** A position by what both sides say of it; the broker spells a figure one way in its lists and another on its stream. */
const factsOf = (
  position: Pick<Position, 'dealId' | 'epic' | 'direction' | 'size' | 'level' | 'stopLevel' | 'limitLevel'>,
) => {
  const { dealId, epic, direction } = position;
  const plain = (figure: string | null) => figure && decimal.canonical(figure);
  const [size, level, stopLevel, limitLevel] = (['size', 'level', 'stopLevel', 'limitLevel'] as const).map(
    (name) => plain(position[name]),
  );
  return { dealId, epic, direction, size, level, stopLevel, limitLevel };
};

/** In one order: which of two of the same second is older is told differently by lists and stream. */
const inOrder = <P extends { dealId: string }>(positions: P[]): P[] =>
  positions.toSorted((one, two) => (one.dealId < two.dealId ? -1 : 1));

/** All of an account's deals. */
async function dealsOf({ here: { api }, account }: Trader): Promise<Deal[]> {
  const all: Deal[] = [];
  for (let cursor: string | undefined; ;) {
    const page = await api.trading.listDeals.query({ accountId: account.id, ...(cursor && { cursor }) });
    expect(page.hidden).toBeUndefined();
    all.push(...page.deals);
    if (!page.nextCursor) return all;
    cursor = page.nextCursor;
  }
}

export const booksSteps: Steps = ({ traders }) => {
  test('positions and cash are the broker’s for everybody and at every process', async () => {
    for (const { account, books, here, elsewhere } of traders()) {
      const accountId = account.id;
      const { positions, cash } = await books();
      const booked = inOrder(positions.map(factsOf));
      for (const { api } of [here, elsewhere]) {
        const listed = async () => {
          const list = (await api.trading.listPositions.query({ accountId })).positions;
          for (const position of list)
            expect(position).toMatchObject({ accountId, environment: account.environment });
          return inOrder(list.map(factsOf));
        };
        await expect.poll(listed, { timeout: patienceMs }).toEqual(booked);
        const summary = async () => (await api.trading.summary.query({ accountId })).cash;
        await expect.poll(summary, { timeout: patienceMs }).toBe(decimal.canonical(cash));
        const { runningProfit, equity, margin, available } = await api.trading.summary.query({ accountId });
        expect(equity).toBe(decimal.add(decimal.canonical(cash), runningProfit));
        expect(available).toBe(decimal.subtract(equity, margin));
        if (booked.length === 0) expect([runningProfit, margin]).toEqual(['0', '0']);
      }
    }
  });

  test('every deal is decided, and those that were accepted are those that the broker has booked: none lost, none invented, none twice', async () => {
    expect(traders().length).toBeGreaterThan(0);
    for (const each of traders()) {
      const { deals: booked, closes } = await each.books();
      const deals = await dealsOf(each);
      const done = deals.filter(({ status }) => status === 'accepted');
      expect(deals.filter(({ status }) => !['accepted', 'rejected', 'denied'].includes(status))).toEqual([]);
      const opened = done.filter(({ kind }) => kind === 'open').map((deal) => deal.dealReference!);
      expect(new Set(opened).size).toBe(opened.length);
      const external = each.told.of('position.opened').filter(({ data }) => data.source === 'external');
      expect(Object.keys(booked).sort()).toEqual(
        [...opened, ...external.map(({ data }) => data.dealReference!)].sort(),
      );
      for (const [reference, count] of Object.entries(booked)) expect(count, reference).toBe(1);
      for (const { data } of each.told.all.filter((event) => event.type === 'position.closed'))
        expect(Object.keys(closes)).toContain(data.dealId);
      const ours = done.filter(({ kind }) => kind === 'close');
      for (const { id, dealId } of ours) expect(Object.keys(closes), id).toContain(dealId);
    }
  });

  test('everybody was told every event once and in order, each deal decided once, and no break was found', async () => {
    for (const each of traders()) {
      const { told, here, account } = each;
      const { all } = told;
      expect(all.map(({ id }) => id)).toEqual(all.map((_event, index) => String(index + 1)));
      for (const { id, status } of await dealsOf(each))
        expect(told.of(`deal.${status}`, { id }), `${status} ${id}`).toHaveLength(1);
      expect([...told.of('break.opened'), ...told.of('break.resolved')]).toEqual([]);
      const { notifications } = await here.api.notifications.list.query({ limit: 500 });
      expect(notifications.filter(({ kind }) => kind.startsWith('break.'))).toEqual([]);
      expect(new Set(all.flatMap((event) => ('environment' in event ? [event.environment] : [])))).toEqual(
        new Set([account.environment]),
      );
    }
  });
};
