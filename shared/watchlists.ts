// The lists of markets that a user keeps: their requests and answers.
import { z } from 'zod';
import { MarketState, maxEpicsPerRequest, Tick } from './market-data.ts';
import { atLeastOneOf, Environment, Epic, Feed, Hidden, Instant, PlainText } from './primitives.ts';

/** Lists of one user. */
export const maxWatchlists = 20;
/** Markets of one list: its prices are one question to the broker, and one subscription. */
export const maxWatchlistEpics = maxEpicsPerRequest;

const WatchlistId = z.string().max(60);
const Name = PlainText(60).describe('unlike those of your other lists, also without its case');
const Epics = z
  .array(Epic)
  .max(maxWatchlistEpics, `may name ${maxWatchlistEpics} epics at most`)
  .refine(
    (epics) => new Set(epics).size === epics.length,
    'may name each epic once only: write them in the order in which they are to stand',
  );

export const Watchlist = z
  .object({
    id: z.string(),
    name: z.string(),
    epics: z.array(Epic).describe('in your order'),
    version: z
      .int()
      .describe('rises with each change of this list: send back the one your change is based on'),
    createdAt: Instant,
    updatedAt: Instant,
    importedFrom: Environment.nullable().describe(
      'of one that was copied from the broker: where that account is; null: made here',
    ),
  })
  .meta({ id: 'Watchlist' });
export type Watchlist = z.infer<typeof Watchlist>;

/** In the user's order. */
export const WatchlistList = z
  .object({ watchlists: z.array(Watchlist), hidden: Hidden })
  .meta({ id: 'WatchlistList' });
export type WatchlistList = z.infer<typeof WatchlistList>;

export const GetWatchlist = z.object({ id: WatchlistId, feed: Feed.optional() });
export const WatchlistRow = z
  .object({
    epic: Epic,
    name: z.string().nullable().describe('null where it is not known: see problem and unknown'),
    expiry: z.string().nullable(),
    marketState: MarketState,
    quote: Tick.nullable().describe(
      'the streamed price where one is live, else the broker’s; null where there is none',
    ),
  })
  .meta({ id: 'WatchlistRow' });
/** A list with the newest price of each of its markets on one feed. */
export const QuotedWatchlist = Watchlist.extend({
  feed: Feed,
  rows: z.array(WatchlistRow).describe('one for each of epics, in their order'),
  unknown: z.array(Epic).describe('those that are no markets of this feed'),
  problem: z
    .object({ code: z.string(), message: z.string() })
    .nullable()
    .describe('why names or prices are missing, or older than they should be: the broker did not tell them'),
}).meta({ id: 'QuotedWatchlist' });
export type QuotedWatchlist = z.infer<typeof QuotedWatchlist>;

export const CreateWatchlist = z.object({
  name: Name,
  epics: Epics.default([]),
  feed: Feed.optional().describe('whose markets the epics are; default: yours'),
});
export type CreateWatchlist = z.output<typeof CreateWatchlist>;

export const UpdateWatchlist = z
  .object({
    id: WatchlistId,
    version: z.int().min(1).describe('of the list that this change is based on'),
    name: Name.optional(),
    epics: Epics.optional().describe('all that the list is to hold, in order'),
    place: z
      .int()
      .min(0)
      .max(maxWatchlists - 1)
      .optional()
      .describe('where it is to stand among your lists; 0 is the first'),
    feed: Feed.optional().describe('whose markets the epics are; default: yours'),
  })
  .refine(...atLeastOneOf(['name', 'epics', 'place']));
export type UpdateWatchlist = z.output<typeof UpdateWatchlist>;

export const DeleteWatchlist = z.object({ id: WatchlistId });
export const DeletedWatchlist = z.object({ id: z.string() }).meta({ id: 'DeletedWatchlist' });

export const ImportWatchlists = z.object({
  accountId: z
    .string()
    .max(60)
    .optional()
    .describe('whose login keeps them; may be left out with one account'),
  withBrokersOwn: z
    .boolean()
    .default(false)
    .describe('also those that the broker makes, such as Popular Markets'),
});
export type ImportWatchlists = z.output<typeof ImportWatchlists>;
export const ImportedWatchlists = z
  .object({
    watchlists: z.array(
      z.object({
        brokerName: z.string(),
        outcome: z
          .enum(['created', 'updated', 'unchanged', 'no_room', 'not_read'])
          .describe(
            `no_room: you have ${maxWatchlists} lists, delete one first. not_read: the broker had no more answers for now; import again in a minute, those are read first`,
          ),
        id: z.string().nullable().describe('of the list here'),
        leftOut: z.array(z.string()).describe(`epics beyond the ${maxWatchlistEpics} that a list holds`),
      }),
    ),
  })
  .meta({ id: 'ImportedWatchlists' });
export type ImportedWatchlists = z.infer<typeof ImportedWatchlists>;
