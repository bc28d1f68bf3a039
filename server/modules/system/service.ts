// What anyone may know about this process: is it ready, which feeds it has, what time it is.
import { isLoginFeed } from '../../../shared/feeds.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Context } from '../../trpc/context.ts';
import { once } from '../../lib/once.ts';
import { TooLate, within } from '../../lib/within.ts';
import type { AccountState } from '../../../shared/accounts.ts';
import type { FeedHealth, SystemStatus } from '../../../shared/system.ts';

/** Longest wait for one part's answer before it counts as not ready. */
export const readinessTimeoutMs = 2_000;

export interface SystemDeps {
  version: string;
  clock: Clock;
  /** A text says what keeps the database from working as it should; nothing does otherwise. Rejects when it does not answer. */
  database: () => Promise<unknown>;
  /** Whether the bus is connected. */
  bus: () => boolean;
  /** The feed used when none is named; null when no broker login is configured. */
  defaultFeed: () => string | null;
  /** Every feed that this process has heard of, those of accounts' own logins too. */
  feeds: () => FeedHealth[];
  /** How many connected accounts the broker treats in which way. */
  accounts: () => Promise<AccountCounts>;
  /** Those that a user may see. */
  feedsOf: (userId: string) => Promise<readonly string[]>;
  /** The demo login while it exists with its default password, else null. */
  demoLogin: () => Promise<SystemStatus['demoLogin']>;
  signUp: SystemStatus['signUp'];
}

export type AccountCounts = Record<AccountState, number>;
export type FeedCounts = Record<FeedHealth['state'], number>;
export interface Part {
  ok: boolean;
  detail: string;
}
export interface Readiness {
  /** Whether requests are to be sent here. A feed that is down is so elsewhere too, and told to every reader: it alone takes no process out. */
  ready: boolean;
  parts: { database: Part; bus: Part; feed: Part };
}

/** The parts that every role stands on, looked at one question at a time, whoever asks: probes must not pile up on a database that is slow already. */
export function createGroundParts({ clock, database, bus }: Pick<SystemDeps, 'clock' | 'database' | 'bus'>) {
  const askDatabase = once(() => answersInTime(clock, database));
  return async (): Promise<{ database: Part; bus: Part }> => ({
    database: await askDatabase(),
    bus: bus() ? { ok: true, detail: 'connected' } : { ok: false, detail: 'not connected' },
  });
}

export type SystemService = ReturnType<typeof createSystemService>;
export function createSystemService({
  version,
  clock,
  database,
  bus,
  defaultFeed,
  feeds: allFeeds,
  accounts,
  feedsOf,
  demoLogin,
  signUp,
}: SystemDeps) {
  /** Those of everybody: whose login another one is, is nobody's business. */
  const feeds = () => allFeeds().filter(({ feed }) => !isLoginFeed(feed));

  const startedAt = clock.now();
  const groundParts = createGroundParts({ clock, database, bus });

  async function readiness(): Promise<Readiness> {
    const parts = { ...(await groundParts()), feed: feedPart(defaultFeed(), feeds()) };
    const isKnown = stateOf(defaultFeed(), feeds()) !== 'unknown';
    return { ready: parts.database.ok && parts.bus.ok && isKnown, parts };
  }

  /** What an operator should know at a start: parts that are not ready, and a default feed that is not up. Empty when all is well. */
  async function problems(): Promise<string[]> {
    const { parts } = await readiness();
    const feed = feeds().find((entry) => entry.feed === defaultFeed());
    return [
      ...Object.entries(parts)
        .filter(([name, part]) => !part.ok && !(name === 'feed' && feed?.state === 'down'))
        .map(([name, part]) => `${name}: ${part.detail}`),
      ...(feed?.state === 'down'
        ? [`feed: ${feed.feed} is down${feed.reason ? `, ${feed.reason}` : ''}`]
        : []),
      ...(defaultFeed() === null
        ? ['feed: no broker login is configured, so only the logins that users connect bring prices']
        : []),
    ];
  }

  /** Those of the logins of a user's accounts, also where this process has heard nothing of one. */
  async function ownFeeds(principal: Context['principal']): Promise<FeedHealth[]> {
    const names = principal
      ? await within(clock, readinessTimeoutMs, () => feedsOf(principal.user.id)).catch(() => [])
      : [];
    const heard = new Map(allFeeds().map((each) => [each.feed, each]));
    return names.filter(isLoginFeed).map((feed) => heard.get(feed) ?? unheard(feed));
  }
  /** How many of the feeds of accounts' logins are in which state; which ones they are, their owners alone learn. */
  function loginFeeds(): FeedCounts {
    const counts = { up: 0, down: 0, unknown: 0 };
    for (const { feed, state } of allFeeds()) if (isLoginFeed(feed)) counts[state]++;
    return counts;
  }

  return {
    version,
    startedAt,
    groundParts,
    readiness,
    problems,
    feeds,
    ownFeeds,
    loginFeeds,
    /** Null where the database does not say in time. */
    accounts: (): Promise<AccountCounts | null> =>
      within(clock, readinessTimeoutMs, () => accounts()).catch(() => null),
    now: () => clock.now(),
    /** Strangers learn the state of the feeds and its age; why, and how many markets, those who are signed in; since when it runs, operators. */
    async status({
      principal,
      isOperator,
    }: Pick<Context, 'principal' | 'isOperator'>): Promise<SystemStatus> {
      const isKnown = isOperator || principal !== null;
      const [{ ready }, login, own] = await Promise.all([
        readiness(),
        demoLogin().catch(() => null),
        ownFeeds(principal),
      ]);
      return {
        name: 'FTrader',
        version,
        startedAt: isOperator ? startedAt : null,
        ready,
        defaultFeed: defaultFeed(),
        feeds: [...feeds(), ...own].map((feed) => (isKnown ? feed : { ...feed, reason: null, items: null })),
        demoLogin: login,
        signUp,
      };
    },
  };
}

const answersInTime = (clock: Clock, ask: SystemDeps['database']): Promise<Part> =>
  within(clock, readinessTimeoutMs, () => ask()).then(
    (trouble) =>
      typeof trouble === 'string' ? { ok: false, detail: trouble } : { ok: true, detail: 'answers' },
    (err: unknown) => ({ ok: false, detail: err instanceof TooLate ? err.message : 'does not answer' }),
  );

/** Nobody here watches a market of it, and no gateway tells of it. */
const unheard = (feed: string): FeedHealth => ({
  feed,
  state: 'unknown',
  since: null,
  tickAgeMs: null,
  reason: 'nobody watches a market of it: it is opened as soon as somebody does',
  items: 0,
});
const stateOf = (feed: string | null, all: FeedHealth[]): FeedHealth['state'] | null =>
  feed === null ? null : (all.find((entry) => entry.feed === feed)?.state ?? 'unknown');
function feedPart(feed: string | null, all: FeedHealth[]): Part {
  const state = stateOf(feed, all);
  if (state === null) return { ok: true, detail: 'no broker login for everybody is configured' };
  return { ok: state === 'up', detail: `${feed} is ${state}` };
}
