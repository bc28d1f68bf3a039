// One call of a procedure: permission, audit, input, use case, output, errors, in this order. Every face goes through `performCall`; which one asks is not known here.
import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { Scope } from '../../shared/auth.ts';
import { AppError } from '../lib/app-error.ts';
import type { AuditWho, Context } from './context.ts';
import { toAppError, toTrpcError } from './errors.ts';
import { withoutBroken } from './showable.ts';
import { refuseUnstorable } from './storable.ts';

/** What a procedure asks of its callers, and what it takes and gives. */
export interface Terms {
  scope: Scope;
  input?: z.ZodType;
  output?: z.ZodType;
}

/** One call, as a face makes it. */
export interface Call {
  ctx: Context;
  /** `router.procedure`; the action of an audit row. */
  path: string;
  type: 'query' | 'mutation' | 'subscription';
  /** Reads the input as it was sent. Called once the caller may call at all: anyone else learns nothing about it. */
  getRawInput: () => Promise<unknown>;
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal | undefined;
  batchIndex: number;
}

/** What a procedure does with an input that was checked. */
export type Resolve = (call: Omit<Call, 'getRawInput'> & { input: unknown }) => unknown;

/**
 * The procedure's output. Throws a TRPCError whose cause is the AppError to answer: auth.required, auth.token_*, auth.scope_missing,
 * request.invalid, and whatever `resolve` throws. A mutation runs between the opening and the closing of its audit row.
 */
export async function performCall(terms: Terms, resolve: Resolve, call: Call): Promise<unknown> {
  try {
    requireScope(call.ctx, terms.scope);
    return await (call.type === 'mutation' ? audited : perform)(terms, resolve, call);
  } catch (thrown) {
    throw toTrpcError(failureOf(thrown));
  }
}

function requireScope({ principal, credentialProblem }: Context, scope: Scope): void {
  if (scope === 'public') return;
  if (!principal) throw new AppError(credentialProblem ?? 'auth.required');
  if (!principal.scopes.has(scope))
    throw new AppError('auth.scope_missing', { message: `This login lacks the scope ${scope}.` });
}

async function audited(terms: Terms, resolve: Resolve, call: Call): Promise<unknown> {
  const close = await call.ctx.audit(call.path);
  const who: AuditWho = {};
  const identify = (facts: AuditWho) => void Object.assign(who, facts);
  let output: unknown;
  try {
    output = await perform(terms, resolve, { ...call, ctx: { ...call.ctx, identify } });
  } catch (thrown) {
    await close(failureOf(thrown).code, who);
    throw thrown;
  }
  await close('ok', who);
  return output;
}

async function perform({ input, output }: Terms, resolve: Resolve, call: Call): Promise<unknown> {
  const { ctx, path, type, signal, batchIndex } = call;
  const checked = input && (await parse(input, await call.getRawInput(), notAsAsked));
  refuseUnstorable(checked);
  const result = await resolve({ ctx, path, type, signal, batchIndex, input: checked });
  return output ? tell(output, result, call) : result;
}

/** The result as it is promised. Rows of a list that are not are left out and named; anything else that is not is a bug. */
async function tell(output: z.ZodType, result: unknown, { ctx, path }: Call): Promise<unknown> {
  try {
    return await parse(output, result, notAsPromised);
  } catch (thrown) {
    const problem = thrown instanceof TRPCError ? thrown.cause : undefined;
    const shown = problem instanceof z.ZodError ? withoutBroken(result, problem.issues) : undefined;
    if (!shown) throw thrown;
    ctx.report?.(
      new AppError('server.bug', { cause: problem, detail: `not shown: ${shown.hidden.join()}` }),
      path,
    );
    return parse(output, shown, notAsPromised);
  }
}

const notAsAsked = (cause: unknown) => new TRPCError({ code: 'BAD_REQUEST', cause });
const notAsPromised = (cause: unknown) =>
  new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'Output validation failed', cause });

/** The value as `schema` has it: at once where the schema can, which is several times faster. What is wrong becomes a `failure`. */
function parse(schema: z.ZodType, value: unknown, failure: (cause: unknown) => TRPCError): unknown {
  try {
    return schema.parse(value);
  } catch (thrown) {
    if (!(thrown instanceof z.core.$ZodAsyncError)) throw failure(thrown);
    return schema.parseAsync(value).catch((cause: unknown) => {
      throw failure(cause);
    });
  }
}

/** A Zod error of our own use cases is a bug, not the caller's input: only what `parseInput` threw counts as that. */
const failureOf = (thrown: unknown): AppError => toAppError(getTRPCErrorFromUnknown(thrown));
