// Names, order and imports of watchlists, as pure rules.
import { Epic } from '../../../../shared/primitives.ts';
import { maxWatchlistEpics } from '../../../../shared/watchlists.ts';
import type { WatchlistRow } from './store.ts';

const maxNameLength = 60;

/** What two names have in common that are one. */
export const nameKeyOf = (name: string): string => name.normalize('NFKC').toLowerCase();

/** `name`, or where it is taken the same with something behind it. */
export function freeName(name: string, taken: ReadonlySet<string>): string {
  const printable = name.replaceAll(/\p{Cc}/gu, '').trim() || 'Watchlist';
  const ending = (n: number) => (n === 0 ? '' : n === 1 ? ' (IG)' : ` (IG ${n})`);
  for (let n = 0; ; n++) {
    const end = ending(n);
    const tried = `${printable.slice(0, maxNameLength - end.length).trimEnd()}${end}`;
    if (!taken.has(nameKeyOf(tried))) return tried;
  }
}

/** The lists in their new order, with `id` at `place` or at the end where there are fewer. */
export function placed<Row extends Pick<WatchlistRow, 'id'>>(
  rows: readonly Row[],
  id: string,
  place: number,
): Row[] {
  const moved = rows.filter((row) => row.id === id);
  const others = rows.filter((row) => row.id !== id);
  return [...others.slice(0, place), ...moved, ...others.slice(place)];
}

/** What a list can hold of the broker's, each epic once, and what is left out. */
export function fitting(told: readonly string[]): { epics: string[]; leftOut: string[] } {
  const epics = [...new Set(told)].filter((epic) => Epic.safeParse(epic).success);
  return { epics: epics.slice(0, maxWatchlistEpics), leftOut: epics.slice(maxWatchlistEpics) };
}

/** An imported list after the broker told it anew; the same one where nothing has changed there. A name that was changed here stays. */
export function reimported(
  row: WatchlistRow,
  told: { name: string; epics: readonly string[] },
  taken: ReadonlySet<string>,
): WatchlistRow {
  const isSame = row.brokerName === told.name && row.epics.join() === told.epics.join();
  if (isSame) return row;
  const wasNamedSo = row.brokerName !== told.name && row.nameKey === nameKeyOf(row.brokerName ?? '');
  const name = wasNamedSo ? freeName(told.name, taken) : row.name;
  return { ...row, name, nameKey: nameKeyOf(name), brokerName: told.name, epics: [...told.epics] };
}
