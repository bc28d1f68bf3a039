// A bound on how often one address may ask, over everything: generous, per process, in memory. Dear things have limits of their own.
import type { RequestHandler } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import type { CallerOf } from './caller.ts';

/** 50 requests a second on average: a busy front end stays far below. */
export const requestsPerWindow = 3_000;
export const windowMs = 60_000;
/** Addresses remembered; beyond it the window starts afresh for all, so that a flood of addresses costs no memory. */
const maxAddresses = 50_000;

/** Counts per address in windows of a minute. Processes on this machine are not counted; what a proxy here passes on is. */
export function limitRequests(clock: Clock, callerOf: CallerOf): RequestHandler {
  const counts = new Map<string, number>();
  let startedAt = clock.monotonicMs();
  return (req, res, next) => {
    const { address: ip, isLocal } = callerOf(req);
    if (isLocal) return next();
    const now = clock.monotonicMs();
    if (now - startedAt >= windowMs || counts.size >= maxAddresses) {
      counts.clear();
      startedAt = now;
    }
    const count = (counts.get(ip) ?? 0) + 1;
    counts.set(ip, count);
    const leftMs = windowMs - (now - startedAt);
    res.set(
      'RateLimit',
      `"requests";r=${Math.max(0, requestsPerWindow - count)};t=${Math.ceil(leftMs / 1000)}`,
    );
    next(count > requestsPerWindow ? new AppError('request.limited', { retryAfterMs: leftMs }) : undefined);
  };
}
