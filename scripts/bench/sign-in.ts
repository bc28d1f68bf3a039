// What it costs to know a caller again: an access token, a browser's cookie and an API key whose session is remembered, against a bare look-up.
import { createAccessTokens } from '../../server/modules/auth/access-tokens.ts';
import { makeKey } from '../../server/modules/auth/api-key.ts';
import { createApiKeys } from '../../server/modules/auth/api-keys.ts';
import { createAuthenticate, type Credentials } from '../../server/modules/auth/authenticate.ts';
import { hashToken } from '../../server/modules/auth/tokens.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { benchUser } from './people.ts';
import { atMost, isShort, median, none, type BenchOptions, type BenchReport } from './report.ts';

/** Callers that take turns, all within the second for which a session is believed. */
const callers = 1_000;
const checksPerRound = 20_000;
/** Stands still, so that every check is of a session that is remembered. */
const clock = { ...systemClock, monotonicMs: () => 0 };
const ids = createIds(clock);
const never = (): never => {
  throw new Error('invariant: a benchmark opens, ends and stores nothing');
};

/** The product's own parts; the rows that stand behind a session and a key are made up, and asked for once each. */
function createChecks() {
  let looked = 0;
  const user = benchUser();
  const row = {
    ...user,
    passwordHash: '',
    emailVerifiedAt: user.createdAt,
    disabledAt: null,
    deletedAt: null,
  };
  const said = {
    phone: null,
    country: null,
    language: null,
    baseCurrency: null,
    tradingExperience: null,
    riskProfile: null,
  };
  const kept = new Map<string, string>();
  const keys = createApiKeys({
    store: {
      find: async (id: string) => {
        looked++;
        const now = clock.now();
        const key = { id, userId: user.id, keyHash: kept.get(id)!, name: 'bot', scopes: ['market' as const] };
        const rest = { accountIds: null, networks: null, createdAt: now, expiresAt: null, lastUsedAt: now };
        return { key: { ...key, ...rest }, user: { ...row, ...said } };
      },
    } as never, // nothing else of it is asked here
    ids,
    clock,
    logger: silentLogger,
    ends: { announce: never },
    accountsOf: never,
    tellSecurity: never,
    requireFresh: never,
  });
  const accessTokens = createAccessTokens({ secretKeys: ['of a benchmark'], lifetimeMinutes: 60, clock });
  const authenticate = createAuthenticate({
    sessions: {
      find: async () => {
        looked++;
        return { user, disabled: false };
      },
      open: never,
      alive: never,
      end: never,
    },
    keys,
    accessTokens,
    ends: { announce: never, listen: () => () => {}, ready: async () => {}, close: async () => {} },
    clock,
  });
  return {
    authenticate,
    lookups: () => looked,
    bearer: async (n: number): Promise<Credentials> => {
      const { token } = await accessTokens.issue({ userId: user.id, sessionId: hashToken(`session ${n}`) });
      return { bearer: token };
    },
    cookie: async (): Promise<Credentials> => ({ cookie: ids.secret() }),
    key: async (): Promise<Credentials> => {
      const { id, key } = makeKey(ids);
      kept.set(id, hashToken(key));
      return { bearer: key, ip: '192.0.2.1' };
    },
  };
}

export async function signIn({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const count = isShort(seconds) ? checksPerRound / 20 : checksPerRound;
  const checks = createChecks();
  const all = (make: (n: number) => Promise<Credentials>) =>
    Promise.all(Array.from({ length: callers }, (_, n) => make(n)));
  const known = new Map<string, Promise<object>>();
  const ways = [
    { way: 'access token', of: await all(checks.bearer), us: [] as number[] },
    { way: 'cookie', of: await all(checks.cookie), us: [] as number[] },
    { way: 'API key', of: await all(checks.key), us: [] as number[] },
  ];
  const floor: number[] = [];
  let unknown = 0;
  for (let round = 0; round <= rounds; round++) {
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const { of, us } of ways) {
      const began = performance.now();
      for (let n = 0; n < count; n++) if (!(await checks.authenticate(of[n % callers]!)).principal) unknown++;
      const tookUs = ((performance.now() - began) * 1_000) / count;
      const bareBegan = performance.now();
      for (let n = 0; n < count; n++) {
        const { bearer, cookie } = of[n % callers]!;
        const name = bearer ?? cookie!;
        const found = known.get(name);
        if (found) await found;
        else known.set(name, Promise.resolve({}));
      }
      if (round === 0) continue;
      us.push(tookUs);
      floor.push(((performance.now() - bareBegan) * 1_000) / count);
    }
  }
  const bare = median(floor);
  const measured = ways.map(({ way, us }) => ({ way, us: median(us), ratio: median(us) / bare }));
  return {
    name: 'sign-in',
    about: `µs of one check of a caller who is remembered, ${callers} callers in turns, against a bare look-up in a map (${bare.toFixed(2)} µs)`,
    columns: ['by', 'µs', '× look-up'],
    rows: measured.map(({ way, us, ratio }) => [way, us.toFixed(2), ratio.toFixed(1)]),
    targets: [
      ...measured.map(({ way, us }) => atMost(`${way}: µs a check`, us, 20)),
      none(
        'callers who were not known, and look-ups beyond the first of each',
        unknown + checks.lookups() - 3 * callers,
      ),
    ],
    details: { measured, bareUs: bare },
  };
}
