// tRPC, initialised once: the transformer, the error shape, and one procedure builder per scope. What a call goes through is in call.ts.
import { initTRPC } from '@trpc/server';
import superjson from 'superjson';
import { z } from 'zod';
import type { Scope } from '../../shared/auth.ts';
import { performCall, type Call, type Resolve, type Terms } from './call.ts';
import type { BoundBy } from './bound.ts';
import type { Context, Principal } from './context.ts';
import { readEnvelope } from './envelope.ts';
import { httpStatusOf, toAppError, toErrorBody } from './errors.ts';
import { inTime } from './in-time.ts';
import { recordingOf, type Recording } from './recorded.ts';

/** Names of fields as superjson writes them: it throws at those that could be taken for a prototype, and a caller may have sent one. */
const writable = (fields: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.entries(fields).map(([name, problem]) => [
      /^(__proto__|constructor|prototype)$/.test(name) ? `(${name})` : name,
      problem,
    ]),
  );

const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    transformer: { input: { serialize: superjson.serialize, deserialize: readEnvelope }, output: superjson },
    isDev: false,
    errorFormatter({ shape, error, ctx }) {
      const app = toAppError(error);
      const body = toErrorBody(app, ctx?.requestId ?? app.options.requestId ?? 'none');
      return {
        ...shape,
        message: app.message,
        data: {
          ...body,
          ...(body.fields && { fields: writable(body.fields) }),
          httpStatus: httpStatusOf(app.code),
        },
      };
    },
  });

const perform = inTime(performCall);

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** What tRPC keeps beside a procedure: its terms, and the call itself for faces that do not go through tRPC. */
export interface ProcedureMeta extends Terms {
  call: (call: Call) => Promise<unknown>;
  /** Of a mutation: what its audit row keeps; left out: its output. */
  recording?: Recording;
}

/**
 * tRPC's builder as far as it is used, with the same types, over `performCall` instead of a chain of middlewares, in which each step
 * copies the call. Throws on a second input or output.
 */
function procedureOf(terms: Terms) {
  const once = (name: 'input' | 'output') => (schema: z.ZodType) => {
    if (terms[name]) throw new Error(`a procedure has one ${name}`);
    return procedureOf({ ...terms, [name]: name === 'input' ? closed(schema) : schema });
  };
  const ended = (resolve: Resolve) => {
    const call = (made: Call) => perform(terms, resolve, made);
    const recording = recordingOf(resolve);
    const meta = { ...terms, call, ...(recording && { recording }) };
    return { builder: t.procedure.meta(meta), call: call as never };
  };
  return {
    input: once('input'),
    output: once('output'),
    query(resolve: Resolve) {
      const { builder, call } = ended(resolve);
      return builder.query(call);
    },
    mutation(resolve: Resolve) {
      const { builder, call } = ended(resolve);
      return builder.mutation(call);
    },
    subscription(resolve: Resolve) {
      const { builder, call } = ended(resolve);
      return builder.subscription(call);
    },
  };
}
/** An object that says nothing of other fields would drop them: what a call does not read it refuses. */
const closed = (schema: z.ZodType): z.ZodType =>
  schema instanceof z.ZodObject && schema.def.catchall === undefined ? schema.strict() : schema;

type Used = 'input' | 'output' | 'query' | 'mutation' | 'subscription';
type Open = Pick<typeof t.procedure, Used>;
type SignedIn = Pick<ReturnType<typeof t.procedure.use<{ principal: Principal }>>, Used>;

/** A procedure open to callers holding `scope`; anyone else gets auth.required, or auth.scope_missing. */
const scoped = (scope: Scope, boundBy?: BoundBy) =>
  procedureOf({ scope, ...(boundBy && { boundBy }) }) as unknown as SignedIn;

export const publicProcedure = procedureOf({ scope: 'public' }) as unknown as Open;
/** The same; `requireOpen` throws what a call is refused with while nobody may make it, before anything of its input is told. */
export const publicProcedureWhile = (requireOpen: () => void) =>
  procedureOf({ scope: 'public', requireOpen }) as unknown as Open;
export const sessionProcedure = scoped('session');
export const marketProcedure = scoped('market');
export const accountProcedure = scoped('account:read');
/** Where the input names no account: how a key that is bound to some is held to them. */
export const marketProcedureBy = (boundBy: BoundBy) => scoped('market', boundBy);
export const accountProcedureBy = (boundBy: BoundBy) => scoped('account:read', boundBy);
export const openingProcedure = scoped('trade:open');
export const closingProcedure = scoped('trade:close');
export const adminProcedure = scoped('admin');
