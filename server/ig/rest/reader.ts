// Reading from IG: within the allowance, replayed after a renewed session, passing faults tried again. Which endpoints there are is with its callers.
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { backoffMs } from '../../lib/retry.ts';
import { createSharedWork } from '../../lib/shared-work.ts';
import { allowanceClasses, type AllowanceClass } from '../../../shared/allowance.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Allowance, Counted } from './allowance.ts';
import type { Answered } from './door.ts';
import { IgError } from './errors.ts';
import type { IgHttp } from './http.ts';
import type { IgSession } from './session.ts';
import type { Tokens } from './session-store.ts';

/** Renewals for one read: tokens may be revoked again before it is replayed. */
const maxRenewals = 3;
/** Further attempts of a read after a passing fault, 250 ms and 500 ms later. */
const maxRetries = 2;
const retry = { firstMs: 250, maxMs: 2_000 };

export interface ReaderDeps {
  http: IgHttp;
  session: IgSession;
  allowance: Allowance;
  clock: Clock;
  logger: Logger;
}
export interface ReadOptions {
  /** What it is for: by this it gets its part of the allowance. */
  by: AllowanceClass;
  /** Whether an answer will do that was on its way before this was asked for. Default: not for a confirm or a reconciliation, which prove something of a deal. */
  mayBeOlder?: boolean;
  /** Default: two. */
  retries?: number;
  /** Aborts when the caller has left: it gets its reason, and a read that nobody else waits for ends. */
  signal?: AbortSignal | undefined;
}
interface Read extends Answered {
  headers: Headers;
  tokens: Tokens;
}
/** The turn was further away than `by` waits. */
interface OutOfPatience {
  limited: AppError;
  by: AllowanceClass;
}
type SharedRead = Parameters<Parameters<ReturnType<typeof createSharedWork<unknown>>>[1]>[0];
export interface Reader {
  /** One read: a 401 is answered by a renewal and a replay, a passing fault by `retries` more attempts. Equal reads are one, and wait as the most important of them. Throws IgError or AppError. */
  get(path: string, version: number, options: ReadOptions): Promise<Read>;
}

export function createReader({ http, session, allowance, clock, logger }: ReaderDeps): Reader {
  const share = createSharedWork<Read | OutOfPatience>();
  /** Waits for a turn as the most important who wants it, also when that one comes later. */
  async function turnOf(accountId: string, { wanted, urgency, onRaised }: SharedRead) {
    for (;;) {
      const by = allowanceClasses[urgency()]!;
      const counted: Counted = { by, counts: by === 'session' ? 'key' : 'reads', accountId };
      const sooner = new AbortController();
      onRaised(() => sooner.abort());
      try {
        await allowance.turn(counted, AbortSignal.any([wanted, sooner.signal]));
        return counted;
      } catch (error) {
        if (wanted.aborted) throw error;
        if (allowanceClasses[urgency()] !== by) continue;
        if (!(error instanceof AppError)) throw error;
        return { limited: error, by };
      }
    }
  }
  async function ask(
    { path, version }: { path: string; version: number },
    { retries = maxRetries }: ReadOptions,
    work: SharedRead,
  ): Promise<Read | OutOfPatience> {
    const { wanted, begun } = work;
    let renewals = 0;
    for (let attempt = 0; ;) {
      const { accountId } = await session.current();
      const counted = await turnOf(accountId, work);
      if ('limited' in counted) return counted;
      const tokens = await session.current();
      try {
        begun();
        const answer = await http({
          method: 'GET',
          path,
          version,
          headers: { Authorization: `Bearer ${tokens.accessToken}`, 'IG-ACCOUNT-ID': tokens.accountId },
          signal: wanted,
        });
        return { ...answer, tokens, endpoint: `GET ${path.split('?')[0]} v${version}` };
      } catch (error) {
        if (!(error instanceof IgError) || wanted.aborted) throw error;
        allowance.refused(counted, error);
        await session.refused(error);
        if (error.isSessionExpired && renewals++ < maxRenewals) {
          await session.renew(tokens.accessToken);
        } else if (error.isPassing && attempt < retries) {
          logger.debug({ reason: error.message }, 'a read failed, trying again');
          await pause(clock, backoffMs(attempt++, retry), wanted);
        } else throw error;
      }
    }
  }
  return {
    async get(path, version, options) {
      const { by, signal, mayBeOlder = by !== 'confirm' && by !== 'reconcile' } = options;
      for (;;) {
        const answer = await share(`${version} ${path}`, (work) => ask({ path, version }, options, work), {
          signal,
          mayBeOlder,
          urgency: allowanceClasses.indexOf(by),
        });
        if (!('limited' in answer)) return answer;
        // It was joined in the moment in which one who waits less long gave up.
        if (allowanceClasses.indexOf(by) >= allowanceClasses.indexOf(answer.by)) throw answer.limited;
      }
    },
  };
}
