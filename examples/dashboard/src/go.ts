// Going from one address to another: Back goes one step back inside the page, and a link leads to the same place. wouter keeps the history.
import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { navigate } from 'wouter/use-hash-location';
import { readAddress, writeAddress, type Address } from './address.ts';

/** Which account a link is about stands before the #: all views are of one account. */
const accountKey = 'account';

const hashPath = () => `/${location.hash.replace(/^#?\/?/, '')}`;
const moves = ['hashchange', 'popstate'] as const;
function onMove(moved: () => void): () => void {
  for (const name of moves) addEventListener(name, moved);
  return () => {
    for (const name of moves) removeEventListener(name, moved);
  };
}
/** wouter's own hook hears of `hashchange` alone, which a step back does not bring where the account before the # differs too. */
const useHashPath = () => useSyncExternalStore(onMove, hashPath);
/** The server knows one path; the rest is ours. */
const addressOf = (path: string): Address =>
  location.pathname === '/' ? readAddress(path) : { at: 'nowhere' };

export function useAddress(): Address {
  const path = useHashPath();
  return useMemo(() => addressOf(path), [path]);
}

/** What stands in a link to it, also in a tab of its own. */
export const hrefOf = (address: Address): string => `/${location.search}#${writeAddress(address)}`;

/** One step further; from one place of a kind to the next of it (another market, the other side) there is no step to go back. */
export function go(to: Address): void {
  const from = addressOf(hashPath());
  const isOver = ({ at }: Address) => at === 'ticket' || at === 'market';
  const stays = from.at === to.at || (isOver(from) && to.at === 'market');
  navigate(writeAddress(to), stays ? { replace: true, state: history.state } : { state: { inside: true } });
}

/** Back to where this was opened from; to `otherwise` when it was the first thing opened. */
export function leave(otherwise: Address = { at: 'floor' }): void {
  if ((history.state as { inside?: boolean } | null)?.inside) history.back();
  else replaceWith(otherwise);
}

/** As `leave`, at once and with no step to go back: what was open here is nothing any more. */
export const replaceWith = (to: Address): void => navigate(writeAddress(to), { replace: true });

/** What was open is nothing to the next user. */
export const forgetPlace = (): void => navigate('/?', { replace: true });

/** The id of the account that the address asks for. */
export const askedAccount = (): string | null => new URLSearchParams(location.search).get(accountKey);

/** Writes the account into the address wherever somebody is; undefined: it is left as it is. Back never changes the account: it must not come by surprise. */
export function useAccountInAddress(id: string | undefined): void {
  const path = useHashPath();
  useEffect(() => {
    if (id === undefined || askedAccount() === id || location.pathname !== '/') return;
    const search = `${accountKey}=${encodeURIComponent(id)}`;
    navigate(`${hashPath()}?${search}`, { replace: true, state: history.state }); // where somebody is now, not when this was drawn
  }, [id, path]);
}
