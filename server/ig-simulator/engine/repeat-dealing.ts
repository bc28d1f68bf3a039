// The repeat-dealing window: the sizes of the last moments, which IG prices together. Pure.
import type { Decision, Dealt } from './decisions.ts';

/** How long a size counts (IG's example: about 30 s). */
const repeatDealingMs = 30_000;

/** GET /repeat-dealing-window v1 `repeatDealingEntryList`: by market and currency, newest first; `decisions` come newest first. */
export function repeatDealing(decisions: Iterable<Decision>, nowMs: number, epic?: string) {
  const deals: Dealt[] = [];
  for (const decision of decisions) {
    if (Date.parse(decision.at) + repeatDealingMs <= nowMs) break;
    if (decision.type === 'dealt' && (epic === undefined || decision.epic === epic)) deals.push(decision);
  }
  const sizes = (of: readonly Dealt[], direction: Dealt['direction']) =>
    of
      .filter((deal) => deal.direction === direction)
      .map(({ size, at }) => ({ size: Number(size), expiry: Date.parse(at) + repeatDealingMs }));
  const currencyOf = ({ opening, closings }: Dealt) => (opening ?? closings[0]!.position).currency;
  return [...Map.groupBy(deals, (deal) => deal.epic)].map(([instrumentValue, ofEpic]) => ({
    instrumentSource: 'E',
    instrumentValue,
    currencyList: [...Map.groupBy(ofEpic, currencyOf)].map(([currency, of]) => ({
      currency,
      buy: sizes(of, 'BUY'),
      sell: sizes(of, 'SELL'),
    })),
  }));
}
