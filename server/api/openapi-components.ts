// The parts of the OpenAPI document that operations share: schemas by their names, headers, answers to what is refused.
import type { z } from 'zod';
import { errorRegistry, type ErrorCode } from '../../shared/errors.ts';
import { httpStatusOf } from '../trpc/errors.ts';
import { toJsonSchema, type JsonSchema } from './schemas.ts';

/** The answers of an operation by status. Of a 304 there is no content. */
export type Responses = Record<
  string,
  { description: string; content?: Record<string, object>; headers?: object }
>;

export const schemaPath = '#/components/schemas/';

const text = { schema: { type: 'string' } };
/** Every header that an answer may bear, once. */
export const headers = {
  'X-Request-Id': { description: 'this request, in our logs', ...text },
  ETag: { description: 'of exactly these bytes: send it back as If-None-Match', ...text },
  'RateLimit-Policy': {
    description:
      'the quota of your network: `q` calls in `w` seconds; not told to programs on the same machine',
    ...text,
    example: '"requests";q=3000;w=60',
  },
  RateLimit: {
    description: 'what is left of it: `r` calls, for `t` seconds',
    ...text,
    example: '"requests";r=2999;t=60',
  },
  'Retry-After': { description: 'seconds after which to ask again', schema: { type: 'integer' }, example: 5 },
  'WWW-Authenticate': {
    description:
      'how one proves who one is; with `error="invalid_token"` what was sent is no good (any more)',
    ...text,
    example: 'Bearer realm="FTrader"',
  },
};
type Header = keyof typeof headers;
const always: readonly Header[] = ['X-Request-Id', 'RateLimit', 'RateLimit-Policy'];
/** By reference: those that every answer has, and `more`. */
export const headersWith = (...more: Header[]): Record<string, object> =>
  Object.fromEntries([...always, ...more].map((name) => [name, { $ref: `#/components/headers/${name}` }]));
const headersOf: Readonly<Record<string, readonly Header[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After'],
  503: ['Retry-After'],
};

/** One answer per HTTP status, listing the codes that come with it. */
export function errorAnswers(codes: ErrorCode[]): Responses {
  const byStatus = Object.groupBy(codes, (code) => httpStatusOf(code));
  return Object.fromEntries(
    Object.entries(byStatus).map(([status, all = []]) => [
      status,
      {
        description: all.map((code) => `\`${code}\` ${errorRegistry[code].message}`).join('\n\n'),
        headers: headersWith(...(headersOf[status] ?? [])),
        content: {
          'application/json': {
            schema: { $ref: `${schemaPath}Error` },
            examples: Object.fromEntries(
              all.map((code) => [code, { $ref: `#/components/examples/${code}` }]),
            ),
          },
        },
      },
    ]),
  );
}

export type Components = ReturnType<typeof createComponents>;
/** The named schemas. A name stands for one shape: a second, different one is an error in `shared/`. */
export function createComponents() {
  const schemas: Record<string, JsonSchema> = {};
  function name(key: string, schema: JsonSchema): JsonSchema {
    if (schema.$ref) return schema;
    const known = schemas[key];
    if (known && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`two different schemas are called ${key}`);
    schemas[key] = schema;
    return { $ref: `${schemaPath}${key}` };
  }
  /** Moves `$defs` to the components and points the references there. */
  function hoist({ $schema: _dialect, $defs = {}, ...schema }: JsonSchema): JsonSchema {
    for (const [key, definition] of Object.entries($defs)) name(key, redirect(definition as JsonSchema));
    return redirect(schema as JsonSchema);
  }
  return {
    schemas,
    name,
    hoist,
    add: (schema: z.ZodType, io: 'input' | 'output', fallback: string) =>
      name(fallback, hoist(toJsonSchema(schema, io))),
  };
}

const redirect = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? value.replace('#/$defs/', schemaPath) : value,
  ) as JsonSchema;
