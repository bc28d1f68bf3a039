// The addresses of the page, each way once: what a path behind the # means, how it is written, and what its view is called. Pure.
import { inject, parse } from 'regexparam';
import type { Direction } from '../../../client/index.ts';

/** The sections of "You", each at an address of its own. */
export const youParts = {
  profile: 'Profile',
  email: 'E-mail address',
  password: 'Password',
  'two-factor': 'Two-factor authentication',
  devices: 'Devices',
  notifications: 'Notifications',
  webhooks: 'Webhooks',
  keys: 'API keys',
  data: 'Your data',
  deletion: 'Delete your account',
} as const;
/** The sections of the administration. */
export const adminParts = {
  users: 'Users',
  dealing: 'Dealing',
  jobs: 'Failed jobs',
  schedules: 'Schedules',
  feeds: 'Feeds and accounts',
  audit: 'Audit log',
} as const;
export type YouPart = keyof typeof youParts;
export type AdminPart = keyof typeof adminParts;

export type Address =
  | { at: 'floor' | 'sign-up' | 'forgotten' | 'inbox' | 'accounts' | 'history' | 'connect' | 'nowhere' }
  | { at: 'market'; epic: string }
  | { at: 'ticket'; epic: string; direction: Direction }
  | { at: 'watchlist' | 'deal'; id: string }
  | { at: 'portfolio'; id?: string }
  | { at: 'you'; part?: YouPart }
  | { at: 'admin'; part?: AdminPart };

const routes = {
  floor: '/',
  market: '/market/:epic',
  ticket: '/market/:epic/:direction',
  watchlist: '/watchlist/:id',
  deal: '/deal/:id',
  'sign-up': '/sign-up',
  forgotten: '/forgotten',
  you: '/you/:part?',
  inbox: '/inbox',
  admin: '/admin/:part?',
  accounts: '/accounts',
  connect: '/accounts/connect',
  history: '/history',
  portfolio: '/portfolio/:id?',
} as const satisfies Record<Exclude<Address['at'], 'nowhere'>, string>;

const isOneOf = (options: object) => (text: string) => Object.hasOwn(options, text);
const fits: Record<string, (text: string, at: string) => boolean> = {
  epic: (text) => /^[\w.-]+$/.test(text),
  id: (text) => /^\w+$/.test(text),
  direction: isOneOf({ buy: 1, sell: 1 }),
  part: (text, at) => isOneOf(at === 'you' ? youParts : adminParts)(text),
};
const patterns = Object.entries(routes).map(([at, route]) => ({ at, ...parse(route) }));

/** What a path means; what none of the routes takes is `nowhere`. */
export function readAddress(path: string): Address {
  for (const { at, keys, pattern } of patterns) {
    const found = pattern.exec(path);
    if (!found) continue;
    const given = keys.map((key, n) => [key, found[n + 1]] as const).filter(([, text]) => text !== undefined);
    if (!given.every(([key, text]) => fits[key]!(text!, at))) continue;
    const { direction, ...rest } = Object.fromEntries(given);
    return { at, ...rest, ...(direction && { direction: direction.toUpperCase() }) } as Address;
  }
  return { at: 'nowhere' };
}

/** The path of an address: `/market/CS.D.EURUSD.CFD.IP`. That of `nowhere` is the first one. */
export function writeAddress(address: Address): string {
  if (address.at === 'nowhere') return routes.floor;
  const side = address.at === 'ticket' ? { direction: address.direction.toLowerCase() } : {};
  return inject<string>(routes[address.at], { ...address, ...side });
}
