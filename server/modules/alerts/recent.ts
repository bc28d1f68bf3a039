// Prices of the last seconds, by market: what an alert is shown of the time between its making and its being read. Pure.
import type { AlertGap } from '../../../drizzle/schema/index.ts';
import type { Quote } from './engine.ts';

/** A new alert is read after 3 s at the latest, while PostgreSQL answers. */
const recentMs = 10_000;
/** Of one market: 250 a second for as long as they may be kept. */
const maxQuotes = 5_000;

interface Kept {
  quotes: Quote[];
  /** When the last of those came that are not kept any more. */
  droppedMs: number;
}
export type Recent = ReturnType<typeof createRecent>;

export function createRecent() {
  const books = new Map<string, Kept>();
  return {
    saw(epic: string, quote: Quote): void {
      const book = books.get(epic) ?? { quotes: [], droppedMs: -Infinity };
      books.set(epic, book);
      const { quotes } = book;
      quotes.push(quote);
      // Seldom, so that a price costs next to nothing.
      if (quotes.length <= maxQuotes && quotes[0]!.receivedAtMs >= quote.receivedAtMs - 2 * recentMs) return;
      const first = quotes.findIndex(({ receivedAtMs }) => receivedAtMs >= quote.receivedAtMs - recentMs);
      const dropped = quotes.splice(0, Math.max(first, quotes.length - maxQuotes / 2));
      book.droppedMs = dropped.at(-1)?.receivedAtMs ?? book.droppedMs;
    },
    /** After prices were missed: those from before, of all markets (null) or some, are not shown any more. */
    forget(epics: readonly string[] | null): void {
      if (!epics) books.clear();
      else for (const epic of epics) books.delete(epic);
    },
    /** In order of arrival. */
    of: (epic: string): readonly Quote[] => books.get(epic)?.quotes ?? [],
    /** Of the time since then, from when to when prices came that are not kept any more. */
    gapSince(epic: string, sinceMs: number): AlertGap | undefined {
      const { quotes: [first] = [], droppedMs } = books.get(epic) ?? { droppedMs: -Infinity };
      return first && droppedMs > sinceMs ? { fromMs: sinceMs, toMs: first.receivedAtMs } : undefined;
    },
  };
}
