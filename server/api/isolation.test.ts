// One user with the ids of another, over every procedure there is: nothing is found, nothing is told, nothing is changed.
import { getTableName, isNull } from 'drizzle-orm';
import { expect, test, vi } from 'vitest';
import { notifications } from '../../drizzle/schema/index.ts';
import { errorOf } from '../../client/index.ts';
import { errorRegistry, type ErrorCode } from '../../shared/errors.ts';
import { createDatabase, type Database } from '../db/client.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { sections } from '../modules/users/personal-data.ts';
import { jane } from '../testing/account-rig.ts';
import * as build from '../testing/build.ts';
import { overRest, overTrpc, type Ask, type Outcome } from '../testing/faces.ts';
import { signUp, type Caller } from '../testing/kit.ts';
import { othersIds, type Attempt } from '../testing/others-ids.ts';
import { testApp } from '../testing/test-app.ts';
import { testBroker } from '../testing/test-broker.ts';
import { liveAs, type Life } from '../testing/whole-life.ts';
import { describeRouter } from './router.ts';
import { listProcedures, toJsonSchema } from './schemas.ts';

const procedures = listProcedures(describeRouter());
const typeOf = new Map(procedures.map(({ name, type }) => [name, type]));
const isQuery = (name: string) => typeOf.get(name) === 'query';

/** Fields that name something that may be somebody's, or a place in a list of theirs. */
const isLikeAnId = (field: string) =>
  /(^i|I)ds?$|^(feed|cursor|after|lastEventId|idempotencyKey|acquiredBy|disposedBy)$/.test(field);
function fieldsIn(schema: unknown): string[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  return [...Object.keys(properties), ...Object.values(schema).flatMap(fieldsIn)];
}

test('every procedure that takes something like an id is walked with another user’s; an administrator’s is asked by none', () => {
  const withIds = procedures.filter(
    ({ scope, input }) =>
      scope !== 'admin' && input !== undefined && fieldsIn(toJsonSchema(input, 'input')).some(isLikeAnId),
  );
  expect(withIds.length).toBeGreaterThan(60);
  expect(withIds.map(({ name }) => name).filter((name) => !(name in othersIds))).toEqual([]);
  expect(Object.keys(othersIds).filter((name) => !typeOf.has(name))).toEqual([]);
});

/** The first that a subscription tells. */
const listen = ({ api }: Caller, procedure: string, input: object) =>
  new Promise<Outcome>((resolve, reject) => {
    type Subscribe = (input: object, on: Record<string, (told: any) => void>) => { unsubscribe(): void };
    const [module, name] = procedure.split('.') as [string, string];
    const { subscribe } = (api as unknown as Record<string, Record<string, { subscribe: Subscribe }>>)[
      module
    ]![name]!;
    const subscription = subscribe(input, {
      onData(answer) {
        resolve({ answer });
        queueMicrotask(() => subscription.unsubscribe());
      },
      onError(error) {
        const { code } = errorOf(error) ?? {};
        if (code === undefined) reject(error as Error);
        else resolve({ code });
      },
    });
  });
const kindOf = ({ code }: Outcome) => (code === undefined ? 'answer' : errorRegistry[code as ErrorCode].kind);
/** A place in another's list is no place, or one in one's own. */
const isTold = (outcome: Outcome, told: 'not_found' | NonNullable<Attempt['told']>) =>
  told === 'of his own' ? ['answer', 'invalid'].includes(kindOf(outcome)) : kindOf(outcome) === told;

/** What the server itself brings up to date as the broker tells it: tables, and fields of tables. */
const ofBroker: Readonly<Record<string, 'all' | readonly string[]>> = {
  account_health: 'all',
  account_days: 'all',
  account_risk: ['cash', 'margin', 'runningProfit', 'fundsAt', 'positionsReadAt', 'dayEndsAt'],
};
/** All that is kept of a user otherwise, secrets included. */
async function dumpOf({ db }: Database, userId: string) {
  const rows: Record<string, string[]> = {};
  for (const { table, of } of sections) {
    const name = getTableName(table);
    const leftOut = ofBroker[name] ?? [];
    if (leftOut === 'all') continue;
    const found = await db.select().from(table).where(of(db, userId));
    rows[name] = found
      .map((row) => JSON.stringify(row, (field, value) => (leftOut.includes(field) ? undefined : value)))
      .sort();
  }
  return rows;
}

test('with the ids of another nobody reads, changes or hears anything: over tRPC and REST it is as if they did not exist, while their owner can use each', async () => {
  await using broker = await testBroker({ clock: systemClock, logins: [jane] });
  await using app = await testApp({ env: { IG_DEMO_BASE_URL: broker.login.baseUrl } });
  expect(await app.settled(10_000)).toEqual([]);
  const { password } = build.newcomer;
  await using ann = await signUp(app, { ...build.newcomer, email: 'ann@example.com' });
  await using bob = await signUp(app, { ...build.newcomer, email: 'bob@example.com', name: 'Bob' });
  const { identifier, apiKey, password: atBroker } = jane;
  const asAnn = overTrpc(ann, isQuery);
  const asBob = overTrpc(bob, isQuery);
  const hers: Life = await liveAs(asAnn, {
    names: 'Things of Ann',
    words: 'words of Ann',
    keys: 'keys-of-ann',
    password,
    broker: { identifier, apiKey, password: atBroker },
  });
  const his = await liveAs(asBob, {
    names: 'Things of Bob',
    words: 'words of Bob',
    keys: 'keys-of-bob',
    password,
  });
  const { key: _key, cursor: _cursor, lastEvent: _place, ...ids } = hers;
  const marks = ['Things of Ann', 'words of Ann', 'ann@example.com', ...Object.values(ids).flat()];
  const database = createDatabase({ url: app.databaseUrl, logger: silentLogger, max: 2 });
  await using _closed = { [Symbol.asyncDispose]: () => database.close() };

  const asBobOverRest = overRest(app.url, async () => ({ authorization: `Bearer ${await bob.token()}` }));
  // What she was told is dispatched: nothing of hers changes by itself any more.
  await vi.waitFor(
    async () => expect(await database.db.$count(notifications, isNull(notifications.dispatchedAt))).toBe(0),
    15_000,
  );
  const before = await dumpOf(database, hers.user);
  const faces: [string, Ask][] = [
    [
      'tRPC',
      (name, input) => (typeOf.get(name) === 'subscription' ? listen(bob, name, input!) : asBob(name, input)),
    ],
    [
      'REST',
      (name, input) =>
        typeOf.get(name) === 'subscription' ? listen(bob, name, input!) : asBobOverRest(name, input),
    ],
  ];
  const wrong: string[] = [];
  for (const [face, ask] of faces)
    for (const [name, attempts] of Object.entries(othersIds))
      for (const { told = 'not_found', input } of attempts(hers, his)) {
        const outcome = await ask(name, input);
        const text = JSON.stringify(outcome);
        if (!isTold(outcome, told) || marks.some((mark) => text.includes(mark)))
          wrong.push(`${name} over ${face} with ${JSON.stringify(input)} is answered ${text}`);
      }
  expect(wrong).toEqual([]);
  expect(await dumpOf(database, hers.user)).toEqual(before);

  // The same by Ann herself, once each: every id was one that leads somewhere.
  for (const [name, attempts] of Object.entries(othersIds)) {
    const done = new Set<string>();
    for (const { told, input } of attempts(hers, hers)) {
      const what = JSON.stringify({ ...input, idempotencyKey: undefined });
      if (told === 'of his own' || done.has(what)) continue;
      done.add(what);
      const outcome = await (typeOf.get(name) === 'subscription'
        ? listen(ann, name, input)
        : asAnn(name, input));
      if (['not_found', 'invalid'].includes(kindOf(outcome)))
        wrong.push(`${name} by its owner with ${what} is answered ${JSON.stringify(outcome)}`);
    }
  }
  expect(wrong).toEqual([]);
}, 240_000);
