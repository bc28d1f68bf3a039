// Simulated, demo or live: said wherever an account is named, in rows and in answers, so that nobody takes one for another.
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import { z } from 'zod';
import * as schema from '../../drizzle/schema/index.ts';
import { describeRouter } from '../api/router.ts';
import { listProcedures } from '../api/schemas.ts';

test('every table whose rows are of an account says in each which environment it is of', () => {
  const tables = Object.values<unknown>(schema).filter((each): each is PgTable => is(each, PgTable));
  const ofAccounts = tables.filter((table) => 'accountId' in getTableColumns(table));
  expect(ofAccounts.map(getTableName)).toEqual(
    expect.arrayContaining(['deals', 'positions', 'working_orders', 'account_risk', 'account_health']),
  );
  const wrong = ofAccounts.filter((table) => {
    const { accountId, environment } = getTableColumns(table);
    // Where a row may be of no account, it has no environment either.
    return !environment || environment.notNull !== accountId!.notNull || environment.hasDefault;
  });
  expect(wrong.map(getTableName)).toEqual([]);
});

/** Every object in a schema with its fields, named by the way to it. What an event holds is of the account that its envelope names. */
function objectsOf(at: string, schema: z.ZodType, seen: Set<unknown>): [at: string, fields: string[]][] {
  if (seen.has(schema)) return [];
  seen.add(schema);
  const within = (name: string, part: unknown) =>
    part instanceof z.ZodType ? objectsOf(name, part, seen) : [];
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Record<string, z.ZodType>;
    const isEnvelope = 'environment' in shape && 'data' in shape;
    const parts = Object.entries(shape).filter(([name]) => !isEnvelope || name !== 'data');
    return [[at, Object.keys(shape)], ...parts.flatMap(([name, part]) => within(`${at}.${name}`, part))];
  }
  const def = schema.def as unknown as Record<string, unknown>;
  const lists = [def['options'], def['items']].flatMap((each) => (each as unknown[] | undefined) ?? []);
  const parts = ['innerType', 'element', 'in', 'out', 'left', 'right', 'valueType'].map((key) => def[key]);
  return [...parts, ...lists].flatMap((part) => within(at, part));
}
const answers = listProcedures(describeRouter()).flatMap(({ name, output }) =>
  output ? [{ name, objects: objectsOf(name, output, new Set()) }] : [],
);

test('every answer that names an account says which environment it is of', () => {
  const ofAccounts = answers.flatMap(({ objects }) =>
    objects.filter(([, fields]) => fields.includes('accountId')),
  );
  expect(ofAccounts.length).toBeGreaterThan(30);
  expect(ofAccounts.filter(([, fields]) => !fields.includes('environment')).map(([at]) => at)).toEqual([]);
});

test('every answer of trading names the account that it is of, and its environment', () => {
  const ofTrading = answers.filter(({ name }) => name.startsWith('trading.'));
  expect(ofTrading.length).toBeGreaterThan(25);
  const silent = ofTrading.filter(
    ({ objects }) =>
      !objects.some(([, fields]) => ['accountId', 'environment'].every((name) => fields.includes(name))),
  );
  expect(silent.map(({ name }) => name)).toEqual([]);
});
