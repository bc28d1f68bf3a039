// Every procedure of the real router with nothing behind it but a probe: it notes what input reached it, and answers or refuses as a test says. And one call over two faces, compared.
import { isDeepStrictEqual } from 'node:util';
import type { AnyTRPCRouter } from '@trpc/server';
import superjson from 'superjson';
import { Scope } from '../../shared/auth.ts';
import type { OpenApiDocument } from '../api/openapi.ts';
import { describeRouter } from '../api/router.ts';
import type { AppError } from '../lib/app-error.ts';
import type { ProcedureMeta } from '../trpc/init.ts';
import * as init from '../trpc/init.ts';
import type { Method, RestRoute } from '../trpc/rest.ts';
import * as build from './build.ts';
import { type Answer, type EdgeOptions, type startEdge } from './edge.ts';
import { restRequest } from './faces.ts';
import { checker } from './openapi-checker.ts';

/** What the probe is to do with the next call, and what it was called with. */
export interface Probe {
  outcome: { answers: unknown } | { refuses: AppError };
  /** The name of the procedure and its parsed input; undefined while none was reached. */
  reached: { name: string; input: unknown } | undefined;
}

type Terms = Pick<ProcedureMeta, 'scope' | 'input' | 'output'>;
type Builder = { input(schema: unknown): Builder; output(schema: unknown): Builder } & Record<
  'query' | 'mutation',
  (resolve: (call: { input: unknown }) => unknown) => AnyTRPCRouter
>;
const builders: Record<string, unknown> = {
  public: init.publicProcedure,
  session: init.sessionProcedure,
  market: init.marketProcedure,
  'account:read': init.accountProcedure,
  'trade:open': init.openingProcedure,
  'trade:close': init.closingProcedure,
  admin: init.adminProcedure,
};

/**
 * The router of the product with the same names, kinds, scopes, inputs and outputs, all of them `probe`. `alter` changes the terms of
 * some: to see that a difference is found.
 */
export function probeRouter(
  probe: Probe,
  alter: (name: string, terms: Terms) => Terms = (_name, terms) => terms,
): AnyTRPCRouter {
  const real = describeRouter()._def.procedures as Record<string, { _def: { type: string; meta: Terms } }>;
  const modules: Record<string, Record<string, AnyTRPCRouter>> = {};
  for (const [name, { _def }] of Object.entries(real)) {
    if (_def.type === 'subscription') continue;
    const { scope, input, output } = alter(name, _def.meta);
    let builder = builders[scope] as Builder;
    if (input) builder = builder.input(input);
    if (output) builder = builder.output(output);
    const [module, own] = name.split('.') as [string, string];
    (modules[module] ??= {})[own] = builder[_def.type as 'query' | 'mutation'](({ input: read }) => {
      probe.reached = { name, input: read };
      if ('refuses' in probe.outcome) throw probe.outcome.refuses;
      return probe.outcome.answers;
    });
  }
  return init.router(
    Object.fromEntries(Object.entries(modules).map(([module, own]) => [module, init.router(own as never)])),
  );
}

/** Who calls: `everything` has every scope, `without:SCOPE` all but one, and nobody else is known. */
export const byScopes: NonNullable<EdgeOptions['authenticate']> = async ({ bearer }) => {
  if (bearer === undefined) return { principal: null };
  const lacking = bearer.startsWith('without:') ? bearer.slice('without:'.length) : undefined;
  if (bearer !== 'everything' && lacking === undefined)
    return { principal: null, problem: 'auth.token_invalid' };
  return { principal: build.principal(Scope.options.filter((scope) => scope !== lacking)) };
};

export interface ProbedCall {
  input: Readonly<Record<string, unknown>>;
  outcome: Probe['outcome'];
  /** The access token; undefined: none. */
  bearer?: string;
  /** Of a DELETE that takes its fields in either place: in the body. */
  inBody?: boolean;
}
/** What tRPC's protocol asks of a call. */
interface Asked {
  type: string;
  takesInput: boolean;
}
type Edge = Awaited<ReturnType<typeof startEdge>>;
interface Face {
  edge: Edge;
  probe: Probe;
}

/** An answer without what is of this one request: the id. */
const withoutId = ({ requestId: _id, ...error }: Record<string, unknown>) => error;

/**
 * One call over tRPC and over REST. The answer is what differs, in words; nothing where both reached the same procedure with the same
 * input and told the same: text for text, or the same error. Each REST answer is held against `doc` as well.
 */
export async function differences(
  {
    trpc,
    rest,
    row,
    type,
    takesInput,
    judge,
  }: { trpc: Face; rest: Face; row: RestRoute; judge: Judge } & Asked,
  call: ProbedCall,
): Promise<string[]> {
  const headers: Record<string, string> =
    call.bearer === undefined ? {} : { authorization: `Bearer ${call.bearer}` };
  const asked = async (face: Face, ask: () => Promise<Answer>) => {
    Object.assign(face.probe, { outcome: call.outcome, reached: undefined });
    return { ...(await ask()), reached: face.probe.reached as Probe['reached'] };
  };
  const one = await asked(trpc, () =>
    trpc.edge.ask(...trpcRequest(row, { type, takesInput }, call, headers)),
  );
  const { path, method, body, headers: own } = restRequest(row, call.input, call.inBody);
  const other = await asked(rest, () =>
    rest.edge.ask(path, { method, headers: { ...headers, ...own }, ...(body !== undefined && { body }) }),
  );
  const found: string[] = [];
  const same = (what: string, a: unknown, b: unknown) => {
    if (!isDeepStrictEqual(a, b))
      found.push(`${row.procedure}: ${what}: ${JSON.stringify(a)} over tRPC, ${JSON.stringify(b)} over REST`);
  };
  same('reached', one.reached, other.reached);
  const error = one.json.error?.json.data as Record<string, unknown> | undefined;
  if (error) {
    const { httpStatus, code: _code, path: _path, stack: _stack, ...told } = error;
    same('status', httpStatus, other.status);
    same('error', withoutWords({ ...told, code: error['code'] }), withoutWords(other.json ?? {}));
  } else if (other.headers['content-type']?.startsWith('text/csv')) {
    same('text', one.json.result.data.json.csv, other.text);
  } else {
    same('answer', JSON.stringify(one.json.result.data.json ?? null), other.text);
  }
  found.push(...judge(row, other).map((problem) => `${row.procedure}: ${problem}`));
  return found;
}

/** Where a field stands is of the face, and with it how its problem is worded: which fields, not the words. */
function withoutWords(error: Record<string, unknown>): Record<string, unknown> {
  const fields = error['fields'] as Record<string, string> | undefined;
  const { message, ...told } = withoutId(error);
  return fields ? { ...told, fields: Object.keys(fields).sort() } : { ...told, message };
}

function trpcRequest(
  { procedure }: RestRoute,
  { type, takesInput }: Asked,
  { input }: ProbedCall,
  headers: Record<string, string>,
): Parameters<Edge['ask']> {
  const sent =
    takesInput || Object.keys(input).length > 0 ? JSON.stringify(superjson.serialize(input)) : undefined;
  if (type === 'query')
    return [`/trpc/${procedure}${sent ? `?input=${encodeURIComponent(sent)}` : ''}`, { headers }];
  const body = sent ?? '{}';
  return [
    `/trpc/${procedure}`,
    { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body },
  ];
}

export type Judge = (row: Pick<RestRoute, 'method' | 'path'>, answer: Answer) => string[];
/** What is wrong with an answer by what `doc` says of it: its status, its body. */
export function judgeBy(doc: OpenApiDocument): Judge {
  const checks = new Map<object, ReturnType<typeof checker>>();
  return ({ method, path }, { status, headers, json }) => {
    const said = doc.paths[`/api${path}`]![method.toLowerCase() as Lowercase<Method>]!.responses[status];
    if (!said) return [`the document has no answer ${status}`];
    const type = headers['content-type']!.split(';')[0]!;
    const content = said.content?.[type] as { schema: object } | undefined;
    if (!content) return [`the document has no ${type} for ${status}`];
    if (type !== 'application/json') return [];
    const check = checks.get(content.schema) ?? checker(doc, content.schema);
    checks.set(content.schema, check);
    const { error } = check.safeParse(json);
    return error ? [`${status} is not what the document says: ${error.message}`] : [];
  };
}
