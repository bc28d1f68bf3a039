// Where REST has the procedures of watchlists.
import type { ImportedWatchlists, Watchlist } from '../../../../shared/watchlists.ts';
import { done, type RestRow } from '../../../trpc/rest.ts';

const feedErrors = ['market_data.unknown_feed', 'market_data.no_feed'] as const;
const brokerErrors = [
  'broker.unavailable',
  'broker.refused',
  'broker.limited',
  'broker.login_failed',
] as const;
const id = 'wl_…';
const epics = ['CS.D.EURUSD.CFD.IP', 'CS.D.CFDGOLD.BMU.IP'];

const isCopied = ({ outcome, leftOut }: ImportedWatchlists['watchlists'][number]) =>
  outcome !== 'no_room' && outcome !== 'not_read' && leftOut.length === 0;

export const watchlistRest = {
  listWatchlists: {
    method: 'GET',
    path: '/market-data/watchlists',
    summary: 'My watchlists',
    description: 'A new user finds one with the markets that most people look at.',
    revalidates: true,
  },
  // Before those whose path is an id.
  importWatchlists: {
    method: 'POST',
    path: '/market-data/watchlists/import',
    summary: 'Copy the watchlists that I keep at the broker',
    description:
      'Each list is known by its id at the broker: imported again it is updated, not doubled. Nothing is changed at the broker.',
    errors: [
      'accounts.none',
      'accounts.not_found',
      'accounts.ambiguous',
      'accounts.disconnected',
      ...brokerErrors,
    ],
    success: {
      statuses: {
        ...done.statuses,
        207: { description: 'Not every list was copied whole: see the `outcome` and `leftOut` of each.' },
      },
      of: ({ watchlists }: ImportedWatchlists) => ({
        status: watchlists.every(isCopied) ? 200 : 207,
      }),
    },
    example: { accountId: 'acct_…' },
  },
  getWatchlist: {
    method: 'GET',
    path: '/market-data/watchlists/{id}',
    summary: 'One watchlist with the price of each of its markets',
    description:
      'At one request to the broker at most. Markets that the feed does not know are named in `unknown`; while the broker is away `problem` says so, and what is known is answered.',
    errors: ['market_data.watchlist_not_found', ...feedErrors],
    example: { id },
    revalidates: true,
  },
  createWatchlist: {
    method: 'POST',
    path: '/market-data/watchlists',
    summary: 'Make a watchlist',
    errors: [
      'market_data.unknown_epic',
      'market_data.watchlist_name_taken',
      'market_data.too_many_watchlists',
      ...feedErrors,
    ],
    success: {
      statuses: { 201: { description: 'Made.', location: 'the watchlist' } },
      of: (list: Watchlist) => ({ status: 201, location: `/api/market-data/watchlists/${list.id}` }),
    },
    example: { name: 'Mine', epics },
  },
  updateWatchlist: {
    method: 'PATCH',
    path: '/market-data/watchlists/{id}',
    summary: 'Rename a watchlist, set its markets in order, or move it among the lists',
    description:
      'What is left out stays as it is. `version` is that of the list that the change is based on.',
    errors: [
      'market_data.watchlist_not_found',
      'market_data.watchlist_changed',
      'market_data.watchlist_name_taken',
      'market_data.unknown_epic',
      ...feedErrors,
    ],
    example: { id, version: 1, name: 'Metals', epics, place: 0 },
  },
  deleteWatchlist: {
    method: 'DELETE',
    path: '/market-data/watchlists/{id}',
    summary: 'Delete a watchlist',
    errors: ['market_data.watchlist_not_found'],
    example: { id },
  },
} as const satisfies Record<string, RestRow<never>>;
