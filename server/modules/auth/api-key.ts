// What an API key looks like and what it lets its bearer do, as plain functions. Finding and making them is in api-keys.ts.
import { timingSafeEqual } from 'node:crypto';
import type { Scope, User } from '../../../shared/auth.ts';
import type { KeyScope } from '../../../shared/api-keys.ts';
import { createNetworks } from '../../lib/addresses.ts';
import { scopesOf } from './domain.ts';
import { hashToken } from './tokens.ts';

/** Nothing else that proves a caller begins so: those who search for leaked keys look for it. */
const opening = 'ft_';
const idPrefix = 'key';
const shape = /^ft_([0-9a-z]{26})_[\w-]{43}$/;

/** Whether `bearer` says of itself that it is a key. */
export const isApiKey = (bearer: string): boolean => bearer.startsWith(opening);
/** Whether what a principal rests on is a key, and not a session. */
export const isKeyId = (id: string): boolean => id.startsWith(`${idPrefix}_`);
/** The id in a key; undefined for what has not the shape of one. */
export function idOfKey(bearer: string): string | undefined {
  const tail = shape.exec(bearer)?.[1];
  return tail === undefined ? undefined : `${idPrefix}_${tail}`;
}
/** A new key: `ft_`, its id, and 256 bits that nobody can guess. */
export function makeKey(ids: { next(prefix: string): string; secret(): string }): {
  id: string;
  key: string;
} {
  const id = ids.next(idPrefix);
  return { id, key: `${opening}${id.slice(idPrefix.length + 1)}_${ids.secret()}` };
}

/** Those of its scopes that its user has by now: who is no administrator any more has no key of one. */
export const keyScopes = (scopes: readonly KeyScope[], user: Pick<User, 'isAdmin'>): ReadonlySet<Scope> => {
  const held = scopesOf(user);
  return new Set<Scope>(scopes.filter((scope) => held.has(scope)));
};

interface Terms {
  keyHash: string;
  networks: readonly string[] | null;
  expiresAt: Date | null;
}
/** Whether a bearer of a key is let in. An address that is not known lies in no network. */
export function createAdmission({ keyHash, networks, expiresAt }: Terms) {
  const wanted = Buffer.from(keyHash, 'hex');
  const allowed = networks && createNetworks(networks);
  return (bearer: string, { ip, now }: { ip: string | undefined; now: Date }): boolean =>
    timingSafeEqual(Buffer.from(hashToken(bearer), 'hex'), wanted) &&
    (expiresAt === null || now < expiresAt) &&
    (allowed === null || (ip !== undefined && allowed.has(ip)));
}
