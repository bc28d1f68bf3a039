// Putting the messages of a valuation together again: the list of positions a client shows. No I/O.
import type { Position, Valuation, ValuationMessage } from './trading.ts';

/**
 * The valuation after `message`: a whole one replaces what is known, a change is put into it. Positions stay oldest first, and one that
 * did not change stays the same object. Throws when a change comes before any whole valuation, which the stream never does.
 */
export function foldValuation(known: Valuation | undefined, message: ValuationMessage): Valuation {
  if ('positions' in message) return message;
  if (!known) throw new Error('a change of a valuation came before the valuation itself');
  const { summary, changed, closed } = message;
  if (changed.length === 0 && closed.length === 0) return { summary, positions: known.positions };
  const news = new Map(changed.map((position) => [position.dealId, position]));
  const gone = new Set(closed);
  const positions: Position[] = [];
  for (const position of known.positions) {
    if (!gone.has(position.dealId)) positions.push(news.get(position.dealId) ?? position);
    news.delete(position.dealId);
  }
  return {
    summary,
    positions: news.size === 0 ? positions : [...positions, ...news.values()].sort(byAge),
  };
}

const byAge = (a: Position, b: Position): number =>
  a.openedAt.getTime() - b.openedAt.getTime() || (a.dealId < b.dealId ? -1 : 1);
