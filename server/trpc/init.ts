// tRPC, initialised once: the transformer, the error shape, and one procedure builder per scope.
import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import type { Scope } from '../../shared/auth.ts';
import { AppError } from '../lib/app-error.ts';
import type { AuditWho, Context } from './context.ts';
import { httpStatusOf, toAppError, toErrorBody, toTrpcError } from './errors.ts';

export interface ProcedureMeta {
  scope: Scope;
}

const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    transformer: superjson,
    isDev: false,
    errorFormatter({ shape, error, ctx }) {
      const app = toAppError(error);
      return {
        ...shape,
        message: app.message,
        data: {
          ...toErrorBody(app, ctx?.requestId ?? app.options.requestId ?? 'none'),
          httpStatus: httpStatusOf(app.code),
        },
      };
    },
  });

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

const translateErrors = t.middleware(async ({ next }) => {
  const result = await next();
  return result.ok ? result : { ...result, error: toTrpcError(toAppError(result.error)) };
});
const writeAudit = t.middleware(async ({ ctx, path, type, next }) => {
  if (type !== 'mutation') return next();
  const close = await ctx.audit(path);
  const who: AuditWho = {};
  const result = await next({
    ctx: { ...ctx, identify: (facts: AuditWho) => void Object.assign(who, facts) },
  });
  await close(result.ok ? 'ok' : toAppError(result.error).code, who);
  return result;
});
const base = t.procedure.use(translateErrors);

/** A procedure open to callers holding `scope`; anyone else gets auth.required, or auth.scope_missing. */
const scoped = (scope: Scope) =>
  base
    .meta({ scope })
    .use(({ ctx, next }) => {
      const { principal } = ctx;
      if (!principal) throw new AppError(ctx.credentialProblem ?? 'auth.required');
      if (!principal.scopes.has(scope))
        throw new AppError('auth.scope_missing', { message: `This login lacks the scope ${scope}.` });
      return next({ ctx: { ...ctx, principal } });
    })
    .use(writeAudit);

export const publicProcedure = base.meta({ scope: 'public' }).use(writeAudit);
export const sessionProcedure = scoped('session');
export const marketProcedure = scoped('market');
export const accountProcedure = scoped('account:read');
export const openingProcedure = scoped('trade:open');
export const closingProcedure = scoped('trade:close');
