// The REST face: plain JSON over the table, each row one call of a procedure. Input checks, permission and errors are the procedure's own.
import type { AnyTRPCRouter } from '@trpc/server';
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { AppError } from '../lib/app-error.ts';
import type { Context } from '../trpc/context.ts';
import { done, type Method, type RestRoute } from '../trpc/rest.ts';
import { leaving, notJson, refuseMethod, sendJson } from './answer.ts';
import { coerce } from './coerce.ts';
import { queryOf } from './request-rules.ts';
import { listProcedures, resolveRef, toJsonSchema, type JsonSchema, type ProcedureInfo } from './schemas.ts';

/** Largest body of any request: 100 kB. */
export const maxBodyBytes = 100_000;

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
  const json = express.json({ limit: maxBodyBytes, strict: false });
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
      const handlers = [...(takesBody(row.method) ? [json] : []), call(procedure, row, contextOf)];
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

export const takesBody = (method: Method): boolean =>
  method === 'POST' || method === 'PUT' || method === 'PATCH';
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
  { method, path, success = done }: RestRoute,
  contextOf: (req: Request, res: Response) => Promise<Context>,
): RequestHandler {
  const schema = input && toJsonSchema(input, 'input');
  const fields = schema ? fieldsOf(schema) : {};
  const shape: Shape = { schema, fields, hasBody: takesBody(method) };
  const keyed = takesKey(path, fields);
  return async (req, res) => {
    const ctx = await contextOf(req, res);
    // Read by the procedure's input step, so that who may not call learns nothing about the input, as on tRPC.
    const getRawInput = async () => withKey(req, readInput(req, shape), keyed);
    if (!schema) await getRawInput();
    const signal = leaving(res);
    const result = await perform({ ctx, path: name, type, getRawInput, signal, batchIndex: 0 });
    const { status, location } = success.of(result);
    if (location !== undefined) res.location(location);
    sendJson(req, res, status, result ?? null);
  };
}

/** What a row takes: its input as JSON Schema, the fields of that, and whether they come in a body. */
interface Shape {
  schema: JsonSchema | undefined;
  fields: NonNullable<JsonSchema['properties']>;
  hasBody: boolean;
}

/** Path and query, or path and body, as the input's schema wants them. Throws request.invalid naming every unknown query parameter. */
function readInput(req: Request, { schema, fields, hasBody }: Shape): unknown {
  const query = req.url.includes('?') ? queryOf(req.url) : undefined;
  const unknown = [...new Set(query?.keys())].filter((key) => hasBody || !Object.hasOwn(fields, key));
  if (unknown.length > 0)
    throw new AppError('request.invalid', {
      fields: Object.fromEntries(unknown.map((key) => [key, 'is not a parameter of this call'])),
    });
  if (hasBody && req.body === undefined && !req.is('json') && hasContent(req)) throw notJson();
  if (!schema) return undefined;

  const asText = (key: string, value: unknown) =>
    coerce(value, (fields[key] ?? {}) as JsonSchema, schema, true);
  const fromPath = Object.entries(req.params).map(([key, value]) => [key, asText(key, value)]);
  if (hasBody) {
    const body = req.body === undefined ? undefined : coerce(req.body, schema, schema, false);
    return fromPath.length > 0 && (body === undefined || isPlain(body))
      ? { ...(body as object | undefined), ...Object.fromEntries(fromPath) }
      : body;
  }
  const fromQuery = [...new Set(query?.keys())].map((key) => {
    const values = query!.getAll(key);
    return [key, asText(key, values.length === 1 ? values[0] : values)];
  });
  return Object.fromEntries([...fromQuery, ...fromPath]);
}

/** An idempotency key is a header here: in a body it could be copied along with it. Its absence is the input's to refuse. */
function withKey(req: Request, input: unknown, keyed: boolean): unknown {
  if (!keyed || !isPlain(input)) return input;
  if (Object.hasOwn(input as object, keyField))
    throw new AppError('request.invalid', {
      fields: { [keyField]: 'belongs in the header Idempotency-Key' },
    });
  return { ...(input as object), [keyField]: req.get('Idempotency-Key') };
}

const fieldsOf = (schema: JsonSchema) => resolveRef(schema, schema).properties ?? {};
const hasContent = (req: Request) =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
const isPlain = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
