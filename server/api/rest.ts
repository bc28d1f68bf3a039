// The REST face: plain JSON over the table, each row one call of a procedure. Input checks, permission and errors are the procedure's own.
import { callTRPCProcedure, type AnyTRPCRouter } from '@trpc/server';
import express, { Router, type Request, type RequestHandler, type Response } from 'express';
import { isDecided } from '../../shared/deal-words.ts';
import type { Deal } from '../../shared/trading.ts';
import { AppError } from '../lib/app-error.ts';
import type { Context } from '../trpc/context.ts';
import { notJson, refuseMethod } from './answer.ts';
import { coerce } from './coerce.ts';
import { queryOf } from './request-rules.ts';
import type { Method, RestRoute } from './rest-table.ts';
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
}): Router {
  const procedures = new Map(listProcedures(router).map((procedure) => [procedure.name, procedure]));
  const routes = Router({ caseSensitive: true });
  const json = express.json({ limit: maxBodyBytes, strict: false });
  const paths = Map.groupBy(table, (row) => row.path);
  for (const [path, rows] of paths) {
    const route = routes.route(path.replaceAll(/\{(\w+)\}/g, ':$1'));
    for (const row of rows) {
      const procedure = procedures.get(row.procedure);
      if (!procedure || procedure.type === 'subscription')
        throw new Error(`${row.method} ${row.path}: there is no procedure ${row.procedure}`);
      const handlers = [...(takesBody(row.method) ? [json] : []), call(router, procedure, row, contextOf)];
      route[row.method.toLowerCase() as Lowercase<Method>](handlers);
    }
    route.all(refuseMethod(allowedMethods(rows.map((row) => row.method))));
  }
  return routes;
}

export const takesBody = (method: Method): boolean =>
  method === 'POST' || method === 'PUT' || method === 'PATCH';
const allowedMethods = (methods: Method[]) => [
  ...methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])),
  'OPTIONS',
];

function call(
  router: AnyTRPCRouter,
  { name, type, input }: ProcedureInfo,
  { method, deals }: RestRoute,
  contextOf: (req: Request, res: Response) => Promise<Context>,
): RequestHandler {
  const schema = input ? toJsonSchema(input, 'input') : undefined;
  return async (req, res) => {
    const ctx = await contextOf(req, res);
    const ended = new AbortController();
    res.once('close', () => ended.abort());
    // Read by the procedure's input step, so that who may not call learns nothing about the input, as on tRPC.
    const getRawInput = async () => withKey(req, readInput(req, schema, takesBody(method)), deals);
    if (!schema) await getRawInput();
    const result = await callTRPCProcedure({
      router,
      path: name,
      type,
      ctx,
      getRawInput,
      signal: ended.signal,
      batchIndex: 0,
    });
    const undecided = deals && !isDecided((result as Deal).status);
    if (undecided) res.status(202).location(`/api/trading/deals/${(result as Deal).id}`);
    res.set('Cache-Control', 'no-store').json(result ?? null);
  };
}

/** Path and query, or path and body, as the input's schema wants them. Throws request.invalid naming every unknown query parameter. */
function readInput(req: Request, schema: JsonSchema | undefined, hasBody: boolean): unknown {
  const fields = schema ? (resolveRef(schema, schema).properties ?? {}) : {};
  const query = queryOf(req.url);
  const unknown = [...new Set(query.keys())].filter((key) => hasBody || !Object.hasOwn(fields, key));
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
  const fromQuery = [...new Set(query.keys())].map((key) => {
    const values = query.getAll(key);
    return [key, asText(key, values.length === 1 ? values[0] : values)];
  });
  return Object.fromEntries([...fromQuery, ...fromPath]);
}

/** The key of a request to deal is a header here: in a body it could be copied along with it. Its absence is the input's to refuse. */
function withKey(req: Request, input: unknown, deals: boolean | undefined): unknown {
  if (!deals || !isPlain(input)) return input;
  if (Object.hasOwn(input as object, 'idempotencyKey'))
    throw new AppError('request.invalid', {
      fields: { idempotencyKey: 'belongs in the header Idempotency-Key' },
    });
  return { ...(input as object), idempotencyKey: req.get('Idempotency-Key') };
}

const hasContent = (req: Request) =>
  req.headers['transfer-encoding'] !== undefined || Number(req.headers['content-length'] ?? 0) > 0;
const isPlain = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
