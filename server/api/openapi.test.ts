import { expect, test } from 'vitest';
import { z } from 'zod';
import { errorCodes, type ErrorCode } from '../../shared/errors.ts';
import { demoLogin } from '../modules/auth/index.ts';
import { checker } from '../testing/openapi-checker.ts';
import { httpStatusOf } from '../trpc/errors.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { createOpenApi } from './openapi.ts';
import { describeRouter, restTable, restTags } from './router.ts';

const document = () =>
  createOpenApi({ router: describeRouter(), table: restTable, tags: restTags, version: '1.2.3' });

/** Every object of a tree, with its path. */
function* walk(value: unknown, at = '#'): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) yield [at, value as Record<string, unknown>];
  for (const [key, item] of Object.entries(value)) yield* walk(item, `${at}/${key}`);
}
const lookUp = (tree: unknown, ref: string) =>
  ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], tree);

test('every $ref leads somewhere, every operation has its own id, path fields and answers', () => {
  const doc = document();
  const refs = [...walk(doc)].flatMap(([at, { $ref }]) => (typeof $ref === 'string' ? [{ at, $ref }] : []));
  expect(refs.length).toBeGreaterThan(restTable.length);
  expect(refs.filter(({ $ref }) => typeof lookUp(doc, $ref) !== 'object')).toEqual([]);
  const operations = Object.entries(doc.paths).flatMap(([path, methods]) =>
    Object.values(methods).map((operation) => ({ path, ...operation })),
  );
  expect(operations.map(({ operationId }) => operationId).sort()).toEqual(
    restTable.map(({ procedure }) => procedure).sort(),
  );
  for (const { path, parameters = [], summary, responses, security, 'x-scope': scope } of operations) {
    const inPath = (parameters as { in: string; name: string; required: boolean }[]).filter(
      (parameter) => parameter.in === 'path',
    );
    expect(inPath).toEqual(
      [...path.matchAll(/\{(\w+)\}/g)].map((match) =>
        expect.objectContaining({ name: match[1], required: true }),
      ),
    );
    expect(summary).not.toBe('');
    expect(Object.keys(responses)).toEqual(
      expect.arrayContaining([
        Object.keys(responses).find((status) => status.startsWith('2')) ?? 'an answer',
        '400',
        '429',
        '500',
        '503',
        ...(scope === 'public' ? [] : ['401', '403']),
      ]),
    );
    expect(security).toEqual(scope === 'public' ? [] : [{ bearer: [] }, { cookie: [] }]);
  }
  expect(doc.components.schemas['Instant']).toMatchObject({ type: 'string', format: 'date-time' });
  expect(Object.keys(doc.components.examples)).toEqual(errorCodes);
});

test('wherever an answer or an event names an account, it says whether that is simulated, demo or live', () => {
  const { components } = document();
  const schemas = Object.entries(components.schemas).filter(([name]) => !name.endsWith('Input'));
  const naming = [...walk(Object.fromEntries(schemas))].flatMap(([at, { properties }]) =>
    typeof properties === 'object' && properties !== null && 'accountId' in properties
      ? [{ at, says: 'environment' in properties }]
      : [],
  );
  expect(naming.length).toBeGreaterThan(5);
  // What an event holds does not repeat what its envelope says.
  const isInEvent = (at: string) => /^#\/EventList\/.*\/properties\/data$/.test(at);
  expect(naming.filter(({ at, says }) => !says && !isInEvent(at))).toEqual([]);
});

test('two schemas of one name that differ, and a row without a procedure, are refused when the document is made', () => {
  const [one, other] = [
    z.object({ a: z.string() }).meta({ id: 'SameName' }),
    z.object({ b: z.string() }).meta({ id: 'SameName' }),
  ];
  const both = router({
    t: router({
      a: publicProcedure.output(one).query(() => ({ a: '' })),
      b: publicProcedure.output(other).query(() => ({ b: '' })),
    }),
  });
  const rows = (...names: string[]) =>
    names.map(
      (name) => ({ method: 'GET', path: `/${name}`, procedure: `t.${name}`, summary: name }) as const,
    );
  const making = (...names: string[]) => {
    createOpenApi({ router: both, table: rows(...names), tags: {}, version: '1' });
  };
  expect(() => making('a')).not.toThrow();
  expect(() => making('a', 'b')).toThrow('SameName');
  expect(() => making('c')).toThrow('there is no procedure t.c');
});

test('the examples of inputs fit the schemas they stand beside', () => {
  const doc = document();
  const bodies = Object.values(doc.paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ operationId, requestBody }) => {
      const body = requestBody as
        { content: Record<string, { schema: object; example?: unknown }> } | undefined;
      return body ? [{ operationId, ...body.content['application/json']! }] : [];
    });
  expect(bodies.map(({ operationId }) => operationId)).toEqual(
    expect.arrayContaining(['auth.register', 'trading.openPosition']),
  );
  for (const { operationId, schema, example } of bodies)
    expect([operationId, checker(doc, schema).safeParse(example).error]).toEqual([operationId, undefined]);
});

test('every operation says what it is and takes, in words, and shows an answer that fits its schema and its errors by code', () => {
  const doc = document();
  const operations = Object.values(doc.paths).flatMap((methods) => Object.values(methods));
  for (const { operationId, parameters = [], ...said } of operations) {
    const { summary, description, tags, responses } = said;
    expect([operationId, summary.length > 5, description.length > 5, tags.length]).toEqual([
      operationId,
      true,
      true,
      1,
    ]);
    for (const { name, description: words, required, ...given } of parameters as Record<string, any>[])
      expect([operationId, name, (words as string).length > 5, !required || 'example' in given]).toEqual([
        operationId,
        name,
        true,
        true,
      ]);
    const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
    const shown = successes.flatMap(([status, { content }]) => {
      const { schema, example } = content!['application/json'] as { schema: object; example?: unknown };
      return example === undefined ? [] : [{ status, wrong: checker(doc, schema).safeParse(example).error }];
    });
    expect([operationId, shown.length > 0, shown.filter(({ wrong }) => wrong)]).toEqual([
      operationId,
      true,
      [],
    ]);
    const failures = Object.entries(responses).filter(([status]) => status >= '400');
    for (const [status, { content, description: words }] of failures) {
      const { examples } = content!['application/json'] as { examples: Record<string, object> };
      expect(Object.keys(examples).length).toBeGreaterThan(0);
      for (const code of Object.keys(examples)) {
        expect(words).toContain(`\`${code}\``);
        expect([code, String(httpStatusOf(code as ErrorCode))]).toEqual([code, status]);
      }
    }
  }
});

test('no example lets anybody in: of tokens, keys, secrets and passwords there are stand-ins only', () => {
  const text = JSON.stringify(document().paths);
  expect(text).not.toContain(demoLogin.password);
  expect(text).not.toMatch(/eyJ[\w-]{10,}\.[\w-]{10,}|ft_[0-9a-z]{20,}|whsec_\w{8,}|ftr_[0-9a-z]{30,}/i);
  for (const [at, { accessToken, refreshToken, key, secret }] of walk(document().paths))
    for (const value of [accessToken, refreshToken, key, secret])
      if (typeof value === 'string' && at.includes('/example'))
        expect([at, value]).toEqual([
          at,
          expect.toSatisfy((each: string) => /[ …]/.test(each) || each.length < 20),
        ]);
});
