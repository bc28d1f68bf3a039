// The OpenAPI 3.1 document, made from the routers, the REST table and the Zod schemas; nothing in it is written twice.
import { readFileSync } from 'node:fs';
import type { AnyTRPCRouter } from '@trpc/server';
import { z } from 'zod';
import { ErrorBody, errorCodes, errorRegistry, type ErrorCode } from '../../shared/errors.ts';
import { AppError } from '../lib/app-error.ts';
import { sessionCookieName } from '../modules/auth/ports.ts';
import { toErrorBody } from '../trpc/errors.ts';
import { done, type RestRoute } from '../trpc/rest.ts';
import {
  createComponents,
  errorAnswers,
  headers,
  headersWith,
  type Components,
  type Responses,
} from './openapi-components.ts';
import { parameterWords } from './parameter-words.ts';
import { keyField, takesBody, takesKey, takesQuery } from './rest.ts';
import { describeSubscriptions } from './subscriptions.ts';
import { listProcedures, resolveRef, toJsonSchema, type JsonSchema, type ProcedureInfo } from './schemas.ts';

export interface OpenApiDocument {
  openapi: '3.1.0';
  info: {
    title: string;
    version: string;
    description: string;
    license: { name: string; identifier: string };
  };
  servers: { url: string }[];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: {
    schemas: Record<string, JsonSchema>;
    headers: Record<string, object>;
    examples: Record<string, object>;
    securitySchemes: Record<string, object>;
  };
}
export interface Operation {
  operationId: string;
  tags: string[];
  summary: string;
  description: string;
  security: Record<string, string[]>[];
  'x-scope': string;
  parameters?: object[];
  requestBody?: object;
  responses: Responses;
}

/** Real answers by procedure and status, as a run of the walk test recorded them. */
export type Answers = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const recorded = JSON.parse(readFileSync(new URL('answers.json', import.meta.url), 'utf8')) as Answers;

const intro = `A self-hosted trading backend between IG and your programs. Not affiliated with IG; no financial advice.

Prices, levels, sizes and money are decimal **text** and never pass through a float. Instants are RFC 3339 in UTC; one without an offset is refused.
What a call does not read is refused by its name, never ignored: a parameter or field it does not have, a name given twice, a body where none is read.
Every failure is one object: see [the errors](errors). Sign in with \`POST /api/auth/login\`, then send \`Authorization: Bearer <accessToken>\`; on this page sign in above.
Prices and events as they happen come by subscriptions.`;
const anyone: readonly ErrorCode[] = [
  'request.invalid',
  'request.malformed',
  'request.credentials_in_url',
  'request.limited',
  'server.bug',
  'server.unavailable',
];
const signedIn: readonly ErrorCode[] = [
  'auth.required',
  'auth.token_expired',
  'auth.token_invalid',
  'auth.scope_missing',
];
const sendsBody: readonly ErrorCode[] = ['request.too_large', 'request.origin_refused'];
const condition = {
  name: 'If-None-Match',
  in: 'header',
  required: false,
  schema: { type: 'string' },
  description: 'The ETag of the answer you have: if it is still the same you get 304 and no body.',
};
const exampleRequestId = 'req_01k9z7p5m8c2x4v6b8n0q2w4e6';

/**
 * The document for `table` over `router`; `tags` describe the first halves of the procedures' names. Throws when a row names no
 * procedure, or when two schemas share an id and differ.
 */
export function createOpenApi({
  router,
  table,
  tags,
  version,
  cookieName = sessionCookieName,
  answers = recorded,
}: {
  router: AnyTRPCRouter;
  table: readonly RestRoute[];
  tags: Readonly<Record<string, string>>;
  version: string;
  /** The browser's cookie of this installation. */
  cookieName?: string;
  /** The examples of answers. */
  answers?: Answers;
}): OpenApiDocument {
  const procedures = new Map(listProcedures(router).map((procedure) => [procedure.name, procedure]));
  const components = createComponents();
  components.add(ErrorBody, 'output', 'Error');
  const paths: OpenApiDocument['paths'] = {};
  for (const row of table) {
    const procedure = procedures.get(row.procedure);
    if (!procedure) throw new Error(`${row.method} ${row.path}: there is no procedure ${row.procedure}`);
    (paths[`/api${row.path}`] ??= {})[row.method.toLowerCase()] = toOperation(row, procedure, {
      components,
      answers: answers[row.procedure],
    });
  }
  const used = new Set(table.map((row) => row.procedure.split('.')[0]!));
  return {
    openapi: '3.1.0',
    info: {
      title: 'FTrader',
      version,
      description: [intro, describeSubscriptions(router)].filter(Boolean).join('\n\n'),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: [...used].map((name) => ({ name, description: tags[name] ?? '' })),
    paths,
    components: {
      schemas: components.schemas,
      headers,
      examples: Object.fromEntries(
        errorCodes.map((code) => [
          code,
          { summary: errorRegistry[code].help, value: toErrorBody(new AppError(code), exampleRequestId) },
        ]),
      ),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          bearerFormat: 'JWT',
          description: 'The accessToken of POST /api/auth/login.',
        },
        cookie: {
          type: 'apiKey',
          in: 'cookie',
          name: cookieName,
          description:
            'Set by POST /api/auth/login; for browsers. Changes need an Origin that is this host or allowed.',
        },
      },
    },
  };
}

function toOperation(
  row: RestRoute,
  { name, scope, input, output }: ProcedureInfo,
  { components, answers }: { components: Components; answers: Answers[string] | undefined },
): Operation {
  const open = scope === 'public';
  const named = name
    .split('.')
    .map((part) => part[0]!.toUpperCase() + part.slice(1))
    .join('');
  const schema = output ? components.add(output, 'output', `${named}Output`) : {};
  const tagged = row.revalidates ? (['ETag'] as const) : [];
  const contentOf = (status: string) => ({
    'application/json': { schema, ...(answers?.[status] !== undefined && { example: answers[status] }) },
    ...(row.textType !== undefined && { [row.textType]: { schema: { type: 'string' } } }),
  });
  const successes = Object.entries((row.success ?? done).statuses).map(
    ([status, { description, location }]) => [
      status,
      {
        description,
        headers: {
          ...headersWith(...tagged),
          ...(location !== undefined && { Location: { description: location, schema: { type: 'string' } } }),
        },
        content: contentOf(status),
      },
    ],
  );
  const errors = [
    ...anyone,
    ...(open ? [] : signedIn),
    ...(takesBody(row) ? sendsBody : []),
    ...(row.errors ?? []),
  ];
  return {
    operationId: name,
    tags: [name.split('.')[0]!],
    summary: row.summary,
    description: [row.description, open ? 'Open to everyone.' : `Scope: \`${scope}\`.`]
      .filter(Boolean)
      .join('\n\n'),
    security: open ? [] : [{ bearer: [] }, { cookie: [] }],
    'x-scope': scope,
    ...withCondition(row, input && toInput(row, input, `${named}Input`, components)),
    responses: {
      ...Object.fromEntries(successes),
      ...(row.revalidates && {
        304: { description: 'You have this answer.', headers: headersWith('ETag') },
      }),
      ...errorAnswers([...new Set(errors)]),
    },
  };
}

const withCondition = ({ revalidates }: RestRoute, taken: ReturnType<typeof toInput> | undefined) =>
  revalidates ? { ...taken, parameters: [...(taken?.parameters ?? []), condition] } : taken;

/** What a parameter is, in words: its own, those of its type, or those of its name. */
const wordsOf = (name: string, schema: JsonSchema, { schemas }: Components): string | undefined =>
  schema.description ??
  parameterWords[name] ??
  resolveRef(schema, { $defs: schemas } as JsonSchema).description;

/** Parameters of path and query, and what is left as the body. */
function toInput(
  row: RestRoute,
  input: z.ZodType,
  name: string,
  components: Components,
): Pick<Operation, 'parameters' | 'requestBody'> {
  const schema = components.hoist(toJsonSchema(input, 'input'));
  const {
    properties = {},
    required = [],
    ...rest
  } = resolveRef(schema, { $defs: components.schemas } as JsonSchema);
  const inPath = [...row.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
  const parameter = (key: string, where: 'path' | 'query') => {
    const given = properties[key] as JsonSchema;
    const example = row.example?.[key];
    return {
      name: key,
      in: where,
      required: required.includes(key),
      schema: given,
      description: wordsOf(key, given, components),
      ...(given.type === 'array' && { style: where === 'path' ? 'simple' : 'form', explode: false }),
      ...(example !== undefined && { example }),
    };
  };
  const path = inPath.map((key) => parameter(key, 'path'));
  const keyed = takesKey(row.path, properties);
  const others = Object.keys(properties).filter(
    (key) => !inPath.includes(key) && !(keyed && key === keyField),
  );
  const header = keyed
    ? [
        {
          name: 'Idempotency-Key',
          in: 'header',
          required: true,
          schema: properties[keyField],
          description: 'A new one for each intent; the same one only to repeat the same request.',
          example: row.example?.[keyField],
        },
      ]
    : [];
  const inQuery = takesQuery(row) ? others.map((key) => parameter(key, 'query')) : [];
  const parameters = [...path, ...header, ...inQuery];
  if (!takesBody(row)) return { parameters };
  const body =
    inPath.length === 0 && !keyed
      ? schema
      : {
          ...rest,
          properties: Object.fromEntries(others.map((key) => [key, properties[key]!])),
          required: required.filter((key) => others.includes(key)),
        };
  return {
    ...(parameters.length > 0 && { parameters }),
    requestBody: {
      required: !takesQuery(row),
      ...(takesQuery(row) && { description: 'The fields of the query, each in one of the two places.' }),
      content: {
        'application/json': {
          schema: components.name(name, body),
          ...(row.example && {
            example: Object.fromEntries(Object.entries(row.example).filter(([key]) => others.includes(key))),
          }),
        },
      },
    },
  };
}
