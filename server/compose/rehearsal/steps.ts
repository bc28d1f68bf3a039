// The recording moves on when the bot asks: one instant, or all within so much recorded time; and not before everything of it has settled.
import type { Simulator } from '../../ig-simulator/index.ts';
import type { Books } from './books.ts';
import type { DrivenClock } from './clock.ts';
import type { ToldPrices } from './prices.ts';
import type { Quote, RecordedDay } from './recorded-day.ts';

/** Longer than a machine that is busy needs; a step that takes longer ends the rehearsal. */
const settleWithinMs = 30_000;

export interface Reached {
  /** The recorded instant that everybody's clock shows now. */
  at: string;
  /** Whether it was the last one. */
  done: boolean;
  /** Instants that are left. */
  left: number;
}
export interface Steps {
  /** So much recorded time; left out: to the next instant. Steps that are asked for meanwhile wait their turn. */
  step(ms?: number): Promise<Reached>;
  reached(): Reached;
}

export function createSteps({
  day: { instants },
  clock,
  replay,
  books,
  prices,
  onSettled,
}: {
  day: RecordedDay;
  clock: DrivenClock;
  replay: Pick<Simulator['replay'], 'step'>;
  books: Pick<Books, 'settled'>;
  prices: Pick<ToldPrices, 'until'>;
  /** At the end of each step, before it is answered. */
  onSettled: () => Promise<void>;
}): Steps {
  /** How many instants were played. */
  let played = 0;
  let turn: Promise<unknown> = Promise.resolve();
  const expected = new Map<string, Quote>();
  const reached = (): Reached => ({
    at: clock.now().toISOString(),
    done: played === instants.length,
    left: instants.length - played,
  });
  async function play(untilMs: number) {
    while (played < instants.length && instants[played]!.atMs <= untilMs) {
      const { atMs, quotes } = instants[played]!;
      const beforeMs = instants[played - 1]?.atMs ?? atMs;
      clock.set(atMs);
      for (const quote of quotes) expected.set(quote.epic, quote);
      played++;
      await replay.step({ ms: atMs - beforeMs });
    }
  }
  async function settled() {
    await prices.until([...expected.values()], settleWithinMs);
    await books.settled(settleWithinMs);
  }
  async function take(ms: number | undefined): Promise<Reached> {
    await books.settled(settleWithinMs); // what was asked for at this instant is dealt at its prices
    const next = instants[played];
    if (!next) return reached();
    const untilMs = ms === undefined ? next.atMs : clock.now().getTime() + ms;
    await play(untilMs);
    clock.set(Math.min(untilMs, instants.at(-1)!.atMs));
    await settled();
    await onSettled();
    return reached();
  }
  return {
    reached,
    step(ms) {
      const mine = turn.then(() => take(ms));
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
}
