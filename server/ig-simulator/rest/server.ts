// IG's REST front: headers, versions, tokens, allowances and error bodies, for whatever endpoints the table holds.
import express, { type NextFunction, type Request, type Response } from 'express';
import type { Ids } from '../../lib/ids.ts';
import type { Logger } from '../../lib/logger.ts';
import type { AllowanceMeter } from '../access/allowances.ts';
import type { Faults } from '../faults/faults.ts';
import { findAccount, type Logins } from '../access/logins.ts';
import type { Sessions } from '../access/sessions.ts';
import type { Timers } from '../timers.ts';
import { IgError, type Answer, type Call, type Caller, type Endpoint } from './endpoint.ts';
import { parseBody } from './json-body.ts';

export interface RestDeps {
  endpoints: readonly Endpoint[];
  logins: Logins;
  sessions: Sessions;
  allowances: AllowanceMeter;
  faults: Faults;
  timers: Timers;
  ids: Ids;
  logger: Logger;
}

const maintenancePage = '<html><body><h1>Service Unavailable</h1></body></html>';
const bodyLimit = '100kb';
/** IG's pages of 2026 print some paths otherwise than its clients call them; both are answered. */
const otherSpellings: Record<string, string> = {
  'working-orders': 'workingorders',
  'client-sentiment': 'clientsentiment',
  'repeat-deal-window': 'repeat-dealing-window',
};
const json = 'application/json; charset=UTF-8';

/** An express router that answers like `/gateway/deal`. */
export function createRest({
  endpoints,
  logins,
  sessions,
  allowances,
  faults,
  timers,
  ids,
  logger,
}: RestDeps): express.Router {
  const table = endpoints
    .map((endpoint) => {
      const names: string[] = [];
      const source = endpoint.path
        .replace(/[.]/g, '\\.')
        .replace(/:(\w+)/g, (_, name: string) => (names.push(name), '([^/]+)'));
      return { endpoint, names, pattern: new RegExp(`^${source}/?$`) };
    })
    .sort((a, b) => a.names.length - b.names.length); // a path that names its segment goes before one that takes any

  /** Throws 404 `invalid.url` for an unknown path, method or version: one answer for all, as IG's for an unknown path. */
  function route(request: Request): { endpoint: Endpoint; params: Record<string, string>; version: number } {
    const stated = request.get('version') ?? '1';
    const version = /^\d$/.test(stated) ? Number(stated) : NaN;
    const path = request.path.replace(/^\/([^/]+)/, (whole, first: string) =>
      Object.hasOwn(otherSpellings, first) ? `/${otherSpellings[first]}` : whole,
    );
    const override = request.method === 'POST' ? request.get('_method')?.toUpperCase() : undefined;
    for (const { endpoint, names, pattern } of table) {
      if (endpoint.method !== (override ?? request.method) || !endpoint.versions.includes(version)) continue;
      const match = pattern.exec(path);
      if (!match) continue;
      try {
        return {
          endpoint,
          version,
          params: Object.fromEntries(names.map((name, i) => [name, decodeURIComponent(match[i + 1]!)])),
        };
      } catch {
        break; // a stray % in the path
      }
    }
    throw new IgError(404, 'invalid.url');
  }

  function authorise(request: Request, apiKey: string): Caller {
    const bearer = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1];
    if (bearer !== undefined) {
      const oauth = sessions.findOauth(bearer);
      if (!oauth) throw new IgError(401, 'error.security.oauth-token-invalid');
      const accountId = request.get('ig-account-id') || oauth.login.preferredId;
      if (!findAccount(oauth.login, accountId))
        throw new IgError(401, 'error.security.account-access-denied');
      if (oauth.login.apiKey !== apiKey) throw new IgError(403, 'unauthorised.clientId.api-key.mismatch');
      return { login: oauth.login, accountId, oauth };
    }
    const [cst, xst] = [request.get('cst'), request.get('x-security-token')];
    if (!cst) throw new IgError(401, 'error.security.client-token-missing');
    if (!xst) throw new IgError(401, 'error.security.account-token-missing');
    const tokens = sessions.find(cst, xst);
    if (typeof tokens === 'string') throw new IgError(401, `error.security.${tokens}`);
    if (tokens.login.apiKey !== apiKey) throw new IgError(403, 'unauthorised.clientId.api-key.mismatch');
    return { login: tokens.login, accountId: tokens.accountId, tokens };
  }

  /** Carries the request out, unless a fault comes in between. Undefined: the caller gets no answer. */
  async function carryOut(
    endpoint: Endpoint,
    call: Call,
    response: Response,
    accountId: string | undefined,
  ): Promise<Answer | undefined> {
    const kind =
      endpoint.deals ?? ({ A: 'login', N: 'read', H: 'read', T: undefined } as const)[endpoint.kind];
    const fault = kind && faults.onRequest({ kind, accountId });
    if (!fault) return endpoint.handle(call);
    const { when, reply, ms, code } = fault;
    const perform = async () => endpoint.handle(call);
    const refused = (err: unknown) =>
      void (err instanceof IgError || logger.error({ err }, 'simulator endpoint failed under a fault'));
    if (reply === 'late')
      return perform().finally(() => new Promise<void>((resolve) => timers.after(ms, resolve)));
    const given = when === 'after' ? await perform().catch(refused) : undefined;
    if (when === 'later') {
      const start = () => timers.after(ms, () => void perform().catch(refused));
      if (response.closed || response.socket?.destroyed) start();
      else response.once('close', start);
    }
    if (reply === 'reset') response.socket?.resetAndDestroy();
    if (reply === 'torn') return { body: given?.body ?? { dealReference: null }, torn: true };
    if (typeof reply === 'string') return undefined;
    const { status, html } = reply;
    return {
      status,
      ...(code !== undefined && { body: { errorCode: code } }),
      ...(html && { html: maintenancePage }),
    };
  }

  async function answer(request: Request, response: Response): Promise<Answer | undefined> {
    if (faults.holds('maintenance')) return { status: 503, html: maintenancePage };
    const { endpoint, params, version } = route(request);
    const apiKey = request.get('x-ig-api-key');
    if (!apiKey) throw new IgError(400, 'error.security.api-key-missing');
    const key = logins.findKey(apiKey);
    if (key?.status !== 'ENABLED')
      throw new IgError(403, `error.security.api-key-${key?.status.toLowerCase() ?? 'invalid'}`);
    const caller = endpoint.access === 'session' ? authorise(request, apiKey) : undefined;
    const refused = allowances.count(endpoint.kind, apiKey, caller?.accountId);
    if (refused) throw new IgError(403, refused);
    const start = request.originalUrl.indexOf('?');
    const call: Call = {
      version,
      params,
      apiKey,
      query: new URLSearchParams(start < 0 ? '' : request.originalUrl.slice(start)),
      origin: `http://${request.get('host') ?? `${request.socket.localAddress}:${request.socket.localPort}`}`,
      body: (name = 'request') => parseBody(request.method === 'DELETE' ? undefined : request.body, name), // IG's gateway drops the body of a real DELETE
      caller() {
        if (!caller) throw new Error(`${endpoint.path} is open and has no caller`);
        return caller;
      },
    };
    return carryOut(endpoint, call, response, caller?.accountId);
  }

  const router = express.Router();
  router.use((_request, response, next) => {
    response.set('X-REQUEST-ID', ids.next('req')).set('Date', faults.clock.now().toUTCString());
    next();
  });
  router.use(express.text({ type: () => true, limit: bodyLimit }));
  router.use(async (request, response) => {
    const given = await answer(request, response);
    if (!given) return;
    const { status = 200, headers = {}, body, html, file, torn } = given;
    response.status(status).set(headers);
    if (html !== undefined) response.set('Content-Type', 'text/html; charset=UTF-8').send(html);
    else if (file) response.set('Content-Type', file.type).send(file.bytes);
    else if (body === undefined) response.end();
    else {
      const bytes = Buffer.from(JSON.stringify(body));
      response.set('Content-Type', json).send(torn ? bytes.subarray(0, bytes.length / 2) : bytes);
    }
  });
  router.use((err: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(err);
    const unreadable = (err as { status?: number }).status !== undefined; // the body parser: too large, bad encoding, aborted
    if (!(err instanceof IgError) && !unreadable) logger.error({ err }, 'simulator endpoint failed');
    const { status, message } =
      err instanceof IgError
        ? err
        : unreadable
          ? { status: 400, message: 'invalid request' }
          : { status: 500, message: 'system.error' };
    response
      .status(status)
      .set('Content-Type', json)
      .send(Buffer.from(JSON.stringify({ errorCode: message })));
  });
  return router;
}
