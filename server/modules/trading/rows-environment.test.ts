// Which environment the rows of an account are written with, and that no statement was added to an opening for it.
import { getTableColumns, getTableName, is } from 'drizzle-orm';
import { PgTable } from 'drizzle-orm/pg-core';
import { expect, test } from 'vitest';
import * as schema from '../../../drizzle/schema/index.ts';
import { rigOn, tell } from '../../testing/risk-rig.ts';
import { recordStatements } from '../../testing/statements.ts';
import { openedPosition, tradingRig } from '../../testing/trading-rig.ts';

const tables = Object.values<unknown>(schema)
  .filter((each): each is PgTable => is(each, PgTable))
  .filter((table) => 'accountId' in getTableColumns(table))
  .map(getTableName);

test('whatever is written of a demo account is written as of a demo account, its risk row too where it is missing', async () => {
  await using rig = await rigOn('demo');
  const { pool } = rig.database;
  await pool.query('delete from account_risk');
  await tell(rig, '10000');
  await openedPosition(rig);
  const { dealReference } = await rig.as().placeOrder(rig.resting());
  await rig.applyConfirm(dealReference);
  await rig.as().armDeadMan({ afterMs: 60_000, action: 'halt' });
  await rig.as().listActivity({});
  await rig.as().listTransactions({});
  await rig.trading.reconcileAccount(rig.accountId);
  const found: Record<string, string[]> = {};
  for (const table of tables) {
    const { rows } = await pool.query<{ environment: string }>(`select distinct environment from ${table}`);
    if (rows.length > 0) found[table] = rows.map(({ environment }) => environment);
  }
  expect(new Set(Object.values(found).flat())).toEqual(new Set(['demo']));
  expect(Object.keys(found)).toEqual(
    expect.arrayContaining([
      ...['account_risk', 'account_days', 'account_inbox', 'deals', 'positions', 'working_orders'],
      ...['dead_men', 'user_events', 'notifications', 'account_history', 'account_readings'],
    ]),
  );
});

test('an opening up to its position takes 27 statements at most', async () => {
  await using rig = await tradingRig();
  await openedPosition(rig);
  const statements = recordStatements(rig.database);
  await openedPosition(rig);
  // Readers of events look when they are woken: how often is theirs.
  const sent = statements.take().filter(({ text }) => !text.startsWith('select h.head'));
  expect(sent.length, sent.map(({ text }) => text.slice(0, 80)).join('\n')).toBeLessThanOrEqual(27);
});
