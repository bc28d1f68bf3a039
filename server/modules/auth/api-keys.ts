// API keys: making, listing and revoking them, and finding whose one is. What a key looks like and admits is in api-key.ts.
import type { ApiKey, CreateApiKey, CreatedApiKey } from '../../../shared/api-keys.ts';
import { AppError } from '../../lib/app-error.ts';
import { isNetwork } from '../../lib/addresses.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { ageMs } from '../../lib/instants.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Principal } from '../../trpc/context.ts';
import { toUser } from '../users/index.ts';
import type { ApiKeyRow, ApiKeysStore } from './api-keys-store.ts';
import { createAdmission, keyScopes, makeKey } from './api-key.ts';
import type { SessionEnds } from './session-ends.ts';
import { scopesOf } from './domain.ts';
import { hashToken } from './tokens.ts';
import type { TellSecurity } from './ports.ts';

/** Keys that a user has at most. */
export const maxApiKeys = 50;
/** The last use is written this often at most. */
const usedEveryMs = 60_000;

export interface ApiKeysDeps {
  store: ApiKeysStore;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  ends: Pick<SessionEnds, 'announce'>;
  /** The ids of the accounts of a user. */
  accountsOf: (userId: string) => Promise<readonly string[]>;
  /** Whether who makes a key has just proved again who they are. Throws where they have not. */
  tellSecurity: TellSecurity;
  requireFresh: (principal: Principal) => Promise<void>;
}
/** Somebody found by the id in a key; whoever bears it has yet to be admitted. */
export interface KnownKey {
  principal: Principal;
  /** Whether it is this key, in its time and from its networks; then its use is noted. Never rejects. */
  admits(bearer: string, ip: string | undefined): boolean | Promise<boolean>;
}
export type ApiKeys = ReturnType<typeof createApiKeys>;
export type ApiKeyCalls = Pick<ApiKeys, 'createApiKey' | 'listApiKeys' | 'revokeApiKey'>;

export function createApiKeys({
  store,
  ids,
  clock,
  logger,
  ends,
  accountsOf,
  tellSecurity,
  requireFresh,
}: ApiKeysDeps) {
  /** Throws request.invalid that names every field which cannot be had. */
  async function requireUsable({ user }: Principal, wanted: CreateApiKey): Promise<void> {
    const held = scopesOf(user);
    const own = new Set(wanted.accountIds && (await accountsOf(user.id)));
    const beyond = wanted.scopes.filter((scope) => !held.has(scope));
    const strange = wanted.accountIds?.filter((id) => !own.has(id)) ?? [];
    const unread = wanted.networks?.filter((network) => network === 'loopback' || !isNetwork(network)) ?? [];
    const fields = {
      ...(beyond.length > 0 && {
        scopes: `has ${beyond.join(', ')}, which you have not yourself: leave it out`,
      }),
      ...(strange.length > 0 && {
        accountIds: `has ${strange.join(', ')}, which is no account of yours: GET /api/accounts lists them`,
      }),
      ...(unread.length > 0 && {
        networks: `has ${unread.join(', ')}, which is no address and no network such as 192.0.2.0/24 or 2001:db8::/32`,
      }),
      ...(wanted.expiresAt && wanted.expiresAt <= clock.now() && { expiresAt: 'must be in the future' }),
    };
    if (Object.keys(fields).length > 0) throw new AppError('request.invalid', { fields });
  }

  return {
    /** Throws auth.step_up_required, request.invalid, auth.too_many_keys. */
    async createApiKey(principal: Principal, wanted: CreateApiKey): Promise<CreatedApiKey> {
      await requireFresh(principal);
      await requireUsable(principal, wanted);
      const { id, key } = makeKey(ids);
      const { name, scopes, accountIds = null, networks = null, expiresAt = null } = wanted;
      const row: ApiKeyRow = {
        id,
        userId: principal.user.id,
        keyHash: hashToken(key),
        name,
        scopes,
        accountIds,
        networks,
        createdAt: clock.now(),
        expiresAt,
        lastUsedAt: null,
      };
      await store.transaction(async (tx) => {
        const mayStill =
          (await store.lockUser(tx, row.userId)) && (await store.hasSession(tx, principal.sessionId));
        if (!mayStill) throw new AppError('auth.token_invalid'); // ended meanwhile: a key would outlive that
        if ((await store.count(tx, row.userId)) >= maxApiKeys) throw new AppError('auth.too_many_keys');
        await store.insert(tx, row);
        await tellSecurity(tx, row.userId, 'api_key_created');
      });
      return { ...shown(row), key };
    },
    listApiKeys: async (userId: string): Promise<ApiKey[]> => (await store.list(userId)).map(shown),
    /** Throws auth.key_not_found, also for somebody else's. */
    async revokeApiKey(userId: string, id: string): Promise<void> {
      await store.transaction(async (tx) => {
        if (!(await store.delete(tx, userId, id))) throw new AppError('auth.key_not_found');
        await tellSecurity(tx, userId, 'api_key_revoked');
      });
      ends.announce(id); // after the commit: nobody can find it again
    },

    /** The user of a key, unless it was revoked or its user is disabled. Costs a query. */
    async find(id: string): Promise<KnownKey | null> {
      const found = await store.find(id);
      if (!found) return null;
      const { key } = found;
      const user = toUser(found.user);
      const isAdmitted = createAdmission(key);
      let usedAt = key.lastUsedAt;
      async function noteUse(at: Date): Promise<true> {
        usedAt = at;
        const unless = new Date(at.getTime() - usedEveryMs);
        await store
          .setUsed(id, { at, unless })
          .catch((err: unknown) => logger.warn({ err, keyId: id }, 'the use of a key could not be noted'));
        return true;
      }
      return {
        principal: {
          user,
          sessionId: id,
          scopes: keyScopes(key.scopes, user),
          ...(key.accountIds && { accountIds: new Set(key.accountIds) }),
        },
        admits(bearer, ip) {
          const now = clock.now();
          if (!isAdmitted(bearer, { ip, now })) return false;
          return usedAt && ageMs(usedAt, now) < usedEveryMs ? true : noteUse(now);
        },
      };
    },
    /** Those of `ids` that work now. */
    async alive(asked: readonly string[]): Promise<string[]> {
      if (asked.length === 0) return [];
      return (await store.listLive(asked, clock.now())).map(({ id }) => id);
    },
  };
}

const shown = ({ keyHash: _hash, userId: _user, ...row }: ApiKeyRow): ApiKey => row;
