// Sessions by Lucia: opening, finding, sliding and ending them. The only file that knows Lucia, which is no longer maintained.
import { DrizzlePostgreSQLAdapter } from '@lucia-auth/adapter-drizzle';
import { drizzle } from 'drizzle-orm/node-postgres';
import { Lucia, TimeSpan, type Adapter, type DatabaseSession } from 'lucia';
import { sessions, users } from '../../../drizzle/schema/index.ts';
import type { User } from '../../../shared/auth.ts';
import type { Db, Tx } from '../../db/transaction.ts';
import { systemClock, type Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import { toUser } from '../users/index.ts';
import { keptAgent } from './elsewhere.ts';
import type { AuthStore } from './store.ts';
import { hashToken } from './tokens.ts';

type SessionRow = typeof sessions.$inferSelect;
type UserRow = typeof users.$inferSelect;
declare module 'lucia' {
  interface Register {
    Lucia: ReturnType<typeof createLucia>;
    DatabaseSessionAttributes: Omit<SessionRow, 'id' | 'userId' | 'expiresAt'>;
    DatabaseUserAttributes: Omit<UserRow, 'id'>;
  }
}

export interface Sessions {
  /** Opens a session inside `tx`. `token` is the browser's cookie and is kept nowhere; `id` is its hash. */
  open(
    tx: Tx,
    userId: string,
    caller: { ip: string; userAgent: string | undefined },
  ): Promise<{ id: string; token: string }>;
  /** The user of a live session, else null. Costs a query; past half of its time the session is lengthened. */
  find(id: string): Promise<{ user: User; disabled: boolean } | null>;
  /** Those of `ids` that are live and whose user is not disabled. Three queries at most; past half of its time each is lengthened. */
  alive(ids: readonly string[]): Promise<ReadonlySet<string>>;
  end(id: string): Promise<void>;
}

export interface SessionsDeps {
  db: Db;
  store: Pick<AuthStore, 'listLiveSessions' | 'lengthenSessions' | 'seeSessions'>;
  ids: Ids;
  clock: Clock;
  lifetimeMinutes: number;
  /** Runs after a session was deleted, by `end` or because `find` met it past its time. */
  onEnded: (id: string) => void;
}

/** How exactly it is kept when a session was last used. */
const seenToMs = 60_000;

export function createSessions({ db, store, ids, ...deps }: SessionsDeps): Sessions {
  const lifetimeMs = deps.lifetimeMinutes * 60_000;
  const luciaOn = (place: Db | Tx) => createLucia(new ClockedAdapter(place, deps), deps.lifetimeMinutes);
  const lucia = luciaOn(db);
  return {
    async open(tx, userId, { ip, userAgent }) {
      const token = ids.secret();
      const id = hashToken(token);
      const attributes = {
        createdAt: deps.clock.now(),
        ip,
        userAgent: keptAgent(userAgent),
        lastSeenAt: deps.clock.now(),
        provedAt: deps.clock.now(),
      };
      await luciaOn(tx).createSession(userId, attributes, { sessionId: id });
      return { id, token };
    },
    async find(id) {
      const { session, user } = await lucia.validateSession(id);
      const now = deps.clock.now();
      const seenAt = session?.lastSeenAt?.getTime() ?? -Infinity;
      if (session && Math.abs(now.getTime() - seenAt) > seenToMs)
        await store.seeSessions([id], now, seenToMs);
      return user && { user: toUser(user), disabled: user.disabledAt !== null };
    },
    async alive(asked) {
      const now = deps.clock.now();
      const live = await store.listLiveSessions(asked, now);
      const aged = live.filter(({ expiresAt }) => expiresAt.getTime() - now.getTime() < lifetimeMs / 2);
      if (aged.length > 0)
        await store.lengthenSessions(
          aged.map(({ id }) => id),
          new Date(now.getTime() + lifetimeMs),
        );
      if (live.length > 0)
        await store.seeSessions(
          live.map(({ id }) => id),
          now,
          seenToMs,
        );
      return new Set(live.map(({ id }) => id));
    },
    end: (id) => lucia.invalidateSession(id),
  };
}

const createLucia = (adapter: Adapter, lifetimeMinutes: number) =>
  new Lucia(adapter, {
    sessionExpiresIn: new TimeSpan(lifetimeMinutes, 'm'),
    getSessionAttributes: ({ lastSeenAt }: Pick<SessionRow, 'lastSeenAt'>) => ({ lastSeenAt }),
    getUserAttributes: (row: Omit<UserRow, 'id'>) => row, // `find` lets only toUser's part of it out
  });

/**
 * Lucia reads the system's clock by itself; here `clock` rules. What Lucia stores is always its lifetime from now, so that is
 * taken from `clock`; what it reads is shifted to the system's time, which it compares with.
 */
class ClockedAdapter extends DrizzlePostgreSQLAdapter {
  readonly #deps: Omit<SessionsDeps, 'db' | 'store' | 'ids'>;
  constructor(db: Db | Tx, deps: Omit<SessionsDeps, 'db' | 'store' | 'ids'>) {
    super(drizzle(db.$client), sessions, users);
    this.#deps = deps;
  }
  #expiresAt = () => new Date(this.#deps.clock.now().getTime() + this.#deps.lifetimeMinutes * 60_000);
  override async getSessionAndUser(id: string): ReturnType<Adapter['getSessionAndUser']> {
    const [session, user] = await super.getSessionAndUser(id);
    const aheadMs = this.#deps.clock.now().getTime() - systemClock.now().getTime();
    return [session && { ...session, expiresAt: new Date(session.expiresAt.getTime() - aheadMs) }, user];
  }
  override setSession(session: DatabaseSession): Promise<void> {
    return super.setSession({ ...session, expiresAt: this.#expiresAt() });
  }
  override updateSessionExpiration(id: string): Promise<void> {
    return super.updateSessionExpiration(id, this.#expiresAt());
  }
  override async deleteSession(id: string): Promise<void> {
    await super.deleteSession(id);
    this.#deps.onEnded(id);
  }
}
