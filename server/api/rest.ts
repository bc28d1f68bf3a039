// The REST face: plain JSON over the table, each row one call of a procedure. Input checks, permission and errors are the procedure's own.
import type { AnyTRPCRouter } from '@trpc/server';
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Context } from '../trpc/context.ts';
import { done, type Method, type RestRoute } from '../trpc/rest.ts';
import { readJson } from '../trpc/errors.ts';
import { exampleInput } from '../trpc/example.ts';
import { unknownName } from '../trpc/problems.ts';
import { givenTimes, refuseMisread } from '../trpc/repeated.ts';
import { leaving, refuseMethod, sendJson, sendTagged } from './answer.ts';
import { hasContent, readBody } from './body.ts';
import { coerce, takesList } from './coerce.ts';
import { readQuery } from './request-rules.ts';
import { listProcedures, resolveRef, toJsonSchema, type JsonSchema, type ProcedureInfo } from './schemas.ts';

/** Routes for `table`, to be mounted at `/api`. `contextOf` gives what the caller is. Throws when a row names no procedure. */
export function createRestRouter({
  router,
  table,
  contextOf,
}: {
  router: AnyTRPCRouter;
  table: readonly RestRoute[];
  contextOf: (req: Request, res: Response) => Promise<Context>;
}): RequestHandler {
  const procedures = new Map(listProcedures(router).map((procedure) => [procedure.name, procedure]));
  // By their first segment, so that a request looks at the routes of one module only.
  const modules = new Map<string, Router>();
  const paths = Map.groupBy(table, (row) => row.path);
  for (const [path, rows] of paths) {
    const first = firstSegment(path);
    const routes = modules.get(first) ?? Router({ caseSensitive: true });
    modules.set(first, routes);
    const route = routes.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const row of rows) {
      const procedure = procedures.get(row.procedure);
      if (!procedure || procedure.type === 'subscription')
        throw new Error(`${row.method} ${row.path}: there is no procedure ${row.procedure}`);
      const handlers = [...(takesBody(row) ? [readBody] : []), call(procedure, row, contextOf)];
      route[row.method.toLowerCase() as Lowercase<Method>](handlers);
    }
    route.all(refuseMethod(allowedMethods(rows.map((row) => row.method))));
  }
  return (req, res, next) => {
    const routes = modules.get(firstSegment(req.path));
    if (routes) routes(req, res, next);
    else next();
  };
}
const firstSegment = (path: string) => path.split('/', 2)[1]!;

/** POST, PUT and PATCH take their fields in a body; GET and DELETE in the query, unless the row says otherwise. */
export const takesQuery = ({ method }: Pick<RestRoute, 'method'>): boolean =>
  method === 'GET' || method === 'DELETE';
export const takesBody = (row: Pick<RestRoute, 'method' | 'body'>): boolean =>
  !takesQuery(row) || row.body === 'too';
export const keyField = 'idempotencyKey';
/** Whether a call with these fields takes its key in the header Idempotency-Key. In the path it is what is asked for. */
export const takesKey = (path: string, fields: object): boolean =>
  Object.hasOwn(fields, keyField) && !path.includes(`{${keyField}}`);
const allowedMethods = (methods: Method[]) => [
  ...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
  'OPTIONS',
];

function call(
  { name, type, input, call: perform }: ProcedureInfo,
  row: RestRoute,
  contextOf: (req: Request, res: Response) => Promise<Context>,
): RequestHandler {
  const { path, success = done, revalidates } = row;
  if (revalidates && (row.method !== 'GET' || row.success))
    throw new Error(`${row.method} ${path}: only a GET that always answers 200 revalidates`);
  const schema = input && toJsonSchema(input, 'input');
  const fields = schema ? fieldsOf(schema) : {};
  const keyed = takesKey(path, fields);
  const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, field]) => field!);
  const elsewhere = [...inPath, ...(keyed ? [keyField] : [])];
  const example = JSON.stringify(input ? exampleInput(input, elsewhere) : {});
  const shape: Shape = {
    schema,
    fields,
    known: Object.keys(fields).filter((field) => !elsewhere.includes(field)),
    example,
    inQuery: takesQuery(row),
    inBody: takesBody(row),
    needsBody: !takesQuery(row) && example !== '{}',
  };
  return async (req, res) => {
    const ctx = await contextOf(req, res);
    // Read by the procedure's input step, so that who may not call learns nothing about the input, as on tRPC.
    const getRawInput = async () => withKey(req, readInput(req, shape), keyed);
    const signal = leaving(res);
    const result = await perform({ ctx, path: name, type, getRawInput, signal, batchIndex: 0 });
    const { status, location } = success.of(result);
    if (location !== undefined) res.location(location);
    const asText = row.asText?.(result);
    if (asText) {
      res.set(asText.headers);
      if (revalidates) return sendTagged(req, res, asText.text, asText.type);
      res.status(status).set('Cache-Control', 'no-store');
      return void res.type(asText.type).send(asText.text);
    }
    if (revalidates) sendTagged(req, res, JSON.stringify(result ?? null));
    else sendJson(req, res, status, result ?? null);
  };
}

/** What a row takes: its input as JSON Schema, the fields of that, and where they may be beside the path. */
interface Shape {
  schema: JsonSchema | undefined;
  fields: NonNullable<JsonSchema['properties']>;
  /** Those that stand neither in the path nor in a header. */
  known: readonly string[];
  /** An input as far as it must be written. */
  example: string;
  inQuery: boolean;
  inBody: boolean;
  needsBody: boolean;
}

/**
 * Path, query and body, as the input's schema wants them; what is wrong with a field of a body is left to the schema. Throws
 * request.invalid for an unknown query parameter, a body that is not read or no object, and a field that is given twice.
 */
function readInput(req: Request, shape: Shape): unknown {
  const { schema = {}, fields } = shape;
  const query = req.url.includes('?') ? readQuery(req.url) : undefined;
  const names = [...new Set(query?.keys())];
  refuse(names, (name) => problemOfParameter(name, query!.getAll(name).length, shape, req.params));
  const body = readFields(req, shape);
  const asText = (key: string, value: unknown) =>
    coerce(value, (fields[key] ?? {}) as JsonSchema, schema, true);
  const given = [
    ...Object.entries(req.params).map(([key, value]) => [key, asText(key, value)] as const),
    ...names.map((key) => {
      const values = query!.getAll(key);
      return [key, asText(key, values.length === 1 ? values[0] : values)] as const;
    }),
  ];
  const read = shape.schema && body ? (coerce(body, schema, schema, false) as typeof body) : body;
  if (given.length === 0) return read ?? (shape.schema && {});
  const all = [...given, ...Object.entries(read ?? {})];
  const twice = all.map(([key]) => key).filter((key, n, keys) => keys.indexOf(key) !== n);
  refuse(twice, () => 'is given in two places: write it in one');
  return Object.fromEntries(all);
}

function refuse(names: readonly string[], problemOf: (name: string) => string | undefined): void {
  const fields = names.flatMap((name) => {
    const problem = problemOf(name);
    return problem === undefined ? [] : [[name, problem] as const];
  });
  if (fields.length > 0) throw new AppError('request.invalid', { fields: Object.fromEntries(fields) });
}

/** What is wrong with a parameter of the query, which stands there so often; undefined for one that is read. */
function problemOfParameter(
  name: string,
  times: number,
  { schema = {}, fields, known, inQuery }: Shape,
  path: Request['params'],
): string | undefined {
  if (inQuery && Object.hasOwn(fields, name))
    return times === 1 || takesList(fields[name] as JsonSchema, schema) ? undefined : givenTimes(times);
  if (Object.hasOwn(path, name)) return 'is given in two places: write it in one';
  if (known.includes(name)) return 'is not read in the query: write it into the body';
  return unknownName(name, inQuery ? known : [], 'parameter of this call');
}

/** The object in the body; undefined without one, where it may be missing. */
function readFields(req: Request, shape: Shape): Record<string, unknown> | undefined {
  const { inBody, needsBody, known, example } = shape;
  const refuseAll = (problem: string) => refuse(['(body)'], () => problem);
  if (!inBody) {
    if (hasContent(req))
      refuseAll(
        known.length > 0
          ? 'is not read by this call: write its fields in the query'
          : 'is not read by this call: leave it out',
      );
    return undefined;
  }
  const body = readJson(req.body);
  if (body === undefined) {
    if (needsBody) refuseAll(`is required: write ${example}`);
    return undefined;
  }
  if (!isPlain(body)) refuseAll(`must be a JSON object${example === '{}' ? '' : `: write ${example}`}`);
  refuseMisread(req.body as string);
  return body as Record<string, unknown>;
}

/** An idempotency key is a header here: in a body it could be copied along with it. Its absence is the input's to refuse. */
function withKey(req: Request, input: unknown, keyed: boolean): unknown {
  if (!keyed || !isPlain(input)) return input;
  if (Object.hasOwn(input, keyField))
    throw new AppError('request.invalid', {
      fields: { [keyField]: 'belongs in the header Idempotency-Key' },
    });
  return { ...input, [keyField]: req.get('Idempotency-Key') };
}

const fieldsOf = (schema: JsonSchema) => resolveRef(schema, schema).properties ?? {};
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
