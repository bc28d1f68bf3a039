// Every query of candles: written from ticks and from history, read as they are stored and put together, and which are known.
import type { StoredResolution } from '../../../../drizzle/schema/index.ts';
import type { CandlePrice } from '../../../../shared/candles.ts';
import { leave, run, statement, type Parameter } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import type { BoughtCandle, CandleKey, Span } from '../ports.ts';
import type { BuiltCandle, Seen } from './builder.ts';
import type { Piece } from './pieces.ts';

/** As it is read: `complete` says nothing of what its neighbours know (coverage does). */
export type StoredCandle = Omit<BuiltCandle, 'resolution'>;
/** A candle put together; `index` is that of its pieces. */
export interface MadeCandle extends Omit<StoredCandle, 'startMs' | 'complete'> {
  index: number;
}

const prices = [
  'bid_open',
  'bid_high',
  'bid_low',
  'bid_close',
  'offer_open',
  'offer_high',
  'offer_low',
  'offer_close',
] as const;
const priceArrays = (from: number) => prices.map((_, index) => `$${from + index}::numeric[]`).join(', ');
const taken = prices.map((name) => `${name} = excluded.${name}`).join(', ');

/**
 * A candle of another lease that is whole, or that was bought, is changed only by one that is whole; nothing is written under a lease that somebody else has had since. A
 * later lease that takes an unfinished candle over, and each late tick, is a revision.
 */
const writeTicks = statement(
  'candles_write_ticks',
  `insert into candles (feed, epic, resolution, start_at, ${prices.join(', ')}, ticks, complete, revision, source, epoch)
   select $1, epic, resolution, start_at, ${prices.join(', ')}, ticks, complete, revision, 'ticks', $2
   from unnest($3::text[], $4::text[], $5::timestamptz[], ${priceArrays(6)}, $14::integer[], $15::boolean[], $16::integer[])
     as t (epic, resolution, start_at, ${prices.join(', ')}, ticks, complete, revision)
   where not exists (select from leases where name = $1 and epoch > $2)
   order by epic, resolution, start_at
   on conflict (feed, epic, resolution, start_at) do update set ${taken}, ticks = excluded.ticks, complete = excluded.complete,
     revision = greatest(excluded.revision, candles.revision + (candles.epoch <> excluded.epoch)::integer), source = excluded.source, epoch = excluded.epoch
   where candles.epoch <= excluded.epoch and (excluded.complete or not candles.complete
     or (candles.epoch = excluded.epoch and candles.source = 'ticks'))`,
);
const coverTicks = statement(
  'candles_cover_ticks',
  `insert into candle_coverage as had (feed, epic, resolution, source, epoch, known)
   select $1, epic, resolution, 'ticks', $2, range_agg(tstzrange(from_at, to_at))
   from unnest($3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[]) as t (epic, resolution, from_at, to_at)
   where not exists (select from leases where name = $1 and epoch > $2)
   group by epic, resolution order by epic, resolution
   on conflict (feed, epic, resolution, source) do update set known = had.known + excluded.known, epoch = excluded.epoch
   where had.epoch <= excluded.epoch`,
);

/** A candle that ticks made whole stays: it is what was streamed here. */
const writeHistory = statement(
  'candles_write_history',
  `insert into candles (feed, epic, resolution, start_at, ${prices.join(', ')}, ticks, complete, revision, source, epoch)
   select $1, $2, $3, start_at, ${prices.join(', ')}, ticks, true, 0, 'history', 0
   from unnest($4::timestamptz[], ${priceArrays(5)}, $13::integer[]) as t (start_at, ${prices.join(', ')}, ticks)
   order by start_at
   on conflict (feed, epic, resolution, start_at) do update set ${taken}, ticks = excluded.ticks, complete = true,
     revision = candles.revision + 1, source = 'history'
   where not candles.complete`,
);
const addHolder = statement(
  'candles_add_holder',
  `insert into candle_coverage (feed, epic, resolution, source, epoch, known) values ($1, $2, $3, 'history', 0, '{}')
   on conflict do nothing`,
);
const hold = statement(
  'candles_hold',
  `select from candle_coverage where feed = $1 and epic = $2 and resolution = $3 and source = 'history' for update`,
);
const coverHistory = statement(
  'candles_cover_history',
  `update candle_coverage set known = known + tstzmultirange(tstzrange($4, $5))
   where feed = $1 and epic = $2 and resolution = $3 and source = 'history'`,
);

const spanOf = ([from, to]: unknown[]): Span => ({
  startMs: Date.parse(from as string),
  endMs: Date.parse(to as string),
});
const gaps = statement(
  'candles_gaps',
  `select to_char(lower(gap) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), to_char(upper(gap) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
   from unnest(tstzmultirange(tstzrange($4, $5)) - coalesce(
     (select range_agg(known) from candle_coverage where feed = $1 and epic = $2 and resolution = $3), '{}')) as gap
   order by 1`,
  spanOf,
);

const toPrice = (bid: unknown, offer: unknown): CandlePrice => ({
  bid: bid as string | null,
  offer: offer as string | null,
});
function pricesOf(columns: unknown[]): Pick<StoredCandle, 'open' | 'high' | 'low' | 'close'> {
  const [bidOpen, bidHigh, bidLow, bidClose, offerOpen, offerHigh, offerLow, offerClose] = columns;
  return {
    open: toPrice(bidOpen, offerOpen),
    high: toPrice(bidHigh, offerHigh),
    low: toPrice(bidLow, offerLow),
    close: toPrice(bidClose, offerClose),
  };
}
const epochMs = 'extract(epoch from start_at) * 1000';
/** One statement for each resolution: its name in the text is what PostgreSQL leaves the other partitions out by as it plans. */
const readStored = Object.fromEntries(
  (['SECOND', 'MINUTE', 'HOUR'] as const).map((resolution) => [
    resolution,
    statement(
      `candles_read_${resolution.toLowerCase()}`,
      `select (${epochMs})::float8, ${prices.join(', ')}, ticks, complete, revision from candles
       where feed = $1 and epic = $2 and resolution = '${resolution}' and start_at >= $3 and start_at < $4
       order by start_at limit $5`,
      ([at, ...rest]): StoredCandle => ({
        startMs: at as number,
        ...pricesOf(rest),
        ticks: rest[8] as number,
        complete: rest[9] as boolean,
        revision: rest[10] as number,
      }),
    ),
  ]),
);
const readNext = statement(
  'candles_next',
  `select (extract(epoch from least(
     (select min(start_at) from candles where feed = $1 and epic = $2 and resolution = 'MINUTE' and start_at >= $3 and start_at < $4),
     (select min(start_at) from candles where feed = $1 and epic = $2 and resolution = 'HOUR' and start_at >= $3 and start_at < $4 and $5))) * 1000)::float8`,
  ([at]) => at as number | null,
);
/**
 * What was quoted first and last, not what the first and the last candle had: a side may be absent for a while. All in one order, so that
 * PostgreSQL sorts once for all of them; equal aggregates are computed once.
 */
const inOrder = (name: string) => `array_agg(${name} order by start_at) filter (where ${name} is not null)`;
const first = (name: string) => `(${inOrder(name)})[1]`;
const last = (name: string) => `(${inOrder(name)})[cardinality(${inOrder(name)})]`;
const make = statement(
  'candles_make',
  `select piece.at, ${['bid', 'offer']
    .map((side) => `${first(`${side}_open`)}, max(${side}_high), min(${side}_low), ${last(`${side}_close`)}`)
    .join(', ')}, sum(ticks)::integer, sum(revision)::integer
   from unnest($3::integer[], $4::text[], $5::timestamptz[], $6::timestamptz[]) as piece (at, of_resolution, from_at, to_at)
   cross join lateral (
     select * from candles where feed = $1 and epic = $2 and resolution = 'MINUTE' and piece.of_resolution = 'MINUTE'
       and start_at >= piece.from_at and start_at < piece.to_at
     union all
     select * from candles where feed = $1 and epic = $2 and resolution = 'HOUR' and piece.of_resolution = 'HOUR'
       and start_at >= piece.from_at and start_at < piece.to_at) as candle
   group by piece.at order by piece.at`,
  ([index, ...rest]): MadeCandle => ({
    index: index as number,
    ...pricesOf(rest),
    ticks: rest[8] as number,
    revision: rest[9] as number,
  }),
);

const text = (ms: number) => new Date(ms).toISOString();
const pricesIn = (candles: readonly Pick<StoredCandle, 'open' | 'high' | 'low' | 'close'>[]): Parameter[] =>
  (['bid', 'offer'] as const).flatMap((side) =>
    (['open', 'high', 'low', 'close'] as const).map((name) => candles.map((candle) => candle[name][side])),
  );

export type CandleStore = ReturnType<typeof createCandleStore>;

export function createCandleStore(db: Db) {
  return {
    /**
     * Writes what ticks made, and of when all is known, in one transaction. Nothing is written under an `epoch` of the lease that is not
     * the newest. Rejects with 23514 where a partition is missing.
     */
    writeTicks: (
      feed: string,
      epoch: number,
      candles: readonly (BuiltCandle & { epic: string })[],
      seen: readonly (Seen & { epic: string })[],
    ): Promise<void> =>
      db.transaction(async (tx) => {
        if (candles.length > 0)
          void leave(tx, writeTicks, [
            feed,
            epoch,
            candles.map(({ epic }) => epic),
            candles.map(({ resolution }) => resolution),
            candles.map(({ startMs }) => text(startMs)),
            ...pricesIn(candles),
            candles.map(({ ticks }) => String(ticks)),
            candles.map(({ complete }) => String(complete)),
            candles.map(({ revision }) => String(revision)),
          ]);
        if (seen.length > 0)
          void leave(tx, coverTicks, [
            feed,
            epoch,
            seen.map(({ epic }) => epic),
            seen.map(({ resolution }) => resolution),
            seen.map(({ startMs }) => text(startMs)),
            seen.map(({ endMs }) => text(endMs)),
          ]);
      }),

    /** Waits until nobody else buys history of this market and resolution, over all processes; nobody does until the transaction ends. */
    async holdHistory(tx: Tx, { feed, epic }: CandleKey, resolution: StoredResolution): Promise<void> {
      await run(tx, addHolder, [feed, epic, resolution]);
      await run(tx, hold, [feed, epic, resolution]);
    },
    /** Writes bought candles, and that all of `known` is known. */
    async writeHistory(
      tx: Tx,
      { feed, epic }: CandleKey,
      resolution: StoredResolution,
      { candles, known }: { candles: readonly BoughtCandle[]; known: Span },
    ): Promise<void> {
      await run(tx, writeHistory, [
        feed,
        epic,
        resolution,
        candles.map(({ startMs }) => text(startMs)),
        ...pricesIn(candles),
        candles.map(({ ticks }) => String(ticks)),
      ]);
      await run(tx, coverHistory, [feed, epic, resolution, text(known.startMs), text(known.endMs)]);
    },

    /** What is not known within a span, in order. */
    gaps: (
      { feed, epic }: CandleKey,
      resolution: StoredResolution,
      { startMs, endMs }: Span,
      on: Pick<Db | Tx, '$client'> = db,
    ): Promise<Span[]> => run(on, gaps, [feed, epic, resolution, text(startMs), text(endMs)]),

    /** Candles as they are stored, that start within the span, the oldest first. */
    read: (
      { feed, epic }: CandleKey,
      resolution: StoredResolution,
      { startMs, endMs }: Span,
      limit: number,
    ): Promise<StoredCandle[]> =>
      run(db, readStored[resolution]!, [feed, epic, text(startMs), text(endMs), limit]),

    /** When the first candle starts within a span; null: none does. Of hours, or minutes beside them. */
    async nextStart(
      { feed, epic }: CandleKey,
      { startMs, endMs }: Span,
      { hours }: { hours: boolean },
    ): Promise<number | null> {
      const [next] = await run(db, readNext, [feed, epic, text(startMs), text(endMs), hours]);
      return next ?? null;
    },

    /** A candle of each list of pieces; none where nothing was quoted. In order. */
    make: ({ feed, epic }: CandleKey, all: readonly (readonly Piece[])[]): Promise<MadeCandle[]> => {
      const pieces = all.flatMap((each, index) => each.map((piece) => ({ ...piece, index })));
      return run(db, make, [
        feed,
        epic,
        pieces.map(({ index }) => String(index)),
        pieces.map(({ resolution }) => resolution),
        pieces.map(({ fromMs }) => text(fromMs)),
        pieces.map(({ toMs }) => text(toMs)),
      ]);
    },
  };
}
