// How an instrument stood at the end of a stored day, and what came after it: what a new transaction is checked by, instead of its whole history.
import type { Tx } from '../../../db/transaction.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { moneyOf } from '../ledger/quotes.ts';
import type { Position } from '../ledger/rules.ts';
import { dayAfter } from '../performance/days.ts';
import type { PortfolioStore } from '../store.ts';
import { toEntry } from '../views.ts';
import { newestDay } from './store.ts';

/** At the end of the newest stored day before `on`; undefined where none is stored. The caller holds the portfolio. */
export async function positionBefore(
  { store, tx }: { store: PortfolioStore; tx: Tx },
  portfolioId: string,
  { instrument, on }: { instrument: string; on: string },
): Promise<{ position: Position; since: LedgerEntry[] } | undefined> {
  const day = await newestDay(tx, portfolioId, dayAfter(on, -1));
  if (!day) return undefined;
  const units = day.holdings.find((held) => held.instrument === instrument)?.quantity ?? '0';
  const trade = await store.anyTradeOf(tx, portfolioId, { instrument, until: day.on });
  const money =
    trade && 'quantity' in trade.terms
      ? { currency: moneyOf(trade.terms.currency), by: toEntry(trade) }
      : undefined;
  const rows = await store.ofInstrument(tx, portfolioId, instrument, day.on);
  return { position: { units, money }, since: rows.map(toEntry) };
}
