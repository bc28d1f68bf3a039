// What every request passes before any face: its id, its duration, the headers that are the same on all answers, and refusals that need neither body nor caller.
import type { IncomingMessage, ServerResponse } from 'node:http';
import cors from 'cors';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { Ids } from '../lib/ids.ts';
import type { Metrics } from '../lib/metrics.ts';
import { promiseHeaders, type Headers } from './head.ts';
import type { CallerOf } from './caller.ts';
import type { AllowedOrigins } from './origins.ts';
import {
  ambiguityOf,
  credentialInUrl,
  faceOf,
  isAllowedHost,
  isHostlessProbe,
  isKnownOrigin,
  wrongHost,
  type HostSettings,
} from './request-rules.ts';

export interface GateDeps {
  ids: Ids;
  clock: Clock;
  metrics: Metrics;
  hosts: HostSettings;
  corsOrigins: AllowedOrigins;
  /** Told of each origin that is neither allowed nor this server's own. */
  onForeignOrigin?: (origin: string) => void;
  /** In production browsers are told to come back over TLS only. */
  production: boolean;
}

const exposedHeaders = [
  'X-Request-Id',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'Location',
  'ETag',
  'Next-Cursor',
  'Next-After',
  'Gaps',
];

/** Refuses with request.malformed, request.unknown_host and request.credentials_in_url, and answers the preflight of a browser. */
export function createGate({
  ids,
  clock,
  metrics,
  hosts,
  corsOrigins,
  callerOf,
  onForeignOrigin,
  production,
}: GateDeps & { callerOf: CallerOf }): RequestHandler {
  const measure = createMeasure(metrics, clock);
  const share = cors({ origin: [...corsOrigins], credentials: true, exposedHeaders, maxAge: 600 });
  const sealing = headersOf(
    helmet({
      contentSecurityPolicy: { useDefaults: false, directives: pageRules },
      referrerPolicy: { policy: 'same-origin' },
      strictTransportSecurity: production,
    }),
  );
  // What cors answers to those who name no origin: always the same, and most requests.
  const fixed = [...sealing, ...headersOf(share)];
  return (req, res, next) => {
    const id = ids.next('req');
    const isAllowed = isAllowedHost(req, hosts) || isHostlessProbe(req);
    const refusal = ambiguityOf(req) ?? (isAllowed ? undefined : wrongHost(req));
    const isAlone = req.headers.origin === undefined && req.method !== 'OPTIONS';
    promiseHeaders(res, id, refusal ? [] : isAlone ? fixed : sealing);
    measure(req, res);
    if (refusal) next(refusal);
    else if (isAlone) next(credentialProblem(req));
    else {
      const { origin } = req.headers;
      if (origin && !isKnownOrigin(req, { scheme: callerOf(req).scheme, corsOrigins }))
        onForeignOrigin?.(origin);
      share(req, res, (thrown) => next(thrown ?? credentialProblem(req)));
    }
  };
}

/** The headers `handler` sets on the answer to a GET without headers of its own: worked out once instead of on each request. */
function headersOf(
  handler: (req: IncomingMessage, res: ServerResponse, next: (thrown?: unknown) => void) => void,
): Headers {
  const headers = new Map<string, string>();
  const res = {
    getHeader: (name: string) => headers.get(name),
    setHeader: (name: string, value: string) => void headers.set(name, value),
    removeHeader: (name: string) => void headers.delete(name),
  };
  let ended = false;
  handler({ method: 'GET', headers: {} } as IncomingMessage, res as unknown as ServerResponse, (thrown) => {
    if (thrown) throw thrown;
    ended = true;
  });
  if (!ended) throw new Error('headers can be worked out once only when they are set at once');
  return [...headers].flat();
}

function credentialProblem(req: IncomingMessage): AppError | undefined {
  const name = credentialInUrl(req.url);
  if (name === undefined) return undefined;
  return new AppError('request.credentials_in_url', { fields: { [name]: 'may not be part of a URL' } });
}

/** Everything from this host. Inline styles: the reference page and React both set them. */
const pageRules = {
  defaultSrc: ["'self'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", "'unsafe-inline'"],
  imgSrc: ["'self'", 'data:', 'blob:'],
  fontSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  workerSrc: ["'self'", 'blob:'],
  objectSrc: ["'none'"],
  baseUri: ["'none'"],
  formAction: ["'self'"],
  frameAncestors: ["'none'"],
};

/** Upper bounds in seconds, from a cached read to a slow deal. */
const durationBuckets = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];
function createMeasure(metrics: Metrics, clock: Clock) {
  const durations = metrics.histogram(
    'ftrader_http_request_seconds',
    'HTTP requests by face and status',
    durationBuckets,
    ['face', 'status'],
  );
  return (req: IncomingMessage, res: ServerResponse) => {
    const [startedMs, face] = [clock.monotonicMs(), faceOf(req.url!) ?? 'other'];
    res.on('finish', () =>
      durations.observe(
        { face, status: `${Math.floor(res.statusCode / 100)}xx` },
        (clock.monotonicMs() - startedMs) / 1000,
      ),
    );
  };
}
