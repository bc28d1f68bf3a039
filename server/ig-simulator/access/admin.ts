// The simulator's own routes, for whoever runs it: logins, faults, allowances, state. Guarded by a bearer token.
import { createHash, timingSafeEqual } from 'node:crypto';
import express, { type NextFunction, type Request, type Response } from 'express';
import { z } from 'zod';
import { demoAllowances, liveAllowances, simulatedAllowances } from './allowances.ts';
import { LoginTaken, maxAccounts } from './logins.ts';
import { WrittenPast } from './past.ts';
import type { Simulator } from '../options.ts';
import { given } from '../given.ts';

export interface AdminDeps {
  token: string | undefined;
  simulator: Pick<
    Simulator,
    | 'createLogin'
    | 'setFaults'
    | 'faults'
    | 'setFaultsOf'
    | 'faultsOf'
    | 'allowances'
    | 'grantAllowances'
    | 'save'
    | 'snapshot'
    | 'replay'
    | 'stats'
  >;
  baseUrl(): string;
}

const text = z.string().min(1).max(350);
const account = {
  accountType: z.enum(['CFD', 'SPREADBET']),
  currency: z.string().regex(/^[A-Z]{3}$/),
  balance: z.string().regex(/^\d{1,12}(\.\d{1,2})?$/),
};
const OtherAccount = z.strictObject({ accountId: text, accountName: text, ...account });
const NewLogin = z
  .strictObject({
    identifier: text,
    password: text,
    apiKey: text,
    accountId: text,
    ...account,
    otherAccounts: z.array(OtherAccount).max(maxAccounts - 1),
    past: WrittenPast,
  })
  .partial();
const known = { demo: demoAllowances, live: liveAllowances, simulated: simulatedAllowances };
const limit = z.int().min(0).max(1_000_000_000);
const Grant = z
  .strictObject({
    like: z.enum(['demo', 'live', 'simulated']),
    applicationOverall: limit,
    accountOverall: limit,
    accountTrading: limit,
    historicalPoints: limit,
  })
  .partial();

/** Rows and recorded time of one step. */
const maxStepRows = 1_000_000;
const maxStepMs = 366 * 86_400_000;
const Replay = z.union(
  [
    z.strictObject({ action: z.literal('pause') }),
    z.strictObject({ action: z.literal('resume') }),
    z.strictObject({ action: z.literal('speed'), speed: z.union([z.literal('max'), z.number().positive()]) }),
    z.strictObject({ action: z.literal('step'), rows: z.int().min(1).max(maxStepRows) }),
    z.strictObject({ action: z.literal('step'), ms: z.int().min(1).max(maxStepMs) }),
  ],
  'action is pause, resume, speed (with speed: above 0, or "max") or step (with rows or ms)',
);

const digest = (value: string) => createHash('sha256').update(value).digest();

/** Routes below `/simulator`; without a token there are none (404). Bad input: 400 `{ error }`; taken names: 409. */
export function createAdmin({ token, simulator, baseUrl }: AdminDeps): express.Router {
  const router = express.Router();
  router.use((request, response, next) => {
    if (!token) return void response.status(404).json({ error: 'the admin routes are off' });
    const offered = /^Bearer (.+)$/i.exec(request.get('authorization') ?? '')?.[1] ?? '';
    if (!timingSafeEqual(digest(offered), digest(token)))
      return void response.status(401).json({ error: 'wrong admin token' });
    next();
  });
  router.use(express.json({ type: () => true })); // also of who names no content type: unread, a list of faults would take all away
  router.post('/logins', async (request, response) => {
    response.json({
      baseUrl: baseUrl(),
      ...(await simulator.createLogin(given(NewLogin.parse(request.body ?? {})))),
    });
  });
  router.post('/faults', (request, response) => {
    simulator.setFaults(request.body ?? []);
    response.json(simulator.faults());
  });
  router.get('/faults', (_request, response) => void response.json(simulator.faults()));
  router.put('/faults/:group', ({ params: { group }, body }, response) => {
    simulator.setFaultsOf(group, body ?? []);
    response.json(simulator.faultsOf(group));
  });
  router.get(
    '/faults/:group',
    ({ params: { group } }, response) => void response.json(simulator.faultsOf(group)),
  );
  router.get('/replay', (_request, response) => void response.json(simulator.replay.state()));
  router.post('/replay', async (request, response) => {
    const told = Replay.parse(request.body ?? {});
    if (told.action === 'step') await simulator.replay.step(told);
    else if (told.action === 'speed') simulator.replay.setSpeed(told.speed);
    else simulator.replay[told.action]();
    response.json(simulator.replay.state());
  });
  router.post('/allowances', (request, response) => {
    const { like, ...own } = Grant.parse(request.body ?? {});
    simulator.grantAllowances({ ...(like ? known[like] : simulator.allowances()), ...given(own) });
    response.json(simulator.allowances());
  });
  router.get('/allowances', (_request, response) => void response.json(simulator.allowances()));
  router.get('/saved-state', (_request, response) => void response.json(simulator.save()));
  router.get('/state', (request, response) => {
    const { accountId } = request.query;
    response.json({
      ...simulator.stats(),
      ...simulator.snapshot(typeof accountId === 'string' ? accountId : undefined),
    });
  });
  router.use((_request, response) => void response.status(404).json({ error: 'no such route' }));
  router.use((err: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return next(err);
    const status = err instanceof LoginTaken ? 409 : 400;
    response
      .status(status)
      .json({ error: err instanceof z.ZodError ? z.prettifyError(err) : (err as Error).message });
  });
  return router;
}
