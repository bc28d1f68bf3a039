// What a role without the API answers over HTTP: probes and metrics, behind the same gate as the API, and nothing else.
import express, { type Express } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Logger } from '../lib/logger.ts';
import { router } from '../trpc/init.ts';
import { answerErrors } from './answer.ts';
import type { CallerOf } from './caller.ts';
import { createGate, type GateDeps } from './gate.ts';
import { createProbeRouter, type ProbeDeps } from './health.ts';
import { createIsOperator } from './request-rules.ts';

export interface ProbeAppDeps extends Omit<GateDeps, 'corsOrigins'>, Omit<ProbeDeps, 'isOperator'> {
  callerOf: CallerOf;
  metricsToken: string | undefined;
  logger: Logger;
}

export function createProbeApp(deps: ProbeAppDeps): Express {
  const app = express().disable('x-powered-by').disable('etag').enable('case sensitive routing');
  app.use(createGate({ ...deps, corsOrigins: [] }));
  app.use(createProbeRouter({ ...deps, isOperator: createIsOperator(deps) }));
  app.use((_req, _res, next) => next(new AppError('request.unknown_path')));
  app.use(answerErrors({ router: router({}), logger: deps.logger }));
  return app;
}
