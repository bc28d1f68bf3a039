// Our copy of an account's positions: how news of the broker changes it, with the events that say so. Reads nothing from the broker.
import { decimal } from '../../../../shared/decimal.ts';
import type { Direction } from '../../../../shared/trading.ts';
import { isAhead } from '../../../lib/instants.ts';
import { pick } from '../../../lib/pick.ts';
import type { Entry } from '../account-transaction.ts';
import type { DealRow } from '../deals/life.ts';
import type { BrokerAccount, Trailing } from '../ports.ts';
import type { PositionRow, PositionStore } from './store.ts';

/** What is known of a position; `size` is what is left, 0 when it is closed. */
export interface PositionNews {
  dealId: string;
  dealReference: string | null;
  epic: string;
  expiry: string | null;
  name: string | null;
  direction: Direction;
  size: string;
  /** Of the opening; null when only the closing level is told. */
  openLevel: string | null;
  closeLevel: string | null;
  currency: string | null;
  contractSize: string | null;
  stopLevel: string | null;
  limitLevel: string | null;
  /** Of what type the stop is. Left out: not told. */
  guaranteedStop?: boolean | undefined;
  trailingStop?: Trailing | null | undefined;
  openedAt: Date | null;
  /** The venue's instant of this news. */
  at: Date;
}
type Opening = Pick<
  DealRow,
  'name' | 'currency' | 'guaranteedStop' | 'trailingDistance' | 'trailingIncrement' | 'tag' | 'note'
>;
/** A stop and a limit, and of what type the stop is. */
export type Levels = Pick<
  PositionRow,
  'stopLevel' | 'limitLevel' | 'guaranteedStop' | 'trailingDistance' | 'trailingIncrement'
>;
/** One that is new to us. `opening`: the deal of ours that opened it; none: it was opened elsewhere. */
export interface NewPosition {
  news: PositionNews;
  opening?: Opening | undefined;
}
/** A deal of ours this much before the news of a smaller position is what made it smaller. */
const dealExplainsMs = 60_000;
export type Positions = ReturnType<typeof createPositions>;

interface PositionsDeps {
  store: PositionStore;
  /** Whether a deal of ours that makes positions smaller awaits its verdict on this one, or was accepted since `since`. */
  isExplained: (entry: Entry, position: PositionRow, since: Date) => Promise<boolean>;
}

export function createPositions({ store, isExplained }: PositionsDeps) {
  /** Locked once in a transaction; undefined for one that is not known here. */
  async function lock({ tx, account, positions }: Entry, dealId: string): Promise<PositionRow | undefined> {
    if (!positions.has(dealId)) positions.set(dealId, (await store.lock(tx, account.id, dealId)) ?? null);
    return positions.get(dealId) ?? undefined;
  }
  /** Those of `dealIds` that are known here, by their id. */
  async function lockMany(
    { tx, account, positions }: Entry,
    dealIds: readonly string[],
  ): Promise<Map<string, PositionRow>> {
    const rows = await store.lockMany(tx, account.id, dealIds);
    for (const row of rows) positions.set(row.dealId, row);
    return new Map(rows.map((row) => [row.dealId, row]));
  }
  function save({ tx, positions }: Entry, row: PositionRow): void {
    positions.set(row.dealId, row);
    store.save(tx, row);
  }

  /**
   * A position as the broker tells it. News may come in any order and twice: a position only ever shrinks and a closed one stays
   * closed (a deal id is never used again, and IG merges no positions), so the smallest size told is the newest. `opening` is the
   * deal of ours that opened it, asked for when the position is new to us. True when it was new.
   */
  async function applyNews(
    entry: Entry,
    news: PositionNews,
    openingOf: () => Promise<DealRow | undefined>,
  ): Promise<boolean> {
    const known = await lock(entry, news.dealId);
    if (!known) {
      insert(entry, [{ news, opening: await openingOf() }]);
      return true;
    }
    const fresh = freshened(known, news, entry.at);
    if (decimal.compare(news.size, known.size) < 0) await shrink(entry, fresh, news.size, news);
    else if (differs(fresh, known)) save(entry, fresh);
    // Of one that is closed nobody asks where its stop was.
    if (entry.positions.get(news.dealId)?.closedAt === null) tellAmended(entry, known, fresh);
    return false;
  }

  /** A stop and limit that the broker has taken; older than what is known, they change nothing. */
  function amend(entry: Entry, position: PositionRow, { at, ...levels }: Levels & { at: Date }): void {
    const isNewer = at >= position.updatedAt || isAhead(position.updatedAt, entry.at);
    if (position.closedAt !== null || !isNewer) return;
    const amended = { ...position, ...levels, updatedAt: at };
    save(entry, amended);
    tellAmended(entry, position, amended);
  }

  /** Positions that are new to us, each with the deal of ours that opened it, where there is one. */
  function insert(entry: Entry, list: readonly NewPosition[]): void {
    const rows = list.map((each) => rowOf(entry.account, each));
    store.insert(entry.tx, rows);
    for (const row of rows) entry.positions.set(row.dealId, row);
    // Told of only when it was over: the row keeps a late "open" from raising it again; there is nothing to tell.
    for (const row of rows) if (row.closedAt === null) entry.tell('position.opened', toPositionEvent(row));
  }

  /** A position becomes smaller; `size` 0 closes it. Nothing happens when it is that small already. `byOurDeal`: a deal of ours is known to be why. */
  async function shrink(
    entry: Entry,
    position: PositionRow,
    size: string,
    { closeLevel, at, byOurDeal = false }: { closeLevel: string | null; at: Date; byOurDeal?: boolean },
  ): Promise<void> {
    if (decimal.compare(size, position.size) >= 0) return;
    const gone = decimal.compare(size, '0') === 0;
    const next: PositionRow = {
      ...position,
      size,
      version: position.version + 1,
      closedAt: gone ? at : null,
      updatedAt: at > position.updatedAt || isAhead(position.updatedAt, entry.at) ? at : position.updatedAt,
    };
    save(entry, next);
    const closedSize = decimal.subtract(position.size, size);
    const type = gone ? 'position.closed' : 'position.reduced';
    entry.tell(type, { ...toPositionEvent(next), closedSize, closeLevel });
    if (byOurDeal || (await isExplained(entry, position, new Date(entry.at.getTime() - dealExplainsMs))))
      return;
    const result = { size: closedSize, level: closeLevel, profit: null, profitCurrency: null };
    entry.notice({
      kind: 'position.closed',
      data: { ...pick(position, ['name', 'direction', 'stopLevel', 'limitLevel']), ...result },
    });
  }

  return { lock, lockMany, applyNews, amend, insert, shrink };
}

/** The stream names neither market nor currency: our own deal knows them, and for a position opened elsewhere the broker's next list corrects the guess. */
function rowOf({ id, environment, currency }: BrokerAccount, { news, opening }: NewPosition): PositionRow {
  const { openLevel, closeLevel, at, guaranteedStop, trailingStop, ...told } = news;
  return {
    ...told,
    guaranteedStop: guaranteedStop ?? opening?.guaranteedStop ?? false,
    ...(trailingStop === undefined
      ? pick(opening ?? noTrail, ['trailingDistance', 'trailingIncrement'])
      : trailFrom(trailingStop)),
    ...pick(opening ?? noLabels, ['tag', 'note']),
    accountId: id,
    environment,
    expiry: told.expiry ?? '-',
    name: opening?.name ?? told.name ?? told.epic,
    level: openLevel ?? closeLevel ?? '0',
    currency: told.currency ?? opening?.currency ?? currency,
    source: opening ? 'ftrader' : 'external',
    version: 1,
    openedAt: told.openedAt ?? at,
    closedAt: decimal.compare(news.size, '0') === 0 ? at : null,
    updatedAt: at,
    lastSeenAt: null,
  };
}

const noTrail = { trailingDistance: null, trailingIncrement: null };
const noLabels = { tag: null, note: null };
/** A trailing stop as a row holds it, and back. */
export const trailFrom = (
  trail: Trailing | null,
): Pick<PositionRow, 'trailingDistance' | 'trailingIncrement'> =>
  trail ? { trailingDistance: trail.distancePoints, trailingIncrement: trail.incrementPoints } : noTrail;
export const trailingOf = ({
  trailingDistance,
  trailingIncrement,
}: Pick<PositionRow, 'trailingDistance' | 'trailingIncrement'>): Trailing | null =>
  trailingDistance === null || trailingIncrement === null
    ? null
    : { distancePoints: trailingDistance, incrementPoints: trailingIncrement };

/** The type of its stop after news that may not tell all of it: without a stop there is none, and a guaranteed one does not trail. */
function stopTypeAfter(known: PositionRow, { stopLevel, guaranteedStop, trailingStop }: PositionNews) {
  if (stopLevel === null) return { guaranteedStop: false, ...noTrail };
  const guaranteed = guaranteedStop ?? known.guaranteedStop;
  const trail = trailingStop === undefined ? trailingOf(known) : trailingStop;
  return { guaranteedStop: guaranteed, ...trailFrom(guaranteed ? null : trail) };
}

/** What news says besides the size: stops only when it is newer than what is not dated ahead of `now`, what was a guess for good. */
function freshened(known: PositionRow, news: PositionNews, now: Date): PositionRow {
  const isNewer = news.at >= known.updatedAt || isAhead(known.updatedAt, now);
  const moved = isNewer && known.closedAt === null;
  return {
    ...known,
    contractSize: known.contractSize ?? news.contractSize,
    currency: news.currency ?? known.currency,
    name: known.name === known.epic ? (news.name ?? known.name) : known.name,
    ...(moved && {
      stopLevel: news.stopLevel,
      limitLevel: news.limitLevel,
      ...stopTypeAfter(known, news),
      updatedAt: news.at,
    }),
  };
}
const differs = (a: PositionRow, b: PositionRow) =>
  (['updatedAt', 'contractSize', 'currency', 'name'] as const).some((field) => a[field] !== b[field]);

/** Whether news says anything of an open position beside that it is still there. */
export function saysMore(known: PositionRow, news: PositionNews, now: Date): boolean {
  if (news.size !== known.size && decimal.compare(news.size, known.size) < 0) return true;
  const fresh = freshened(known, news, now);
  return (
    !isSameType(fresh, known) ||
    (['stopLevel', 'limitLevel', 'contractSize', 'currency', 'name'] as const).some(
      (field) => fresh[field] !== known[field],
    )
  );
}

/** Whether news contradicts what is known of an open position: its name or contract size, learnt late, is no contradiction. */
export const contradicts = (known: PositionRow, news: PositionNews, now: Date): boolean =>
  decimal.compare(news.size, known.size) < 0 || !isSameLevels(freshened(known, news, now), known);

const isSameNumber = (one: string | null, two: string | null) =>
  one === null || two === null ? one === two : decimal.compare(one, two) === 0;
const isSameType = (one: Levels, two: Levels) =>
  one.guaranteedStop === two.guaranteedStop &&
  isSameNumber(one.trailingDistance, two.trailingDistance) &&
  isSameNumber(one.trailingIncrement, two.trailingIncrement);
/** Whether two say the same of a stop and a limit. */
export const isSameLevels = (one: Levels, two: Levels): boolean =>
  isSameNumber(one.stopLevel, two.stopLevel) &&
  isSameNumber(one.limitLevel, two.limitLevel) &&
  isSameType(one, two);

function tellAmended(entry: Entry, before: PositionRow, after: PositionRow): void {
  if (isSameLevels(before, after)) return;
  const previous = { previousStopLevel: before.stopLevel, previousLimitLevel: before.limitLevel };
  entry.tell('position.amended', { ...toPositionEvent(after), ...previous });
}

/** A position in an event: without what moves with prices. */
const toPositionEvent = ({
  trailingDistance,
  trailingIncrement,
  version: _version,
  updatedAt: _updatedAt,
  contractSize: _contractSize,
  expiry: _expiry,
  lastSeenAt: _lastSeenAt,
  ...row
}: PositionRow) => ({ ...row, trailingStop: trailingOf({ trailingDistance, trailingIncrement }) });
