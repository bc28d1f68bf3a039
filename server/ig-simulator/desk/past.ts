// The days before an account was made, played at once by the engine at the prices of those days, which follow from the seed. Books nothing itself.
import type { RandomBytes } from '../../lib/ids.ts';
import type { Command } from '../engine/commands.ts';
import { decide } from '../engine/decide.ts';
import type { Decision } from '../engine/decisions.ts';
import { nextNight } from '../engine/funding.ts';
import { createRates } from '../engine/rates.ts';
import { accountOf, emptyState, sequence } from '../engine/state.ts';
import type { Book, Quote, State } from '../engine/types.ts';
import { opposite } from '../engine/value.ts';
import type { Direction } from '../engine/words.ts';
import type { Instrument } from '../market/instrument.ts';
import { toText, type SeededMarket, type Tick } from '../market/seeded-market.ts';

/** A position of those days: opened, and closed by its owner unless its stop or limit was reached before. Distances are in points. */
export interface PastTrade {
  dealReference: string;
  /** Epoch ms, as all instants here. */
  openMs: number;
  closeMs: number;
  epic: string;
  direction: Direction;
  size: string;
  stopDistance?: string | undefined;
  limitDistance?: string | undefined;
}
export interface Past {
  /** When the account was made. */
  sinceMs: number;
  trades: readonly PastTrade[];
}
/** A market whose prices of any time are known. */
export interface PastMarket {
  instrument: Instrument;
  market: SeededMarket;
}
export type NewAccount = Omit<Extract<Command, { type: 'createAccount' }>, 'type'>;

/** How far back an account may go. */
const maxPastMs = 400 * 86_400_000;
/** How much of a market is ruled out or looked through at once, and between two looks at the margin. */
const stepMs = 3_600_000;

/**
 * What the broker would have decided had the account been there since `past.sinceMs`: deals, stops and limits at the very ticks that
 * reached them, and every night's funding. In order of time; it follows on `state`, of which only the count of decisions matters.
 */
export function playPast(
  state: State,
  account: NewAccount,
  past: Past,
  {
    markets,
    randomAt,
  }: { markets: ReadonlyMap<string, PastMarket>; randomAt(decisions: number): RandomBytes },
): readonly Decision[] {
  const { accountId } = account;
  // Nobody else's: what others hold was not there to be reached in those days.
  const played = sequence({ ...emptyState, decisions: state.decisions });
  let nowMs = past.sinceMs;
  const quote = (epic: string): Quote | undefined => {
    const known = markets.get(epic);
    const tick = known?.market.lastTick(nowMs);
    if (!known || !tick) return undefined;
    const { instrument, market } = known;
    const status = market.isOpen(nowMs) ? 'TRADEABLE' : (instrument.shutStatus ?? 'CLOSED');
    const text = (units: number) => toText(units, instrument.decimals);
    return { bid: text(tick.bid), offer: text(tick.offer), status };
  };
  const rate = createRates(quote);
  function command(wanted: Command) {
    const decisions = decide(played.state(), wanted, {
      quote,
      instrument: (epic) => markets.get(epic)?.instrument,
      rate,
      now: new Date(nowMs),
      random: randomAt(played.state().decisions),
    });
    for (const decision of decisions) played.add(decision);
  }
  /** Goes on to `untilMs`: whatever is reached on the way is decided at its tick. */
  function pass(untilMs: number) {
    while (nowMs < untilMs) {
      const books = [...played.state().books.entries()];
      if (books.length === 0) return void (nowMs = untilMs);
      const endMs = Math.min(untilMs, nowMs + stepMs, nextNight(nowMs));
      const ticks = books.flatMap(([epic, book]) => ticksThatMatter(markets.get(epic)!, book, nowMs, endMs));
      for (const { epic, atMs } of ticks.sort((a, b) => a.atMs - b.atMs)) {
        nowMs = atMs;
        command({ type: 'tick', epic });
      }
      nowMs = endMs;
      command({ type: 'time' });
      command({ type: 'checkMargin', accountId });
    }
  }

  command({ type: 'createAccount', ...account });
  const steps = past.trades.flatMap((trade) => [
    {
      atMs: trade.openMs,
      act: () => command(opening(accountId, trade, markets.get(trade.epic)!.instrument)),
    },
    { atMs: trade.closeMs, act: () => close(trade) },
  ]);
  function close({ dealReference, direction }: PastTrade) {
    const { positions } = accountOf(played.state(), accountId);
    const found = positions.find((position) => position.dealReference === dealReference);
    if (!found) return; // its stop or limit was reached, or it was never opened
    const { dealId, size } = found;
    command({ type: 'closePosition', accountId, dealId, direction: opposite(direction), size });
  }
  for (const { atMs, act } of steps.sort((a, b) => a.atMs - b.atMs)) {
    pass(atMs);
    act();
  }
  return played.decisions;
}

/** Throws RangeError for a past that cannot have been by now, and for a market whose past nobody knows. */
export function requirePossible(
  { sinceMs, trades }: Past,
  { markets, untilMs }: { markets: ReadonlyMap<string, PastMarket>; untilMs: number },
): void {
  if (sinceMs < untilMs - maxPastMs || sinceMs > untilMs)
    throw new RangeError('past.since must be a time of the last 400 days');
  for (const { dealReference, epic, openMs, closeMs } of trades) {
    if (!markets.has(epic)) throw new RangeError(`${epic} has no past to deal in`);
    if (openMs < sinceMs || closeMs <= openMs || closeMs > untilMs)
      throw new RangeError(`${dealReference} must be opened after past.since, closed later, and that by now`);
  }
}

function opening(
  accountId: string,
  { dealReference, epic, direction, size, stopDistance, limitDistance }: PastTrade,
  { expiry, currency }: Instrument,
): Command {
  return {
    type: 'openPosition',
    accountId,
    dealReference,
    epic,
    expiry,
    direction,
    size,
    currencyCode: currency,
    forceOpen: true,
    ...(stopDistance !== undefined && { stopDistance }),
    ...(limitDistance !== undefined && { limitDistance }),
  };
}

/** The ticks of (fromMs, toMs] in a market, or none where all of them stay within what nothing in its book is reached by. */
function ticksThatMatter(
  { instrument, market }: PastMarket,
  { quiet }: Book,
  fromMs: number,
  toMs: number,
): { epic: string; atMs: Tick['atMs'] }[] {
  const outermost = market.extremes(fromMs + 1, toMs + 1);
  if (!outermost) return [];
  const unit = 10 ** instrument.decimals;
  const isQuiet =
    outermost.lowBid / unit > quiet.bidAbove &&
    outermost.highBid / unit < quiet.bidBelow &&
    outermost.lowOffer / unit > quiet.offerAbove &&
    outermost.highOffer / unit < quiet.offerBelow;
  if (isQuiet) return [];
  return [...market.ticks(fromMs + 1, toMs + 1)].map(({ atMs }) => ({ epic: instrument.epic, atMs }));
}
