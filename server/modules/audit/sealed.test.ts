// The sealed log on real PostgreSQL, and whoever may do everything in it trying to change it unnoticed.
import { asc } from 'drizzle-orm';
import { describe, expect, test } from 'vitest';
import { auditLog, auditSeals } from '../../../drizzle/schema/index.ts';
import { createLogger, silentLogger } from '../../lib/logger.ts';
import { createIds } from '../../lib/ids.ts';
import { createMetrics } from '../../lib/metrics.ts';
import { sqlState } from '../../db/transaction.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testDb } from '../../testing/test-db.ts';
import { emptyHash, hashOf } from './chain.ts';
import { sealStore } from './seal-store.ts';
import { createAuditModule, createAuditRetention, createAuditSealing, verifyAudit } from './index.ts';

/** A log of its own, with rows `action.1`, `action.2` … a second apart; stretches of three rows. */
async function log() {
  const db = await testDb();
  const { database } = db;
  const clock = createManualClock();
  const logged: object[] = [];
  const logger = Object.assign(createLogger({ level: 'silent', pretty: false }), {
    info: (facts: object) => void logged.push(facts),
  });
  const audit = createAuditModule({
    database,
    ids: createIds(clock),
    clock,
    logger: silentLogger,
    metrics: createMetrics(),
  });
  let n = 0;
  const begin = () => {
    clock.advance(1_000);
    return audit.begin({
      action: `action.${++n}`,
      userId: 'user_1',
      sessionId: null,
      requestId: 'r',
      ip: null,
    });
  };
  return {
    database,
    clock,
    logged,
    begin,
    async add(rows: number) {
      for (let row = 0; row < rows; row++)
        await (
          await begin()
        )('ok', {
          before: '{"size":"1.50","a":1.0}',
          after: '{"size":"2","name":"ü","list":[1,{"b":1,"a":null}]}',
        });
    },
    seal: createAuditSealing({ database, clock, logger, rowsOfStretch: 3 }),
    cut: createAuditRetention({ database, clock, days: 30 }),
    verify: (...expected: { place: number; hash: string }[]) => verifyAudit(database, expected),
    rows: () => database.db.select().from(auditLog).orderBy(asc(auditLog.at), asc(auditLog.id)),
    seals: () => database.db.select().from(auditSeals).orderBy(asc(auditSeals.lastPlace)),
    /** As somebody whom no trigger stops. */
    async tamper(...statements: string[]) {
      const client = await database.pool.connect();
      try {
        await client.query(
          `begin; set local session_replication_role = replica; ${statements.join(';')}; commit`,
        );
      } finally {
        client.release();
      }
    },
    /** Gives the rows from a place on the hashes that follow from what is stored, and their seals too. */
    async rehash(from: number, to = Infinity) {
      const all = await database.db.transaction((tx) => sealStore.sealed(tx, 0, 1_000));
      let previous = all.find(({ place }) => place === from - 1)?.hash ?? emptyHash;
      for (const { place, row } of all)
        if (place >= from && place <= to) {
          previous = hashOf(previous, place, row);
          await this.tamper(
            `update audit_log set hash = '${previous}' where place = ${place}`,
            ...(to === Infinity
              ? [`update audit_seals set closing_hash = '${previous}' where last_place = ${place}`]
              : []),
          );
        }
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}
const messages = async (report: ReturnType<typeof verifyAudit>) =>
  (await report).findings.map(({ message }) => message);
const placeOf = (place: number, row: { id: string; action: string; at: Date }) =>
  `place ${place} (${row.id}, ${row.action}, ${row.at.toISOString()})`;

const refused: [string, string][] = [
  ['another action', `update audit_log set action = 'b' where place is null`],
  ['another instant', `update audit_log set at = at + interval '1 day' where place is null`],
  ['another address', `update audit_log set ip = '192.0.2.1' where place is null`],
  ['another request', `update audit_log set request_id = 'x' where place is null`],
  ['another id', `update audit_log set id = 'x' where place is null`],
  [
    'closing a row as somebody else’s',
    `update audit_log set outcome = 'ok', finished_at = now(), user_id = 'user_2' where outcome = 'started'`,
  ],
  [
    'closing a row twice',
    `update audit_log set outcome = 'x', finished_at = now() where outcome = 'ok' and place is null`,
  ],
  ['other facts of a closed row', `update audit_log set after = '{}' where outcome = 'ok' and place is null`],
  [
    'other facts with the seal',
    `update audit_log set place = 9, hash = 'x', after = '{}' where place is null`,
  ],
  ['a place without a hash', `update audit_log set place = 9 where place is null`],
  ['any change of a sealed row', `update audit_log set hash = 'x' where place = 1`],
  ['taking a place back', `update audit_log set place = null, hash = null where place = 1`],
  [
    'a row that comes with a place',
    `insert into audit_log (id, at, action, request_id, outcome, place) values ('x', now(), 'a', 'r', 'ok', 9)`,
  ],
  ['removing a sealed row', `delete from audit_log where place = 1`],
  [
    'removing a row without a seal, during a cut too',
    `select set_config('ftrader.cutting', 'on', true); delete from audit_log where place is null`,
  ],
  ['emptying the log', `truncate audit_log`],
  ['another hash of a seal', `update audit_seals set closing_hash = 'x'`],
  ['a cut with another hash', `update audit_seals set cut_at = now(), closing_hash = 'x'`],
  ['removing a seal', `delete from audit_seals`],
  ['emptying the seals', `truncate audit_seals`],
];
test('whatever is not an insert, one closing, one sealing or a cut is refused by the tables', async () => {
  await using at = await log();
  await at.add(1);
  await at.seal();
  await at.add(1);
  await at.begin();
  const before = [await at.rows(), await at.seals()];
  const answers: [string, string | undefined][] = [];
  for (const [what, text] of refused)
    answers.push([what, await at.database.pool.query(text).then(() => 'done', sqlState)]);
  expect(answers).toEqual(refused.map(([what]) => [what, '23001']));
  expect([await at.rows(), await at.seals()]).toEqual(before);
  at.clock.advance(31 * 24 * 3_600_000);
  await at.cut();
  await expect(at.database.pool.query('update audit_seals set cut_at = now()')).rejects.toThrow(
    'audit_seals is append-only: update is refused',
  );
});

test('rows are sealed in their order, gapless over stretches and runs, and each hash stands in the log of the program', async () => {
  await using at = await log();
  await at.add(7);
  await at.seal();
  await at.add(1);
  await at.seal();
  await at.add(2);
  const [rows, seals] = [await at.rows(), await at.seals()];
  expect(rows.map(({ action, place }) => [action, place])).toEqual([
    ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => [`action.${n}`, n]),
    ['action.9', null],
    ['action.10', null],
  ]);
  expect(seals.map(({ firstPlace, lastPlace }) => [firstPlace, lastPlace])).toEqual([
    [1, 3],
    [4, 6],
    [7, 7],
    [8, 8],
  ]);
  expect(at.logged).toMatchObject(seals.map((seal) => ({ place: seal.lastPlace, hash: seal.closingHash })));
  expect(
    await at.verify(...seals.map((seal) => ({ place: seal.lastPlace, hash: seal.closingHash }))),
  ).toEqual({
    ok: true,
    sealed: 8,
    unsealed: 2,
    cut: 0,
    newest: { place: 8, hash: rows[7]!.hash },
    findings: [],
    more: 0,
  });
});

test('two that seal at once give each place to one row', async () => {
  await using at = await log();
  await at.add(20);
  await Promise.all([at.seal(), at.seal(), at.seal()]);
  expect((await at.rows()).map(({ place }) => place)).toEqual(Array.from({ length: 20 }, (_, n) => n + 1));
  expect(await at.verify()).toMatchObject({ ok: true, sealed: 20 });
});

test('a row that a crash cut off is sealed as started after an hour, and not closed any more', async () => {
  await using at = await log();
  const close = await at.begin();
  await at.add(1);
  await at.seal();
  at.clock.advance(3_600_000);
  await at.seal();
  await close('ok');
  expect(await at.rows()).toMatchObject([
    { action: 'action.1', outcome: 'started', place: 2 },
    { action: 'action.2', outcome: 'ok', place: 1 },
  ]);
  expect(await at.verify()).toMatchObject({ ok: true, sealed: 2 });
});

describe('verifying names', () => {
  /** Nine rows in three stretches. */
  async function nine() {
    const at = await log();
    await at.add(9);
    await at.seal();
    return { at, rows: await at.rows(), [Symbol.asyncDispose]: at[Symbol.asyncDispose] };
  }
  const changes = [
    `action = 'x'`,
    `at = at + interval '1 ms'`,
    `user_id = 'user_2'`,
    `session_id = 's'`,
    `subject = 's'`,
    `request_id = ''`,
    `ip = ''`,
    `outcome = 'x'`,
    `finished_at = null`,
    `finished_at = 'infinity'`,
    `before = '{"size":"1.5","a":1.0}'`,
    `before = '{"size":"1.50","a":1}'`,
    `before = 'null'`,
    `after = null`,
    `hash = null`,
  ];
  test('the row that was altered and no other, whatever was altered of it', async () => {
    await using sealed = await nine();
    const { at } = sealed;
    await at.database.pool.query('create table kept as select * from audit_log');
    for (const change of changes) {
      await at.tamper(`update audit_log set ${change} where place = 5`);
      const { findings, sealed: rows, more } = await at.verify();
      const row = { place: 5, id: sealed.rows[4]!.id };
      expect([change, findings, rows, more]).toMatchObject([change, [{ kind: 'altered', row }], 9, 0]);
      await at.tamper(
        'delete from audit_log where place = 5',
        'insert into audit_log select * from kept where place = 5',
      );
    }
    expect(await at.verify()).toMatchObject({ ok: true });
  });
  test('a row that was removed, between its neighbours, and each one that was altered beside it', async () => {
    await using sealed = await nine();
    const { at, rows } = sealed;
    await at.tamper(
      'delete from audit_log where place in (2, 6, 8, 9)',
      `update audit_log set ip = 'x' where place = 7`,
    );
    const named = (place: number) => placeOf(place, rows[place - 1]!);
    expect(await messages(at.verify())).toEqual([
      `place 2 is missing: behind ${named(1)}, ahead of ${named(3)}`,
      `place 6 is missing: behind ${named(5)}, ahead of ${named(7)}`,
      `${named(7)} does not fit its hash: it was altered`, // its base is the seal of 4 to 6
      `places 8 to 9 are missing: behind ${named(7)}`,
    ]);
  });
  test('a row that was altered together with its hash, by the row behind it or by its seal', async () => {
    await using sealed = await nine();
    const { at, rows } = sealed;
    for (const place of [5, 9]) {
      await at.tamper(`update audit_log set subject = 'x' where place = ${place}`);
      await at.rehash(place, place);
    }
    const report = await at.verify();
    expect(report.findings).toMatchObject([
      { kind: 'altered', row: { place: 6 }, orBefore: { place: 5, id: rows[4]!.id } },
      { kind: 'seal', lastPlace: 9 },
    ]);
  });
  test('rows exchanged with each other, rows behind the last seal, a seal that is gone and one that was altered', async () => {
    await using sealed = await nine();
    const { at } = sealed;
    await at.tamper(
      'update audit_log set place = -place where place in (1, 2)',
      'update audit_log set place = 3 + place where place < 0',
      `insert into audit_log (id, at, action, request_id, outcome, place, hash) values ('x', now(), 'a', 'r', 'ok', 10, 'x')`,
      'delete from audit_seals where last_place = 6',
      `update audit_seals set closing_hash = 'x' where last_place = 9`,
    );
    expect((await at.verify()).findings).toMatchObject([
      { kind: 'altered', row: { place: 1 } },
      { kind: 'altered', row: { place: 2 } },
      { kind: 'altered', row: { place: 3 } },
      { kind: 'seal', firstPlace: 7 },
      { kind: 'seal', lastPlace: 9 },
      { kind: 'altered', row: { place: 10 } },
      { kind: 'unsealed_place', from: 10, to: 10 },
    ]);
  });
  test('a log that was written anew from some row on, or cut short, only by a hash that was noted elsewhere', async () => {
    await using sealed = await nine();
    const { at, rows } = sealed;
    const noted = { place: 9, hash: rows[8]!.hash! };
    await at.tamper(`update audit_log set outcome = 'x' where place = 4`);
    await at.rehash(4);
    expect(await at.verify({ place: 3, hash: rows[2]!.hash! })).toMatchObject({ ok: true });
    expect((await at.verify(noted)).findings).toMatchObject([
      { kind: 'expected', place: 9, expected: noted.hash },
    ]);
    await at.tamper('delete from audit_log where place > 6', 'delete from audit_seals where last_place > 6');
    expect(await at.verify()).toMatchObject({ ok: true });
    expect(await messages(at.verify(noted))).toEqual(['place 9 is not there: the log ends at 6']);
  });
});

describe('the retention', () => {
  /** Two stretches of three rows, a day apart, and a row that is not sealed. */
  async function old() {
    const at = await log();
    await at.add(3);
    await at.seal();
    at.clock.advance(24 * 3_600_000);
    await at.add(3);
    await at.seal();
    await at.add(1);
    return at;
  }
  test('removes whole stretches whose every row is past its time; the rest still fits the seal that stays', async () => {
    await using at = await old();
    const [first] = await at.seals();
    at.clock.advance(29 * 24 * 3_600_000 - 4_000);
    await at.cut(); // its newest row is 30 days old to the millisecond
    expect(await at.verify()).toMatchObject({ ok: true, sealed: 6, cut: 0 });
    at.clock.advance(1);
    await at.cut();
    expect((await at.rows()).map(({ place }) => place)).toEqual([4, 5, 6, null]);
    expect(await at.seals()).toMatchObject([{ ...first, cutAt: at.clock.now() }, { cutAt: null }]);
    const noted = { place: 3, hash: first!.closingHash };
    expect(await at.verify(noted)).toMatchObject({ ok: true, sealed: 3, unsealed: 1, cut: 3 });
    await at.tamper(`update audit_log set subject = 'x' where place = 4`);
    expect((await at.verify()).findings).toMatchObject([{ kind: 'altered', row: { place: 4 } }]);
  });
  test('never removes what is not sealed, and a log that was cut to its end goes on from there', async () => {
    await using at = await old();
    at.clock.advance(60 * 24 * 3_600_000);
    await at.cut();
    expect((await at.rows()).map(({ action }) => action)).toEqual(['action.7']);
    expect(await at.verify()).toMatchObject({
      ok: true,
      sealed: 0,
      unsealed: 1,
      cut: 6,
      newest: { place: 6 },
    });
    await at.seal();
    expect(await at.verify()).toMatchObject({ ok: true, sealed: 1, cut: 6, newest: { place: 7 } });
  });
  test('is no cover: rows of a stretch that is only said to be cut are told, and so is a cut out of its turn', async () => {
    await using at = await old();
    await at.tamper('update audit_seals set cut_at = now() where last_place = 3');
    expect((await at.verify()).findings).toMatchObject([{ kind: 'cut', upTo: 3, rows: 3 }]);
    await at.tamper(
      'update audit_seals set cut_at = case when last_place = 6 then now() end',
      'delete from audit_log where place > 3',
    );
    expect((await at.verify()).findings).toMatchObject([
      { kind: 'seal', firstPlace: 4 },
      { kind: 'missing', from: 4, to: 6 },
    ]);
  });
});
