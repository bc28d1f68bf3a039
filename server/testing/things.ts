// A router of a few procedures, one for each way to answer, and its REST rows: what the tests of the HTTP edge ask.
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import { marketProcedure, publicProcedure, router, sessionProcedure } from '../trpc/init.ts';
import type { RestRoute } from '../trpc/rest.ts';
import { startEdge, tokensByName, type EdgeOptions } from './edge.ts';

export const things = router({
  things: router({
    open: publicProcedure.query(() => ({ at: new Date(0) })),
    mine: sessionProcedure.query(({ ctx }) => ({ email: ctx.principal.user.email })),
    priced: marketProcedure.input(z.object({ size: z.number().int() })).query(({ input }) => input),
    put: publicProcedure.input(z.object({ name: z.string().min(2) })).mutation(({ input }) => input),
    break: publicProcedure.query(() => {
      throw new Error('secret detail');
    }),
    limited: publicProcedure.query(() => {
      throw new AppError('request.limited', { retryAfterMs: 1_500 });
    }),
    signIn: publicProcedure.mutation(({ ctx }) => {
      ctx.cookie?.set('token', new Date('2030-01-01T00:00:00Z'));
      return { ok: true };
    }),
    signOut: publicProcedure.mutation(({ ctx }) => {
      ctx.cookie?.clear();
      return { ok: true };
    }),
  }),
});
export const row = (method: RestRoute['method'], path: string, procedure: string): RestRoute => ({
  method,
  path,
  procedure,
  summary: procedure,
});
export const table = [
  row('GET', '/things', 'things.open'),
  row('POST', '/things', 'things.put'),
  row('GET', '/things/mine', 'things.mine'),
  row('GET', '/things/priced/{size}', 'things.priced'),
  row('GET', '/things/break', 'things.break'),
  row('GET', '/things/limited', 'things.limited'),
  row('POST', '/things/sign-in', 'things.signIn'),
  row('POST', '/things/sign-out', 'things.signOut'),
];
export const edge = (over?: EdgeOptions['over']) =>
  startEdge({ router: things, table, authenticate: tokensByName, ...(over && { over }) });
