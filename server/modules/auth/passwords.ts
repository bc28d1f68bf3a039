// Argon2id over passwords: making, checking and outdating hashes. Where they are kept is in store.ts.
import { argon2, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { AppError } from '../../lib/app-error.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Metrics } from '../../lib/metrics.ts';

export interface HashCost {
  memoryKiB: number;
  passes: number;
  lanes: number;
}
/** OWASP's choice for argon2id; one hash takes 26 ms and 19 MiB here (2 cores, 2026-11). */
const currentCost: HashCost = { memoryKiB: 19_456, passes: 2, lanes: 1 };
const saltBytes = 16;
const hashBytes = 32;
/** At most 38 MiB at once, and two of libuv's four threads stay free for files and DNS. */
const maxConcurrentHashes = 2;
/** Some 0.8 s of work; beyond, callers are told to come back. */
const maxWaitingHashes = 64;

export interface Passwords {
  /** A PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`. Throws request.limited when too many are waiting. */
  hash(password: string): Promise<string>;
  /**
   * Compares in constant time. Without a `stored` hash it does the same work and says no, so that the time of an answer does not
   * tell which addresses have accounts. `outdated`: made at another cost; hash again while the password is at hand.
   */
  verify(password: string, stored: string | undefined): Promise<{ ok: boolean; outdated: boolean }>;
}

const derive = promisify(argon2);
const encode = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64').replaceAll('=', '');
const format = ({ memoryKiB, passes, lanes }: HashCost, salt: Uint8Array, hash: Uint8Array) =>
  `$argon2id$v=19$m=${memoryKiB},t=${passes},p=${lanes}$${encode(salt)}$${encode(hash)}`;

function parse(stored: string) {
  const match = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/.exec(
    stored,
  );
  if (!match)
    throw new AppError('server.bug', { detail: 'a stored password hash is not an argon2id PHC string' });
  const [memoryKiB, passes, lanes] = match.slice(1, 4).map(Number) as [number, number, number];
  return {
    cost: { memoryKiB, passes, lanes },
    salt: Buffer.from(match[4]!, 'base64'),
    hash: Buffer.from(match[5]!, 'base64'),
  };
}

export function createPasswords({
  ids,
  metrics,
  cost = currentCost,
}: {
  ids: Ids;
  metrics?: Metrics | undefined;
  cost?: HashCost;
}): Passwords {
  const computed = metrics?.counter('ftrader_password_hashes_total', 'Password hashes computed', []);
  const limited = createGate();
  const random = (bytes: number) => Buffer.from(ids.secret(), 'base64url').subarray(0, bytes);
  // NFKC: the same password typed on another keyboard or system may arrive as other code points.
  const compute = (
    password: string,
    salt: Uint8Array,
    { memoryKiB, passes, lanes }: HashCost,
    tagLength: number,
  ) =>
    limited(() => {
      computed?.inc({});
      return derive('argon2id', {
        message: password.normalize('NFKC'),
        nonce: salt,
        memory: memoryKiB,
        passes,
        parallelism: lanes,
        tagLength,
      });
    });
  const nobody = format(cost, random(saltBytes), random(hashBytes)); // the hash of no password anyone knows
  return {
    async hash(password) {
      const salt = random(saltBytes);
      return format(cost, salt, await compute(password, salt, cost, hashBytes));
    },
    async verify(password, stored) {
      const expected = parse(stored ?? nobody);
      const actual = await compute(password, expected.salt, expected.cost, expected.hash.length);
      const ok = timingSafeEqual(actual, expected.hash) && stored !== undefined;
      return {
        ok,
        outdated:
          format(expected.cost, expected.salt, expected.hash) !== format(cost, expected.salt, expected.hash),
      };
    },
  };
}

/** Runs at most `maxConcurrentHashes` at a time, in order of arrival. */
function createGate() {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(work: () => Promise<T>): Promise<T> => {
    if (running >= maxConcurrentHashes) {
      if (waiting.length >= maxWaitingHashes) throw new AppError('request.limited', { retryAfterMs: 1_000 });
      await new Promise<void>((resolve) => waiting.push(resolve)); // woken with the place of the one that ended
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else running--;
    }
  };
}
