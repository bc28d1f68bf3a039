// What a watchlist becomes by a change of its markets, and which list an account starts with. Pure.
import type { AccountType, ImportedWatchlists, Watchlist } from '../../../client/index.ts';
import { usualMarkets } from '../../../shared/usual-markets.ts';

/** Markets of one list, as the server takes it. */
export const maxMarkets = 50;
/** Lists of one user, as the server takes it. */
export const maxLists = 20;

/** The markets of a list after a change, in order. */
export type Edit = (epics: readonly string[]) => readonly string[];

export const adding =
  (epic: string): Edit =>
  (epics) =>
    epics.includes(epic) ? epics : [...epics, epic];
export const removing =
  (epic: string): Edit =>
  (epics) =>
    epics.filter((each) => each !== epic);
/** To the place of `other`, whatever stands there by then; where that has gone, nothing moves. */
export const moving =
  (epic: string, other: string): Edit =>
  (epics) =>
    epics.includes(epic) && epics.includes(other)
      ? removing(epic)(epics).toSpliced(epics.indexOf(other), 0, epic)
      : epics;

/** Nothing but the usual markets tells of which kind of account a list is: it holds some of the other kind and none of `type`. */
export function isOfOtherKind({ epics }: Pick<Watchlist, 'epics'>, type: AccountType): boolean {
  const holds = (kind: AccountType) => usualMarkets[kind].some((epic) => epics.includes(epic));
  return !holds(type) && holds(type === 'CFD' ? 'SPREADBET' : 'CFD');
}

/** The list to show: the one chosen before, else the first that is not of the other kind of account. */
export const listToShow = (
  lists: readonly Watchlist[] | undefined,
  chosen: string | null,
  type: AccountType,
): Watchlist | undefined =>
  lists?.find(({ id }) => id === chosen) ?? lists?.find((list) => !isOfOtherKind(list, type)) ?? lists?.[0];

type Imported = ImportedWatchlists['watchlists'][number];
const outcomes: Record<Imported['outcome'], string> = {
  created: 'copied',
  updated: 'brought up to date',
  unchanged: 'has not changed',
  no_room: 'no room: delete a list first',
  not_read: 'not read yet: import again in a minute',
};

/** What came of an import, a line for each list at the broker. */
export const importWords = ({ watchlists }: ImportedWatchlists): string[] =>
  watchlists.length === 0
    ? ['IG keeps no list of yours.']
    : watchlists.map(
        ({ brokerName, outcome, leftOut }) =>
          `${brokerName}: ${outcomes[outcome]}${
            leftOut.length > 0 ? `, without ${leftOut.length} that did not fit in` : ''
          }.`,
      );
