// Where in the page its visitor is: the address says it, so that Back goes one step back inside the page and a link leads to the same place.
import { useSyncExternalStore } from 'react';
import type { Direction } from '../../../client/index.ts';

export type Address =
  | { at: 'floor' }
  | { at: 'market'; epic: string }
  | { at: 'ticket'; epic: string; direction: Direction }
  | { at: 'sign-up' }
  | { at: 'forgotten' }
  | { at: 'you' }
  | { at: 'inbox' }
  | { at: 'admin' }
  | { at: 'accounts' }
  | { at: 'history' }
  | { at: 'portfolio'; id?: string }
  | { at: 'connect' }
  | { at: 'nowhere' };

const directions = new Map<string, Direction>([
  ['buy', 'BUY'],
  ['sell', 'SELL'],
]);

/** Places that are named by one word. */
const plain = ['sign-up', 'forgotten', 'you', 'inbox', 'admin', 'accounts', 'history'] as const;
const isPlain = (name: string): name is (typeof plain)[number] => plain.some((each) => each === name);

/** What a path and its part behind # mean. The server knows one path; the rest is ours. */
export function readAddress({ pathname, hash }: Pick<Location, 'pathname' | 'hash'>): Address {
  const [, name = '', epic, side, ...more] = hash.replace(/^#\/?/, '/').split('/');
  if (pathname !== '/' || more.length > 0) return { at: 'nowhere' };
  if (name === 'market' && epic && /^[\w.-]+$/.test(epic)) {
    const direction = side === undefined ? undefined : directions.get(side);
    if (direction) return { at: 'ticket', epic, direction };
    return side === undefined ? { at: 'market', epic } : { at: 'nowhere' };
  }
  if (name === 'accounts' && epic === 'connect' && side === undefined) return { at: 'connect' };
  if (name === 'portfolio' && side === undefined && (epic === undefined || /^\w+$/.test(epic)))
    return { at: name, ...(epic !== undefined && { id: epic }) };
  if (epic !== undefined) return { at: 'nowhere' };
  if (isPlain(name)) return { at: name };
  return { at: name === '' ? 'floor' : 'nowhere' };
}

export function writeAddress(address: Address): string {
  switch (address.at) {
    case 'market':
      return `/#/market/${address.epic}`;
    case 'ticket':
      return `/#/market/${address.epic}/${address.direction.toLowerCase()}`;
    case 'sign-up':
    case 'forgotten':
    case 'you':
    case 'inbox':
    case 'admin':
    case 'accounts':
    case 'history':
      return `/#/${address.at}`;
    case 'portfolio':
      return address.id === undefined ? '/#/portfolio' : `/#/portfolio/${address.id}`;
    case 'connect':
      return '/#/accounts/connect';
    default:
      return '/';
  }
}

const listeners = new Set<() => void>();
const told = () => {
  for (const listener of listeners) listener();
};
addEventListener('popstate', told); // also when somebody edits the address

/** One step further; from one place of a kind to the next of it (another market, the other side) there is no step to go back. */
export function go(to: Address): void {
  const from = readAddress(location);
  const isOver = (address: Address) => address.at === 'ticket' || address.at === 'market';
  const stays = from.at === to.at || (isOver(from) && to.at === 'market');
  if (stays) history.replaceState(history.state, '', writeAddress(to));
  else history.pushState({ inside: true }, '', writeAddress(to));
  told();
}

/** Back to where this was opened from; to `otherwise` when it was the first thing opened. */
export function leave(otherwise: Address = { at: 'floor' }): void {
  if ((history.state as { inside?: boolean } | null)?.inside) return history.back();
  history.replaceState(null, '', writeAddress(otherwise));
  told();
}

export function useAddress(): Address {
  const text = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => location.pathname + location.hash,
  );
  const at = text.indexOf('#');
  return readAddress(
    at < 0 ? { pathname: text, hash: '' } : { pathname: text.slice(0, at), hash: text.slice(at) },
  );
}
