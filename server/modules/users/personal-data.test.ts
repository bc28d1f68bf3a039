// The export of one's own data: nothing is forgotten, nothing is another's, nothing opens a door.
import { getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import * as schema from '../../../drizzle/schema/index.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { openedPosition, tradingRig } from '../../testing/trading-rig.ts';
import { testAuth } from '../../testing/test-auth.ts';
import { createCallerFactory } from '../../trpc/init.ts';
import { createUsersModule } from './index.ts';
import { notExported, sections } from './personal-data.ts';

const allTables = Object.values<unknown>(schema).filter((each) => is(each, PgTable));

const unasked = () => Promise.reject(new Error('nobody asks for it here'));

test('every table is exported, or named with why not', () => {
  const named = [...sections.map(({ table }) => getTableName(table)), ...Object.keys(notExported)];
  expect(named.toSorted()).toEqual(allTables.map((table) => getTableName(table)).toSorted());
});

test('an export has all deals, positions and events of its user, over pages, and none of another’s', async () => {
  await using rig = await tradingRig();
  const bob = await rig.addUser('bob');
  const dealId = await openedPosition(rig);
  await rig.as(bob).openPosition(rig.order());
  // More events than a page has.
  const { userEvents } = schema;
  const events = await rig.database.db.select().from(userEvents);
  const [sample] = events.filter(({ userId }) => userId === rig.userId);
  const many = Array.from({ length: 2_500 }, (_, n) => ({ ...sample!, offset: 1_000 + n, id: `x${n}` }));
  await rig.database.db.insert(userEvents).values(many);

  const { router } = createUsersModule({
    database: rig.database,
    signIn: {
      twoFactorOf: unasked,
      emailChange: { requestEmailChange: unasked, confirmEmailChange: unasked },
      erasing: { admitErasure: unasked, erase: unasked },
    },
    leaveAccounts: unasked,
  });
  const exported = async (id: string) => {
    const ask = createCallerFactory(router)(
      build.context({ principal: build.principal(['session'], { id }), clock: rig.clock }),
    );
    const all: Record<string, Record<string, unknown>[]> = {};
    let cursor: string | undefined;
    do {
      const page = await ask.exportData({ cursor });
      expect(page.rows.length).toBeLessThanOrEqual(1_000);
      (all[page.table] ??= []).push(...page.rows);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return all;
  };
  const mine = await exported(rig.userId);
  expect(Object.keys(mine)).toEqual(sections.map(({ table }) => getTableName(table)));
  expect(mine['positions']!.map((row) => row['dealId'])).toEqual([dealId]);
  const offsets = mine['user_events']!.map((row) => `${row['stream']} ${row['offset']}`);
  expect(new Set(offsets).size).toBe(offsets.length);
  expect(offsets.length).toBe(2_500 + events.filter(({ userId }) => userId === rig.userId).length);
  expect(mine['broker_accounts']![0]).not.toHaveProperty('credentials');
  expect(JSON.stringify(mine)).not.toContain(bob);
  const bobs = await exported(bob);
  expect(bobs['deals']!.map((row) => row['userId'])).toEqual([bob]);
  expect(JSON.stringify(bobs)).not.toContain(rig.userId);
});

test('an export holds neither the password nor what proves a session, and a cursor of nobody is refused', async () => {
  await using app = await testAuth();
  const { accessToken } = await app.signUp();
  const { users } = await app.call({ bearer: accessToken });
  const [user] = await app.database.db.select().from(schema.users);
  const [session] = await app.database.db.select().from(schema.sessions);
  let text = '';
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await users.exportData(cursor === undefined ? {} : { cursor });
    text += JSON.stringify(page.rows);
    cursor = page.nextCursor;
  }
  expect(text).toContain(user!.email);
  expect(text).not.toContain(user!.passwordHash);
  expect(text).not.toContain(session!.id);
  const written = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  for (const cursor of [
    'x',
    written({}),
    written(['refresh_tokens']),
    written(['deals', 'a', 'b']),
    written(['user_events', 'a', 'trading', 'many']),
    written(['account_days', 'a', 'yesterday']),
    written(['deals', 'a\0']),
  ])
    expect(await failure(users.exportData({ cursor }))).toMatchObject({ code: 'request.invalid' });
});
