// IG's endpoints as far as they are used, under IG's own names: reads only, paced, replayed once after a renewed session.
import type { z } from 'zod';
import { AppError } from '../../lib/app-error.ts';
import { pause, type Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { backoffMs } from '../../lib/retry.ts';
import type { BrokerLogin } from '../login.ts';
import { IgError, toAppError } from './errors.ts';
import type { IgHttp } from './http.ts';
import type { Pacer } from './limiter.ts';
import { MarketDetails, MarketsAnswer, MarketSnapshot, SearchAnswer, SessionV1, type SearchRow } from './schemas.ts';
import type { IgSession } from './session.ts';

/** Further attempts of a read after a passing fault, 250 ms and 500 ms later. */
const maxRetries = 2;
const retry = { firstMs: 250, maxMs: 2_000 };
/** IG: 400 error.public-api.too-many-epics above. */
const maxEpicsPerCall = 50;

/** What opens the stream: CST and X-SECURITY-TOKEN live for hours, OAuth tokens are not accepted there. */
export interface StreamTokens { endpoint: string; accountId: string; cst: string; securityToken: string }

export interface IgClient {
  readonly login: BrokerLogin;
  /** GET /markets?searchTerm= v1: some 50 rows at most, IG's order. */
  search(searchTerm: string): Promise<SearchRow[]>;
  /** GET /markets?epics= v2, ALL. Any number of epics, 50 a call; answered in no order, unknown ones left out. */
  marketsByEpics(epics: readonly string[]): Promise<MarketDetails[]>;
  /** The same with SNAPSHOT_ONLY. */
  snapshotsByEpics(epics: readonly string[]): Promise<MarketSnapshot[]>;
  /** GET /session?fetchSessionTokens=true v1. */
  fetchSessionTokens(): Promise<StreamTokens>;
  /** Minutes that IG's local times of day are ahead of UTC. */
  timezoneOffsetMinutes(): Promise<number>;
}

/** All methods throw broker.* AppErrors. */
export function createIgClient({ login, http, session, pacer, clock, logger }: { login: BrokerLogin; http: IgHttp; session: IgSession; pacer: Pacer; clock: Clock; logger: Logger }): IgClient {
  /** One read: a 401 is answered by one renewal and one replay, a passing fault by `maxRetries` more attempts. Throws IgError or AppError. */
  async function get(path: string, version: number) {
    let renewed = false;
    for (let attempt = 0; ; ) {
      await pacer.turn();
      const tokens = await session.current();
      try {
        const answer = await http({ method: 'GET', path, version, headers: { Authorization: `Bearer ${tokens.accessToken}`, 'IG-ACCOUNT-ID': tokens.accountId } });
        return { ...answer, tokens };
      } catch (error) {
        if (!(error instanceof IgError)) throw error;
        if (error.isRateLimited) pacer.refused();
        if (error.isSessionExpired && !renewed) {
          renewed = true;
          await session.renew(tokens.accessToken);
        } else if (error.isPassing && attempt < maxRetries) {
          logger.debug({ reason: error.message }, 'a read failed, trying again');
          await pause(clock, backoffMs(attempt++, retry));
        } else throw error;
      }
    }
  }
  const outward = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw error instanceof IgError ? toAppError(error) : error;
    }
  };
  function read<T>(schema: z.ZodType<T>, body: unknown): T {
    const parsed = schema.safeParse(body);
    if (!parsed.success) throw new AppError('broker.unavailable', { cause: parsed.error, detail: 'IG answered in another shape than known' });
    return parsed.data;
  }

  /** One unknown epic fails the whole call with 404: the set is halved until the unknown ones stand alone. */
  async function byEpics<T>(entry: z.ZodType<T>, epics: readonly string[], filter: 'ALL' | 'SNAPSHOT_ONLY'): Promise<T[]> {
    if (epics.length === 0) return [];
    if (epics.length > maxEpicsPerCall) return [...(await byEpics(entry, epics.slice(0, maxEpicsPerCall), filter)), ...(await byEpics(entry, epics.slice(maxEpicsPerCall), filter))];
    try {
      const { body } = await get(`/markets?filter=${filter}&epics=${epics.map(encodeURIComponent).join(',')}`, 2);
      return read(MarketsAnswer, body).marketDetails.flatMap((raw) => {
        const parsed = entry.safeParse(raw);
        if (!parsed.success) logger.warn({ err: parsed.error }, 'a market in a shape not known was left out');
        return parsed.success ? [parsed.data] : [];
      });
    } catch (error) {
      if (!(error instanceof IgError && error.isUnknownEpic)) throw error;
      if (epics.length === 1) return [];
      const half = Math.ceil(epics.length / 2);
      return [...(await byEpics(entry, epics.slice(0, half), filter)), ...(await byEpics(entry, epics.slice(half), filter))];
    }
  }
  return {
    login,
    search: (searchTerm) => outward(get(`/markets?searchTerm=${encodeURIComponent(searchTerm)}`, 1).then(({ body }) => read(SearchAnswer, body).markets ?? [])),
    marketsByEpics: (epics) => outward(byEpics(MarketDetails, epics, 'ALL')),
    snapshotsByEpics: (epics) => outward(byEpics(MarketSnapshot, epics, 'SNAPSHOT_ONLY')),
    fetchSessionTokens: () =>
      outward(get('/session?fetchSessionTokens=true', 1).then(({ body, headers, tokens }) => {
        const [cst, securityToken] = [headers.get('CST'), headers.get('X-SECURITY-TOKEN')];
        if (!cst || !securityToken) throw new AppError('broker.unavailable', { detail: 'IG gave no stream tokens' });
        return { endpoint: read(SessionV1, body).lightstreamerEndpoint, accountId: tokens.accountId, cst, securityToken };
      })),
    timezoneOffsetMinutes: async () => (await session.current()).timezoneOffsetMinutes,
  };
}
