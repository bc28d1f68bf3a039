// Alerts on prices, evaluated on each raw tick of one feed: which are armed by it, and which are told. Pure: no clock, no database; what becomes of a step is the keeper's.
import type { MarketAlertCondition, AlertRepeat, AlertSide } from '../../../shared/alerts.ts';
import type { Span } from '../market-data/ports.ts';
import { createExtremes, type Extremes, type PastPrices } from './extremes.ts';
import { createLevels, remove, type Levels, type Waiting } from './levels.ts';
import { after, awaited, triggerOf, turnOf, type Course, type Trigger, type Turn } from './trigger.ts';
import { percentAbove, textOfUnits, unitsOf } from './units.ts';

/**
 * A candle is over so long after its end by the clock, as those are that are recorded and shown: what was on its way is in it. A price that
 * comes later still changes the candle by a revision, and tells nothing: who acts on a close wants it now. On a market that goes on the next
 * candle's first price ends it before.
 */
export const candleGraceMs = 500;

/** An alert that is in force. */
export interface LiveAlert extends Course {
  id: string;
  condition: MarketAlertCondition;
  repeat: AlertRepeat;
  rearmBand: string;
  expiresAt: Date | null;
}
/** One price of both sides. */
export interface Quote {
  bid: string | null;
  offer: string | null;
  /** The venue’s time, and ours. */
  atMs: number;
  receivedAtMs: number;
}
/** What has happened to an alert: it fired, or may fire now. */
export interface Step {
  id: string;
  turn: Turn;
  /** The price, the close, or by how many per cent it moved. */
  value: string;
  atMs: number;
  receivedAtMs: number;
  course: Course;
}
export interface AlertEngineDeps {
  /** The candle that holds an instant. */
  spanAt: (candle: CandleCondition, atMs: number) => Span;
}
type Instants = Pick<Quote, 'atMs' | 'receivedAtMs'>;

interface Followed extends Waiting, LiveAlert {
  trigger: Trigger;
  group: Group;
}
/** Alerts that are fed the same values; those that a value has just reached are members, too. */
interface Group {
  levels: Levels<Followed>;
  members: number;
}
const newGroup = (): Group => ({ levels: createLevels(), members: 0 });
export type MoveCondition = MarketAlertCondition & { kind: 'move' };
type CandleCondition = MarketAlertCondition & { kind: 'candle_close' };
interface WindowBook {
  extremes: Extremes;
  /** By direction. */
  moves: Record<MoveCondition['direction'], Group>;
}
interface CandleBook extends Group {
  condition: CandleCondition;
  /** The candle that forms; null: none has a price yet. */
  span: Span | null;
  /** Candles that end then or before were closed. */
  closedMs: number;
}
interface SideBook {
  last: bigint | undefined;
  /** Of the newest price by the venue’s time: what the candle closes with if none comes. */
  close: bigint | undefined;
  prices: Group;
  /** By seconds. */
  windows: Map<number, WindowBook>;
}
interface Book {
  alerts: number;
  sides: Record<AlertSide, SideBook>;
  candles: Map<string, CandleBook>;
  /** No candle ends before; −∞ while one has not begun. */
  nextEndMs: number;
  newestMs: number;
  /** Prices may be missing after the last one: it is not what its candle closed with. */
  interrupted: boolean;
}
const sides = ['bid', 'offer', 'mid'] as const;
export type AlertEngine = ReturnType<typeof createAlertEngine>;

export function createAlertEngine({ spanAt }: AlertEngineDeps) {
  const books = new Map<string, Book>();
  const alerts = new Map<string, Followed>();

  function bookOf(epic: string): Book {
    let book = books.get(epic);
    if (book) return book;
    const side = (): SideBook => ({
      last: undefined,
      close: undefined,
      prices: newGroup(),
      windows: new Map(),
    });
    book = {
      alerts: 0,
      sides: { bid: side(), offer: side(), mid: side() },
      candles: new Map(),
      nextEndMs: Infinity,
      newestMs: -Infinity,
      interrupted: true,
    };
    books.set(epic, book);
    return book;
  }
  function windowOf(book: Book, { side: name, windowSeconds }: MoveCondition): WindowBook {
    const side = book.sides[name];
    let found = side.windows.get(windowSeconds);
    if (found) return found;
    const moves = { up: newGroup(), down: newGroup(), either: newGroup() };
    found = { extremes: createExtremes(windowSeconds * 1_000), moves };
    if (side.last !== undefined) found.extremes.push(book.newestMs, side.last);
    side.windows.set(windowSeconds, found);
    return found;
  }
  function groupOf(book: Book, condition: MarketAlertCondition): Group {
    if (condition.kind === 'price') return book.sides[condition.side].prices;
    if (condition.kind === 'move') return windowOf(book, condition).moves[condition.direction];
    const key = candleKeyOf(condition);
    let candle = book.candles.get(key);
    if (!candle) {
      candle = { ...newGroup(), condition, span: null, closedMs: -Infinity };
      book.candles.set(key, candle);
      book.nextEndMs = -Infinity;
    }
    return candle;
  }

  /** Turns those that a value has reached, and puts them back where they wait for the next. */
  function turn(reached: readonly Followed[], value: bigint, instants: Instants, steps: Step[]): void {
    for (const alert of reached) {
      // No price concerns it any more; it stays listed, since candles may still tell what happened in time.
      if (alert.expiresAt && instants.receivedAtMs >= alert.expiresAt.getTime()) continue;
      const turned = alert.state === 'armed' ? 'fired' : 'armed';
      Object.assign(alert, after(turned, alert));
      steps.push({
        id: alert.id,
        turn: turned,
        value: textOfUnits(value),
        ...instants,
        course: courseOf(alert),
      });
      if (turned === 'fired' && alert.repeat === 'once') drop(alert);
      else alert.group.levels.put(alert, awaited(alert.trigger, alert));
    }
  }
  function drop(alert: Followed) {
    const { condition, group } = alert;
    alerts.delete(alert.id);
    remove(alert);
    group.members--;
    const book = books.get(condition.epic)!;
    if (--book.alerts === 0) books.delete(condition.epic);
    else if (group.members === 0) dropEmpty(book, condition);
  }
  function dropEmpty(book: Book, condition: MarketAlertCondition) {
    if (condition.kind === 'candle_close') book.candles.delete(candleKeyOf(condition));
    if (condition.kind !== 'move') return;
    const { windows } = book.sides[condition.side];
    const { moves } = windows.get(condition.windowSeconds)!;
    if (Object.values(moves).every(({ members }) => members === 0)) windows.delete(condition.windowSeconds);
  }

  function closeCandles(book: Book, untilMs: number, receivedAtMs: number, steps: Step[]) {
    if (untilMs < book.nextEndMs) return;
    for (const candle of book.candles.values()) {
      const { span } = candle;
      if (!span || span.endMs > untilMs) continue;
      candle.span = null;
      candle.closedMs = span.endMs;
      const { close } = book.sides[candle.condition.side];
      if (book.interrupted || close === undefined) continue;
      turn(candle.levels.reach(close), close, { atMs: span.endMs, receivedAtMs }, steps);
    }
    book.nextEndMs = -Infinity;
  }
  function beginCandles(book: Book, atMs: number) {
    if (book.nextEndMs !== -Infinity) return;
    book.nextEndMs = Infinity;
    for (const candle of book.candles.values()) {
      // A late price is of a candle that was closed by the clock.
      if (atMs >= candle.closedMs) candle.span ??= spanAt(candle.condition, atMs);
      book.nextEndMs = Math.min(book.nextEndMs, candle.span?.endMs ?? -Infinity);
    }
  }
  function move({ extremes, moves }: WindowBook, value: bigint, instants: Instants, steps: Step[]) {
    extremes.push(instants.atMs, value);
    const moved = movesOf(extremes, value);
    if (!moved) return;
    for (const direction of ['up', 'down', 'either'] as const) {
      const { members, levels } = moves[direction];
      if (members > 0) turn(levels.reach(moved[direction]), moved[direction], instants, steps);
    }
  }
  function takeSide(side: SideBook, value: bigint, isNewest: boolean, instants: Instants, steps: Step[]) {
    side.last = value;
    if (isNewest) side.close = value;
    turn(side.prices.levels.reach(value), value, instants, steps);
    for (const window of side.windows.values()) move(window, value, instants, steps);
  }
  /** What concerns an alert now, where a price is known. */
  function valueNow({ condition }: LiveAlert): bigint | undefined {
    const side = books.get(condition.epic)?.sides[condition.side];
    if (side?.last === undefined || condition.kind === 'candle_close') return undefined;
    if (condition.kind === 'price') return side.last;
    const window = side.windows.get(condition.windowSeconds);
    return window && movesOf(window.extremes, side.last)?.[condition.direction];
  }

  return {
    /** Those in force. */
    get size() {
      return alerts.size;
    },
    hasEpic: (epic: string): boolean => (books.get(epic)?.alerts ?? 0) > 0,
    find: (id: string): LiveAlert | undefined => alerts.get(id),
    list: (): Iterable<LiveAlert> => alerts.values(),
    /** Whether prices within a window are followed, so that an alert on it needs no history. */
    hasWindow: ({ epic, side, windowSeconds }: MoveCondition): boolean =>
      books.get(epic)?.sides[side].windows.has(windowSeconds) === true,

    /**
     * Puts an alert in force, in place of one with its id. One that waits is armed at once where the last price allows it; nothing fires
     * before the next one, but by `recent`: prices since it came to its state, the oldest first, of which it has seen none.
     */
    add(live: LiveAlert, recent: readonly Quote[] = []): Step[] {
      const book = bookOf(live.condition.epic);
      const group = groupOf(book, live.condition);
      group.members++;
      book.alerts++;
      const known = alerts.get(live.id);
      if (known) drop(known);
      const trigger = triggerOf(live.condition, live.rearmBand);
      const alert: Followed = { ...live, trigger, group };
      alerts.set(alert.id, alert);
      group.levels.put(alert, awaited(trigger, alert));
      const steps: Step[] = [];
      const take = (value: bigint | undefined, instants: Instants) => {
        if (value !== undefined && alerts.get(alert.id) === alert && turnOf(trigger, alert, value)) {
          remove(alert);
          turn([alert], value, instants, steps);
        }
      };
      if (alert.condition.kind === 'price')
        for (const quote of recent) take(pricesOf(quote)[alert.condition.side], quote);
      const { newestMs } = book;
      if (alert.state === 'waiting') take(valueNow(alert), { atMs: newestMs, receivedAtMs: newestMs });
      return steps;
    },
    remove(id: string): void {
      const alert = alerts.get(id);
      if (alert) drop(alert);
    },
    /** What the last price does to an alert, as a tick would. */
    renew(id: string, instants: Instants): Step[] {
      const alert = alerts.get(id);
      const value = alert && valueNow(alert);
      const steps: Step[] = [];
      if (!alert || value === undefined || !turnOf(alert.trigger, alert, value)) return steps;
      remove(alert);
      turn([alert], value, instants, steps);
      return steps;
    },

    /** The cost does not grow with the number of alerts that the price does not reach. In order of arrival. */
    tick(epic: string, quote: Quote): readonly Step[] {
      const book = books.get(epic);
      if (!book) return noSteps;
      const steps: Step[] = [];
      const isNewest = quote.atMs >= book.newestMs;
      if (isNewest) {
        closeCandles(book, quote.atMs, quote.receivedAtMs, steps);
        book.newestMs = quote.atMs;
        book.interrupted = false;
      }
      const prices = pricesOf(quote);
      for (const name of sides) {
        const value = prices[name];
        if (value !== undefined) takeSide(book.sides[name], value, isNewest, quote, steps);
      }
      if (isNewest) beginCandles(book, quote.atMs);
      return steps;
    },
    /** Closes the candles that are over by the clock. */
    passed(nowMs: number): Step[] {
      const steps: Step[] = [];
      for (const book of books.values()) closeCandles(book, nowMs - candleGraceMs, nowMs, steps);
      return steps;
    },
    /** Prices may be missing from now until the next one: what a candle closed with meanwhile is not known here. */
    interrupt(epics: Iterable<string> | null): void {
      for (const epic of epics ?? books.keys()) {
        const book = books.get(epic);
        if (!book) continue;
        book.interrupted = true;
        for (const { windows } of Object.values(book.sides))
          for (const { extremes } of windows.values()) extremes.interrupt();
      }
    },
    /** Prices of a window from before it was followed, the oldest first; to be called before the first alert on it is added. */
    precede(condition: MoveCondition, points: readonly PastPrices<string>[]): void {
      windowOf(bookOf(condition.epic), condition).extremes.precede(
        points.map(({ low, high, ...times }) => ({ ...times, low: unitsOf(low), high: unitsOf(high) })),
      );
    },
  };
}
const noSteps: readonly Step[] = [];

const candleKeyOf = ({ side, resolution, zone }: CandleCondition): string =>
  // Shorter ones are alike in all zones.
  `${side} ${resolution} ${['DAY', 'WEEK', 'MONTH'].includes(resolution) ? zone : ''}`;
const courseOf = ({ state, firedCount }: Course): Course => ({ state, firedCount });

/** Undefined for a side without a price; mid is half of both. */
export function pricesOf({
  bid,
  offer,
}: Pick<Quote, 'bid' | 'offer'>): Record<AlertSide, bigint | undefined> {
  const [low, high] = [bid === null ? undefined : unitsOf(bid), offer === null ? undefined : unitsOf(offer)];
  return {
    bid: low,
    offer: high,
    mid: low === undefined || high === undefined ? undefined : (low + high) / 2n,
  };
}

/** By how many per cent a price is above the lowest and below the highest of its window; undefined where those are not above 0. */
function movesOf({ low, high }: Extremes, value: bigint) {
  const up = low === undefined ? undefined : percentAbove(low, value);
  const below = high === undefined ? undefined : percentBelow(high, value);
  if (up === undefined || below === undefined) return undefined;
  return { up, down: below, either: up > below ? up : below };
}
const percentBelow = (from: bigint, to: bigint) => percentAbove(from, from + (from - to));
