import { expect, test } from 'vitest';
import { z } from 'zod';
import * as build from '../testing/build.ts';
import { startEdge } from '../testing/edge.ts';
import { exampleInput } from '../trpc/example.ts';

import { problemsOf } from '../trpc/problems.ts';
import { describeRouter } from './router.ts';
import { listProcedures } from './schemas.ts';

/** What a problem begins with where it reads on from its field's name: `size must be text`. */
const readsOn = /^(is|are|must|holds|cannot|may|needs|changes|has|have)\b/;
const inputs = listProcedures(describeRouter()).flatMap(({ name, input }) =>
  input ? [{ name, input }] : [],
);

/** A schema and all its parts, each once. */
function partsOf(schema: z.ZodType, seen = new Set<z.ZodType>()): Set<z.ZodType> {
  if (seen.has(schema)) return seen;
  seen.add(schema);
  const def = schema.def as unknown as Record<string, unknown>;
  const parts = [def['innerType'], def['element'], def['in'], def['out'], def['left'], def['right']];
  const options = [
    ...((def['options'] as unknown[] | undefined) ?? []),
    ...Object.values(def['shape'] ?? {}),
  ];
  for (const part of [...parts, ...options]) if (part instanceof z.ZodType) partsOf(part, seen);
  return seen;
}
/** The texts of every check of a schema, those of its parts included. */
const textsOf = (schema: z.ZodType): string[] =>
  [...partsOf(schema)]
    .flatMap((part) => [part.def, ...(part.def.checks ?? []).map(({ _zod }) => _zod.def)])
    .flatMap(({ error }) => {
      const said = error?.({ code: 'custom', input: undefined } as never);
      const text = typeof said === 'object' ? said?.message : said;
      return text ? [text] : [];
    });

test('every problem that an input can have reads on from the name of its field', () => {
  const texts = inputs.flatMap(({ name, input }) => textsOf(input).map((text) => [name, text] as const));
  expect(texts.length).toBeGreaterThan(100);
  expect(texts.filter(([, text]) => !readsOn.test(text))).toEqual([]);
});

test('what may be one of several things and is none is told what there is: no choice of an input is without words', () => {
  const silent = inputs.flatMap(({ name, input }) =>
    [...partsOf(input)]
      .filter(
        (part) => part instanceof z.ZodUnion && !(part instanceof z.ZodDiscriminatedUnion) && !part.def.error,
      )
      .map((part) => [name, part.def]),
  );
  expect(silent).toEqual([]);
});

test('a call that says nothing at all, or only what it must, is answered in words that read on from a name', () => {
  const wrong = inputs.flatMap(({ name, input }) =>
    [{}, exampleInput(input)].flatMap((sent) => {
      const { error } = input.safeParse(sent);
      const problems = Object.values(error ? problemsOf(error, sent, input) : {});
      return problems.filter((each) => !readsOn.test(each)).map((each) => [name, each]);
    }),
  );
  expect(wrong).toEqual([]);
});

test.each<[string, string, object, string]>([
  [
    'accounts/acct_1/credentials',
    'PUT',
    {},
    'The input changes nothing: write at least one of apiKey, identifier and password.',
  ],
  [
    'trading/risk',
    'PUT',
    {},
    'The input changes nothing: write at least one of maxSize, maxExposure, maxOrdersPerMinute, maxOrdersPerDay, maxDailyLoss and epics.',
  ],
  [
    'trading/positions/DI1',
    'PATCH',
    {},
    'The input changes nothing: write at least one of stopLevel, limitLevel, guaranteedStop and trailingStop, and null for what is to go.',
  ],
  [
    'trading/orders/DI1',
    'PATCH',
    {},
    'The input changes nothing: write at least one of level, goodTillAt, stopDistancePoints, limitDistancePoints and guaranteedStop, and null for what is to go.',
  ],
])('a change of nothing is told of the whole input: %s', async (path, method, body, message) => {
  await using app = await startEdge({
    router: describeRouter(),
    authenticate: async () => ({ principal: build.principal() }),
  });
  const answer = await app.ask(`/api/${path}`, { method, body, headers: { 'idempotency-key': 'a-new-one' } });
  expect(answer).toMatchObject({
    status: 400,
    json: { code: 'request.invalid', message, fields: { '(input)': expect.any(String) } },
  });
});
