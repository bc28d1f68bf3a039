// The user's watchlists as this page knows them: one call after the other, each change based on the version before it. No React here.
import type { FTraderClient, ImportedWatchlists, Watchlist } from '../../../client/index.ts';
import { problemOf, type ProblemText } from './problem.tsx';
import type { Edit } from './watchlist.ts';

export interface KnownWatchlists {
  /** In the user's order, with the changes that are on their way; undefined until read. */
  lists: readonly Watchlist[] | undefined;
  /** What another tab or device did to them. */
  said: string | undefined;
  /** Why the last change of markets was not kept. */
  problem: ProblemText | undefined;
}

export interface WatchlistKeeper {
  /** Resolves once what is known is at least as new as this call. */
  read(): Promise<void>;
  /** Changes the markets of a list: shown at once, and taken back where the server does not take it. */
  edit(id: string, edit: Edit): Promise<void>;
  create(name: string, epics: readonly string[]): Promise<Watchlist>;
  /** `place`: 0 is the first. */
  update(id: string, change: { name?: string; place?: number }): Promise<void>;
  remove(id: string): Promise<void>;
  /** Copies the lists that the login of the account keeps at IG. */
  importFrom(accountId: string, withBrokersOwn: boolean): Promise<ImportedWatchlists>;
  /** What was said has been read. */
  dismiss(): void;
}

interface KeeperOptions {
  api: FTraderClient['api'];
  /** Whose markets are added; undefined: the user's default. */
  feed: string | undefined;
  onChange(known: KnownWatchlists): void;
}

export function createWatchlistKeeper({ api, feed, onChange }: KeeperOptions): WatchlistKeeper {
  let lists: readonly Watchlist[] | undefined;
  let pending: { id: string; edit: Edit }[] = [];
  let said: string | undefined;
  let problem: ProblemText | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  /** A read between a change and its answer would take the change for somebody else's. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => {});
    return done;
  }
  const tell = () =>
    onChange({
      lists: lists?.map((list) => ({
        ...list,
        epics: [
          ...pending
            .filter(({ id }) => id === list.id)
            .reduce<readonly string[]>((epics, { edit }) => edit(epics), list.epics),
        ],
      })),
      said,
      problem,
    });
  const take = (changed: Watchlist) => {
    lists = lists?.map((list) => (list.id === changed.id ? changed : list));
  };
  /** `isOurs`: what is new was done from here. */
  async function reading(isOurs = false): Promise<void> {
    const { watchlists } = await api.marketData.listWatchlists.query();
    if (!isOurs) said = elsewhere(lists ?? [], watchlists) ?? said;
    lists = watchlists;
    tell();
  }
  /** The version of what is known; one that another tab deleted is asked for all the same, and refused. */
  const versionOf = (id: string) => lists?.find((list) => list.id === id)?.version ?? 1;

  async function change(id: string, to: { name?: string; place?: number; epics?: string[] }): Promise<void> {
    try {
      take(await api.marketData.updateWatchlist.mutate({ id, version: versionOf(id), feed, ...to }));
    } catch (error) {
      await reading().catch(() => {}); // what was shown may be what it failed for
      throw error;
    }
  }
  return {
    read: () => inTurn(() => reading()),
    edit(id, edit) {
      const mine = { id, edit };
      pending.push(mine);
      [said, problem] = [undefined, undefined];
      tell();
      return inTurn(async () => {
        const before = lists?.find((list) => list.id === id)?.epics;
        if (!before || !pending.includes(mine)) return; // taken back with one before it
        try {
          const epics = edit(before);
          if (epics !== before) await change(id, { epics: [...epics] });
          pending = pending.filter((each) => each !== mine);
        } catch (error) {
          pending = pending.filter((each) => each.id !== id);
          const met = problemOf(error);
          if (met.code === 'market_data.watchlist_changed')
            said = `${said ?? 'Changed elsewhere, and shown as now.'} Make your change again.`;
          else problem = met;
        }
        tell();
      });
    },
    create: (name, epics) =>
      inTurn(async () => {
        const made = await api.marketData.createWatchlist.mutate({ name, epics: [...epics], feed });
        lists = [...(lists ?? []), made];
        tell();
        return made;
      }),
    update: (id, to) =>
      inTurn(async () => {
        await change(id, to);
        await reading(); // the others' places
      }),
    remove: (id) =>
      inTurn(async () => {
        await api.marketData.deleteWatchlist.mutate({ id }).catch((error: unknown) => {
          if (problemOf(error).code !== 'market_data.watchlist_not_found') throw error;
        });
        lists = lists?.filter((list) => list.id !== id);
        await reading(); // without any, the server may make the first one again
      }),
    importFrom: (accountId, withBrokersOwn) =>
      inTurn(async () => {
        const done = await api.marketData.importWatchlists.mutate({ accountId, withBrokersOwn });
        await reading(true);
        return done;
      }),
    dismiss() {
      [said, problem] = [undefined, undefined];
      tell();
    },
  };
}

/** What was done to `before` by others than this page, by the versions. */
function elsewhere(before: readonly Watchlist[], now: readonly Watchlist[]): string | undefined {
  const named = (lists: readonly Watchlist[]) => lists.map(({ name }) => `“${name}”`).join(', ');
  const gone = before.filter(({ id }) => !now.some((list) => list.id === id));
  const changed = now.filter((list) =>
    before.some(({ id, version }) => id === list.id && list.version > version),
  );
  const sentences = [
    changed.length > 0 && `Changed elsewhere, and shown as now: ${named(changed)}.`,
    gone.length > 0 && `Deleted elsewhere: ${named(gone)}.`,
  ];
  return sentences.filter(Boolean).join(' ') || undefined;
}
