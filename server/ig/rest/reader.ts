// Reading from IG: within the allowance, replayed after a renewed session, passing faults tried again. Which endpoints there are is with its callers.
import { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { AllowanceClass } from '../../../shared/allowance.ts';
import type { Allowance, Counted } from './allowance.ts';
import { IgError, toAppError } from './errors.ts';
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
  /** Default: two. */
  retries?: number;
}
export interface Read {
  body: unknown;
  headers: Headers;
  tokens: Tokens;
  /** What was asked, for whoever finds the answer odd: `GET /positions v2`. */
  endpoint: string;
}
export interface Reader {
  /** One read: a 401 is answered by a renewal and a replay, a passing fault by `retries` more attempts. Throws IgError or AppError. */
  get(path: string, version: number, options: ReadOptions): Promise<Read>;
}

export function createReader({ http, session, allowance, clock, logger }: ReaderDeps): Reader {
  return {
    async get(path, version, { by, retries = maxRetries }) {
      let renewals = 0;
      for (let attempt = 0; ;) {
        const { accountId } = await session.current();
        const counted: Counted = { by, counts: by === 'session' ? 'key' : 'reads', accountId };
        await allowance.turn(counted);
        const tokens = await session.current();
        try {
          const answer = await http({
            method: 'GET',
            path,
            version,
            headers: { Authorization: `Bearer ${tokens.accessToken}`, 'IG-ACCOUNT-ID': tokens.accountId },
          });
          return { ...answer, tokens, endpoint: `GET ${path.split('?')[0]} v${version}` };
        } catch (error) {
          if (!(error instanceof IgError)) throw error;
          allowance.refused(counted, error);
          await session.refused(error);
          if (error.isSessionExpired && renewals++ < maxRenewals) {
            await session.renew(tokens.accessToken);
          } else if (error.isPassing && attempt < retries) {
            logger.debug({ reason: error.message }, 'a read failed, trying again');
            await pause(clock, backoffMs(attempt++, retry));
          } else throw error;
        }
      }
    },
  };
}

/** The result, or its IgError as the AppError a caller of ours sees. */
export async function outward<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof IgError ? toAppError(error) : error;
  }
}

export const oddShape = (endpoint: string, cause: unknown) =>
  new AppError('broker.unavailable', {
    cause,
    message: 'The broker answered in a form that is not known here: the server’s log says where it differs.',
    detail: `${endpoint}: ${cause instanceof z.ZodError ? differences(cause) : String(cause)}`,
  });

/** Enough to see what has changed. */
const maxDifferences = 5;
const differences = ({ issues }: z.ZodError) =>
  issues
    .slice(0, maxDifferences)
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ');

/** The body in its known shape. Throws broker.unavailable when it has another, whose detail names the endpoint and the fields. */
export function read<S extends z.ZodType>(
  schema: S,
  { body, endpoint }: Pick<Read, 'body' | 'endpoint'>,
): z.output<S> {
  const parsed = schema.safeParse(body);
  if (!parsed.success) throw oddShape(endpoint, parsed.error);
  return parsed.data;
}
