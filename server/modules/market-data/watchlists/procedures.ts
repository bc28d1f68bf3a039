// The procedures of watchlists: shape, permission, one call.
import {
  CreateWatchlist,
  DeletedWatchlist,
  DeleteWatchlist,
  GetWatchlist,
  ImportedWatchlists,
  ImportWatchlists,
  QuotedWatchlist,
  UpdateWatchlist,
  Watchlist,
  WatchlistList,
} from '../../../../shared/watchlists.ts';
import { marketProcedure, marketProcedureBy } from '../../../trpc/init.ts';
import { recorded } from '../../../trpc/recorded.ts';
import type { WatchlistService } from './service.ts';
import type { createImport } from './import.ts';

export type WatchlistCalls = WatchlistService & { importWatchlists: ReturnType<typeof createImport> };

export const watchlistProcedures = (lists: WatchlistCalls) => ({
  listWatchlists: marketProcedure
    .output(WatchlistList)
    .query(({ ctx }) => lists.listWatchlists(ctx.principal.user.id)),
  getWatchlist: marketProcedure
    .input(GetWatchlist)
    .output(QuotedWatchlist)
    .query(({ ctx, input }) => lists.getWatchlist(ctx.principal.user.id, input)),
  createWatchlist: marketProcedure
    .input(CreateWatchlist)
    .output(Watchlist)
    .mutation(({ ctx, input }) => lists.createWatchlist(ctx.principal.user.id, input)),
  updateWatchlist: marketProcedure
    .input(UpdateWatchlist)
    .output(Watchlist)
    .mutation(
      recorded(
        { before: ({ ctx, input }) => lists.plainWatchlist(ctx.principal.user.id, input.id) },
        ({ ctx, input }) => lists.updateWatchlist(ctx.principal.user.id, input),
      ),
    ),
  deleteWatchlist: marketProcedure
    .input(DeleteWatchlist)
    .output(DeletedWatchlist)
    .mutation(
      recorded(
        { before: ({ ctx, input }) => lists.plainWatchlist(ctx.principal.user.id, input.id) },
        ({ ctx, input }) => lists.deleteWatchlist(ctx.principal.user.id, input.id),
      ),
    ),
  importWatchlists: marketProcedureBy('accountId')
    .input(ImportWatchlists)
    .output(ImportedWatchlists)
    .mutation(({ ctx, input }) => lists.importWatchlists(ctx.principal.user.id, input)),
});
