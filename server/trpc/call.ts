// One call of a procedure: permission, input, audit, use case, output, errors, in this order. Every face goes through `performCall`; which one asks is not known here.
import { getTRPCErrorFromUnknown, TRPCError } from '@trpc/server';
import { z } from 'zod';
import type { Scope } from '../../shared/auth.ts';
import { AppError } from '../lib/app-error.ts';
import { requireAnswerReached, requireReached, type BoundBy } from './bound.ts';
import type { AuditEnd, AuditWho, Context } from './context.ts';
import { toAppError, toTrpcError } from './errors.ts';
import { inPlace } from './in-place.ts';
import { problemsOf } from './problems.ts';
import { factsOf, keepRecording, recordingOf, secretsOf } from './recorded.ts';
import { withoutBroken } from './showable.ts';
import { refuseUnstorable } from './storable.ts';

/** What a procedure asks of its callers, and what it takes and gives. */
export interface Terms {
  scope: Scope;
  /** How the account is told, for keys that are bound to some; left out: by the input's `accountId` only. */
  boundBy?: BoundBy;
  /** Refuses every call while it cannot be made at all, whatever its input. */
  requireOpen?: () => void;
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

/** What a procedure is given: the call with its input checked. */
export type Checked = Omit<Call, 'getRawInput'> & { input: unknown };
/** What a procedure does with an input that was checked. */
export type Resolve = ((call: Checked) => unknown) & { [admission]?: Admission; [ahead]?: Ahead };
const admission = Symbol('admission');
const ahead = Symbol('ahead');
interface Ahead {
  read: (call: never) => unknown;
  act: (call: never, read: never) => unknown;
}
interface Admission {
  admit: (call: never) => Promise<unknown>;
  act: (call: never, admitted: never) => unknown;
}

/**
 * A mutation in two steps: `admit` refuses or finds out what is needed and changes nothing but counters of attempts; `act` does it. Only
 * a call that was admitted opens an audit row, so that those who are refused without having signed in cannot fill the table.
 */
export function inTwoSteps<Opts, Admitted, Output>(
  admit: (opts: Opts) => Promise<Admitted>,
  act: (opts: Opts, admitted: Admitted) => Promise<Output>,
): (opts: Opts) => Promise<Output> {
  const whole = async (opts: Opts) => act(opts, await admit(opts));
  return Object.assign(whole, { [admission]: { admit, act } });
}

/**
 * A mutation that must be quick: what `read` asks for is on its way while the audit row is written, and `act` begins once that stands.
 * `read` changes nothing and waits for nothing; whoever calls is signed in and limited, since a refusal by `act` leaves a row.
 */
export function readingAhead<Opts, Read, Output>(
  read: (opts: Opts) => Read,
  act: (opts: Opts, read: Read) => Promise<Output>,
): (opts: Opts) => Promise<Output> {
  return Object.assign(async (opts: Opts) => act(opts, read(opts)), { [ahead]: { read, act } });
}

/** The same, in whatever steps it is, with its output told to `note` as soon as it is there. */
export function noting(resolve: Resolve, note: (output: unknown) => void): Resolve {
  const noted =
    <Args extends unknown[]>(act: (...args: Args) => unknown) =>
    async (...args: Args): Promise<unknown> => {
      const output = await act(...args);
      note(output);
      return output;
    };
  const { [admission]: steps, [ahead]: quick } = resolve;
  return Object.assign(
    noted(resolve),
    keepRecording(resolve),
    steps && { [admission]: { ...steps, act: noted(steps.act) } },
    quick && { [ahead]: { ...quick, act: noted(quick.act) } },
  );
}

/**
 * The procedure's output. Throws a TRPCError whose cause is the AppError to answer: request.limited, auth.required, auth.token_*,
 * auth.scope_missing, request.invalid, and whatever `resolve` throws. What a mutation changes it changes between the opening and the
 * closing of its audit row; one that is refused before that opens none. A subscription takes its place before anything is looked up.
 */
export async function performCall(terms: Terms, resolve: Resolve, call: Call): Promise<unknown> {
  try {
    return await ways[call.type](terms, resolve, call);
  } catch (thrown) {
    throw toTrpcError(failureOf(thrown));
  }
}
const ways = { query: perform, mutation: audited, subscription: placed };

async function placed(terms: Terms, resolve: Resolve, call: Call): Promise<unknown> {
  const checked = await check(terms, call);
  const place = call.ctx.places.take(call.signal);
  return inPlace(place, () => resolve({ ...checked, signal: place.signal }));
}

/** Why a caller who has not proved who they are is refused. */
export const notSignedIn = ({
  credentialProblem,
  signInAdvice,
}: Pick<Context, 'credentialProblem' | 'signInAdvice'>) =>
  credentialProblem
    ? new AppError(credentialProblem)
    : new AppError('auth.required', signInAdvice === undefined ? {} : { message: signInAdvice });

function requireScope(context: Context, scope: Scope): void {
  const { principal } = context;
  if (scope === 'public') return;
  if (!principal) throw notSignedIn(context);
  if (principal.scopes.has(scope)) return;
  const message =
    scope === 'session'
      ? 'An API key may not do this, whatever its scopes: sign in as yourself.'
      : `This login or key lacks the scope ${scope}: use one that has it.`;
  throw new AppError('auth.scope_missing', { message });
}

async function perform(terms: Terms, resolve: Resolve, call: Call): Promise<unknown> {
  const checked = await check(terms, call);
  const output = await resolve(checked);
  requireAnswerReached(call.ctx.principal, terms, output);
  return tell(terms, output, call);
}

async function audited(terms: Terms, resolve: Resolve, call: Call): Promise<unknown> {
  const who: AuditWho = {};
  const identify = (facts: AuditWho) => void Object.assign(who, facts);
  const { audit } = call.ctx;
  const { checked, start } = await admit(terms, resolve, { ...call, ctx: { ...call.ctx, identify } }).catch(
    async (thrown: unknown) => {
      await audit.refuse(call.path, failureOf(thrown).code, who);
      throw thrown;
    },
  );
  const begun = audit.begin(call.path);
  const act = start(); // reads ahead, if anything
  const former = readFormer(resolve, checked);
  const close = await begun;
  const before = former && (await former);
  let output: unknown;
  try {
    output = await tell(terms, await act(), call);
  } catch (thrown) {
    void close(failureOf(thrown).code, who);
    throw thrown;
  }
  // It never rejects, and nobody's answer waits for it.
  void close('ok', { ...who, ...changeOf(terms, resolve, checked, { before, output }) });
  return output;
}

/** What stands before a mutation, where it records that. Where nothing can be read the mutation itself says why. */
const readFormer = (resolve: Resolve, checked: Checked): Promise<unknown> | undefined =>
  recordingOf(resolve)
    ?.before?.(checked as never)
    .catch(() => undefined);

/** What was changed, for the audit row. It has happened: whatever cannot be written of it is a fault of ours, and no failure. */
function changeOf(
  { output: schema }: Terms,
  resolve: Resolve,
  checked: Checked,
  { before, output }: { before: unknown; output: unknown },
): Pick<AuditEnd, 'before' | 'after'> {
  try {
    const [after, secrets] = [recordingOf(resolve)?.after, secretsOf(schema)];
    return {
      before: factsOf(before, secrets),
      after: factsOf(after ? after(output as never, checked as never) : output, secrets),
    };
  } catch (cause) {
    checked.ctx.report?.(
      new AppError('server.bug', { cause, detail: 'what was changed is not in the audit log' }),
      checked.path,
    );
    return {};
  }
}

/** All that may refuse a mutation before it does anything. What is left is to be begun, and then to be done under its audit row. */
async function admit(terms: Terms, resolve: Resolve, call: Call) {
  const checked = await check(terms, call);
  return { checked, start: await admittedBy(resolve, checked) };
}

async function admittedBy(resolve: Resolve, checked: Checked): Promise<() => () => unknown> {
  const steps = resolve[admission];
  if (steps) {
    const admitted = await steps.admit(checked as never);
    return () => () => steps.act(checked as never, admitted as never);
  }
  const quick = resolve[ahead];
  if (!quick) return () => () => resolve(checked);
  return () => {
    try {
      const read = quick.read(checked as never);
      return () => quick.act(checked as never, read as never);
    } catch (thrown) {
      return () => Promise.reject(thrown as Error); // told under the row, which is being written
    }
  };
}

/** The call of somebody who may make it, with an input that may be used. */
async function check(terms: Terms, call: Call): Promise<Checked> {
  const { scope, input, requireOpen } = terms;
  const { ctx, path, type, signal, batchIndex } = call;
  if (ctx.turn) await ctx.turn();
  if (ctx.spend) await ctx.spend();
  requireScope(ctx, scope);
  requireOpen?.();
  const sent = await call.getRawInput();
  const checked = input ? await parse(input, sent, notAsAsked(input, sent)) : refuseAny(sent);
  refuseUnstorable(checked);
  requireReached(ctx.principal, terms, checked);
  return { ctx, path, type, signal, batchIndex, input: checked };
}

/** A call without an input reads none; `{}` says nothing. Throws request.invalid that names every field. */
function refuseAny(sent: unknown): undefined {
  if (sent === undefined || sent === null) return;
  const names = typeof sent === 'object' && !Array.isArray(sent) ? Object.keys(sent) : ['(input)'];
  if (names.length === 0) return;
  const fields = Object.fromEntries(
    names.map((name) => [name, 'is not read, since this call takes no input: leave it out']),
  );
  throw new AppError('request.invalid', { fields });
}

/** The result as it is promised. Rows of a list that are not are left out where the output can name them (`hidden`); anything else that is not is a bug. */
async function tell({ output }: Terms, result: unknown, { ctx, path }: Call): Promise<unknown> {
  if (!output) return result;
  try {
    return await parse(output, result, notAsPromised);
  } catch (thrown) {
    const problem = thrown instanceof TRPCError ? thrown.cause : undefined;
    const names = output instanceof z.ZodObject && 'hidden' in output.shape;
    const shown = names && problem instanceof z.ZodError ? withoutBroken(result, problem.issues) : undefined;
    if (!shown) throw thrown;
    ctx.report?.(
      new AppError('server.bug', { cause: problem, detail: `not shown: ${shown.hidden.join()}` }),
      path,
    );
    return parse(output, shown, notAsPromised);
  }
}

const notAsAsked = (input: z.ZodType, sent: unknown) => (cause: unknown) => {
  if (!(cause instanceof z.ZodError)) return cause;
  return new AppError('request.invalid', { cause, fields: problemsOf(cause, sent, input) });
};
const notAsPromised = (cause: unknown) =>
  new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: 'Output validation failed', cause });

/** The value as `schema` has it: at once where the schema can, which is several times faster. What is wrong becomes a `failure`. */
function parse(schema: z.ZodType, value: unknown, failure: (cause: unknown) => unknown): unknown {
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
