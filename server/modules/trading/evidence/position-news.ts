// A position the broker tells of, and the deal of ours it may prove: our copy first, then the verdict.
import { decimal } from '../../../../shared/decimal.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import type { Entry } from '../account-transaction.ts';
import type { Kinds } from '../deals/kinds.ts';
import { appearsLate, type DealRow } from '../deals/life.ts';
import type { Settle } from '../deals/settle.ts';
import type { DealStore } from '../deals/store.ts';
import { toDeal } from '../deals/views.ts';
import type { PositionNews, Positions } from '../positions/positions.ts';

interface PositionNewsDeps {
  dealStore: DealStore;
  kinds: Kinds;
  positions: Positions;
  settle: Settle;
}
export type HearPosition = ReturnType<typeof createHearPosition>;

export function createHearPosition({ dealStore, kinds, positions, settle }: PositionNewsDeps) {
  /** The deal of ours whose reference the position bears, locked. */
  async function openingOf(
    { tx, account }: Entry,
    { dealReference }: PositionNews,
  ): Promise<DealRow | undefined> {
    if (dealReference === null) return undefined;
    const bearers = await dealStore.lockByReference(tx, account.id, dealReference);
    return bearers.find(({ kind }) => kinds[kind].opensPosition);
  }

  /** True for a position that was opened elsewhere and of which too little is known: the broker's list is to be read. */
  return async function hearPosition(entry: Entry, news: PositionNews): Promise<boolean> {
    let opening: DealRow | undefined;
    const isNew = await positions.hear(entry, news, async () => (opening = await openingOf(entry, news)));
    if (!isNew) return false;
    if (!opening) return news.currency === null;
    if (decimal.compare(news.size, '0') === 0) return false;
    const verdict = kinds[opening.kind].evidence.foundAs({ ...news, level: news.openLevel });
    if (!verdict || opening.status === 'accepted') return false;
    // It bears our reference, so the deal was done, whatever else was heard of it.
    if (!isDecided(opening.status) || appearsLate(opening, 'accepted')) await settle(entry, opening, verdict);
    else tellRefusedButOpen(entry, opening, news.dealId);
    return false;
  };
}

function tellRefusedButOpen(entry: Entry, opening: DealRow, dealId: string): void {
  const difference = `The broker lists a position for a deal it refused: ${opening.size} ${opening.name}.`;
  entry.tell('break.opened', { kind: 'refused_but_open', dealId, deal: toDeal(opening), difference });
  entry.notice({ kind: 'break.opened', data: { difference } });
}
