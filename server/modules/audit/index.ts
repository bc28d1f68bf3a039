// The door of the audit module: a row before each mutation acts, closed with its outcome; refusals counted; rows sealed, and removed once they are old. What a mutation is, is decided in trpc/call.
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { ErrorCode } from '../../../shared/errors.ts';
import type { Database } from '../../db/client.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { Metrics } from '../../lib/metrics.ts';
import { networkOf } from '../../lib/network-of.ts';
import type { AuditEnd, AuditWho } from '../../trpc/context.ts';
import { createAuditStore } from './store.ts';

export { createAuditReads } from './read.ts';
export { createAuditRetention } from './retention.ts';
export { createAuditSealing } from './sealing.ts';
export { verifyAudit, type AuditReport, type Expected } from './verify.ts';

export interface AuditEntry {
  /** The procedure, such as `auth.login`. */
  action: string;
  userId: string | null;
  sessionId: string | null;
  requestId: string;
  ip: string | null;
}

/** Refusals kept as rows in a window, in one process; the rest are counted only. */
export const defaultRefusalLimits = { rows: 300, rowsPerNetwork: 30, windowSeconds: 600 };
export type RefusalLimits = typeof defaultRefusalLimits;

/** Refusals that say something about who tried: a password, a token. All others tell of a request that could not be read or came too often. */
const telling = new Set<string>([
  'auth.invalid_credentials',
  'auth.token_invalid',
  'auth.key_invalid',
  'signals.unknown',
] satisfies ErrorCode[]);

export interface AuditModuleDeps {
  database: Database;
  ids: Ids;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  refusals?: RefusalLimits;
}
export type AuditModule = ReturnType<typeof createAuditModule>;

export function createAuditModule({
  database,
  ids,
  clock,
  logger,
  metrics,
  refusals = defaultRefusalLimits,
}: AuditModuleDeps) {
  const store = createAuditStore(database.db);
  const refused = metrics.counter(
    'ftrader_mutations_refused_total',
    'Mutations refused before they could do anything, which leave no audit row beyond a bound',
    ['procedure', 'code'],
  );
  const duration = refusals.windowSeconds;
  const inAll = new RateLimiterMemory({ points: refusals.rows, duration });
  const perNetwork = new RateLimiterMemory({ points: refusals.rowsPerNetwork, duration });
  /** In this order: networks are remembered only while there is room for rows at all. */
  async function hasRoom(network: string): Promise<boolean> {
    const isTaken = async (limiter: RateLimiterMemory, key: string) =>
      limiter.consume(key).then(
        () => true,
        () => false,
      );
    if (!(await isTaken(inAll, 'all'))) return false;
    if (await isTaken(perNetwork, network)) return true;
    await inAll.reward('all'); // one network does not use up the room of the others
    return false;
  }

  return {
    /**
     * Writes the row (`started`) and gives back how to close it with `ok` or an error code. Rejects when the row cannot be
     * written: then the mutation must not run. Closing never rejects: the mutation has happened, and an answer that said
     * otherwise would be repeated; the row stays `started`, as after a crash, and the log says why.
     */
    async begin(entry: AuditEntry): Promise<(outcome: string, end?: AuditEnd) => Promise<void>> {
      const id = ids.next('audit');
      await store.insert({
        id,
        at: clock.now(),
        ...entry,
        subject: null,
        outcome: 'started',
        finishedAt: null,
      });
      return async (outcome, end) => {
        await store
          .close(id, { outcome, finishedAt: clock.now(), ...end })
          .catch((err: unknown) =>
            logger.error(
              { err, auditId: id, action: entry.action, outcome },
              'an audit row could not be closed',
            ),
          );
      };
    },

    /**
     * Counts a mutation that was refused before it could do anything. A wrong password or token is kept as a row as well, as long as
     * there are not too many of its network and in all. Never rejects: the caller is to be told why it was refused.
     */
    async refuse(entry: AuditEntry, outcome: string, who: AuditWho): Promise<void> {
      refused.inc({ procedure: entry.action, code: outcome });
      const { action, requestId, ip } = entry;
      logger.info({ part: 'api', procedure: action, code: outcome, requestId, ip }, 'refused');
      if (!telling.has(outcome) || !(await hasRoom(networkOf(entry.ip ?? '')))) return;
      const now = clock.now();
      const row = {
        id: ids.next('audit'),
        at: now,
        subject: null,
        ...entry,
        ...who,
        outcome,
        finishedAt: now,
      };
      await store
        .insert(row)
        .catch((err: unknown) =>
          logger.error({ err, action: entry.action, outcome }, 'a refusal could not be kept'),
        );
    },
  };
}
