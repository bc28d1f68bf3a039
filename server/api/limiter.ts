// A bound on what one network may ask for, over everything: generous, per process, in memory. Dear things have limits of their own.
import type { IncomingMessage } from 'node:http';
import type { Request, RequestHandler, Response } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import { networkOf } from '../lib/network-of.ts';
import type { CallerOf } from './caller.ts';
import { callsIn } from './request-rules.ts';

export const defaultRequestLimits = {
  /** Calls of one network in a window: 50 a second on average, far above a busy front end. */
  calls: 3_000,
  windowSeconds: 60,
  /** Networks counted each on its own in a window; newcomers beyond are counted with their neighbours. */
  networks: 50_000,
};
export type RequestLimits = typeof defaultRequestLimits;

interface LimiterDeps {
  clock: Clock;
  callerOf: CallerOf;
  limits?: RequestLimits;
}

export interface RequestLimiter {
  /**
   * Counts `calls` for the network of whoever sent `req` (see `networkOf`). Programs on this machine are not counted; what comes through a
   * proxy is. Throws request.limited.
   */
  spend(req: IncomingMessage, calls: number): Promise<void>;
  /** The same for an HTTP request: a batch is as many calls as it holds. Every answer to whom it counts bears RateLimit and RateLimit-Policy. */
  http: RequestHandler;
}

export function createRequestLimiter({
  clock,
  callerOf,
  limits = defaultRequestLimits,
}: LimiterDeps): RequestLimiter {
  const { calls: points, windowSeconds: duration } = limits;
  const limiter = new RateLimiterMemory({ points, duration });
  const keyOf = createKeys(clock, limits);
  const count = (address: string, calls: number) => limiter.consume(keyOf(address), calls).catch(refusalOf);
  function requireRoom({ consumedPoints, msBeforeNext }: RateLimiterRes) {
    if (consumedPoints > points)
      throw new AppError('request.limited', { retryAfterMs: Math.max(1, Math.ceil(msBeforeNext)) });
  }
  /** The quota as draft-ietf-httpapi-ratelimit-headers has it: so many calls in so many seconds. */
  const policy = `"requests";q=${points};w=${duration}`;
  async function spendOverHttp(address: string, req: Request, res: Response): Promise<void> {
    const used = await count(address, callsIn(req.url));
    res.set('RateLimit-Policy', policy);
    res.set('RateLimit', `"requests";r=${used.remainingPoints};t=${Math.ceil(used.msBeforeNext / 1000)}`);
    requireRoom(used);
  }
  return {
    async spend(req, calls) {
      const { address, isLocal } = callerOf(req);
      if (!isLocal) requireRoom(await count(address, calls));
    },
    http(req, res, next) {
      const { address, isLocal } = callerOf(req);
      if (isLocal) next();
      else void spendOverHttp(address, req, res).then(() => next(), next);
    },
  };
}

/** The library rejects with what it counted. */
function refusalOf(thrown: unknown): RateLimiterRes {
  if (thrown instanceof RateLimiterRes) return thrown;
  throw thrown;
}

/**
 * Under which name an address is counted: its network, or in a flood of networks its neighbourhood, so that what is remembered has a
 * bound and nobody's count is forgotten for it. At most twice `networks` are remembered, since a count outlives this window.
 */
function createKeys(clock: Clock, { networks, windowSeconds }: RequestLimits) {
  const known = new Set<string>();
  let startedAt = clock.monotonicMs();
  return (address: string): string => {
    const now = clock.monotonicMs();
    if (now - startedAt >= windowSeconds * 1000) {
      known.clear();
      startedAt = now;
    }
    const network = networkOf(address);
    if (known.size >= networks && !known.has(network)) return neighbourhoodOf(network);
    known.add(network);
    return network;
  };
}

/** The first half of a network: 16 bits of an IPv4 address, 32 of an IPv6 one. */
const neighbourhoodOf = (network: string): string =>
  /^(\w+[.:]\w+)[.:]/.exec(network)?.[1]?.concat('/') ?? network;
