// Instants back from JSON: where the schema has them, and nowhere else.
import { expect, test } from 'vitest';
import { z } from 'zod';
import { reviverOf } from './json-instants.ts';

const at = new Date('2026-01-05T09:00:00.123Z');
const item = z.object({ at: z.date(), note: z.string() });

test.each([
  ['an instant', z.date(), at],
  ['one that may be null', z.date().nullable(), null],
  ['one that may be left out', z.object({ at: z.date().optional(), note: z.string() }), { note: 'x' }],
  [
    'one deep inside',
    z.object({ list: z.array(z.object({ each: item.nullable() })) }),
    { list: [{ each: { at, note: at.toISOString() } }, { each: null }] },
  ],
  [
    'one of some options',
    z.object({
      reason: z.discriminatedUnion('code', [
        z.object({ code: z.literal('stale'), when: z.date().nullable() }),
        z.object({ code: z.enum(['other', 'third']), when: z.string() }),
      ]),
    }),
    { reason: { code: 'stale', when: at } },
  ],
  [
    'text of another option',
    z.discriminatedUnion('code', [
      z.object({ code: z.literal('stale'), when: z.date() }),
      z.object({ code: z.literal('other'), when: z.string() }),
    ]),
    { code: 'other', when: at.toISOString() },
  ],
  [
    'text that looks like an instant, in a field that sounds like one',
    z.object({ closedAt: z.string(), at: z.date() }),
    { closedAt: at.toISOString(), at },
  ],
] as [string, z.ZodType, unknown][])('%s comes back as it was', (_, schema, value) => {
  const revive = reviverOf(schema);
  expect(schema.parse(revive?.(JSON.parse(JSON.stringify(value))))).toEqual(value);
});

test('a schema without instants needs nothing done', () => {
  expect(
    reviverOf(z.object({ closedAt: z.string(), kind: z.enum(['a']), n: z.number().int(), yes: z.boolean() })),
  ).toBeUndefined();
});

test.each([[null], [7], [[]], ['no instant'], [{ at: 7 }], [{ at: [] }], [{ at: 'no instant' }]])(
  'what does not fit, such as %j, is left for the schema to refuse',
  (json) => {
    expect(item.safeParse(reviverOf(item)?.(json)).success).toBe(false);
  },
);

test('a schema with a part that is not looked into is refused, so that no instant in it stays text', () => {
  expect(() => reviverOf(z.object({ by: z.record(z.string(), z.date()) }))).toThrow('of type record');
  expect(() => reviverOf(z.union([z.date(), z.string()]))).toThrow('of type union');
});
