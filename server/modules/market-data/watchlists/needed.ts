// The markets that stand in watchlists, each on its owner's default feed.
import type { FeedEpic } from '../instruments/store.ts';
import type { FeedAccess } from '../ports.ts';
import type { WatchlistStore } from './store.ts';

/** Those changed last are looked at. */
const maxLists = 5_000;

export const createNeededByLists =
  ({ store, access }: { store: Pick<WatchlistStore, 'listHeld'>; access: FeedAccess }) =>
  async (): Promise<FeedEpic[]> => {
    const needed: FeedEpic[] = [];
    for (const { userId, epics } of await store.listHeld(maxLists)) {
      const [feed] = await access.of(userId);
      if (feed !== undefined) needed.push(...epics.map((epic) => ({ feed, epic })));
    }
    return needed;
  };
