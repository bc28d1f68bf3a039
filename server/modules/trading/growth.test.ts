// Where there is much: each list finds its page in an index, and reads no more of the table than it shows.
import { expect, test } from 'vitest';
import { recordStatements, type Sent } from '../../testing/statements.ts';
import { tradingRig } from '../../testing/trading-rig.ts';

const deals = 4_000;
/** Ann's account with thousands of deals, 2,000 closed positions and 40 open ones; Bob's, of the same user's age, with as many closed and none open. */
async function years() {
  const rig = await tradingRig();
  const bob = await rig.addUser('bob');
  const { pool } = rig.database;
  for (const accountId of ['acct_ann', 'acct_bob'])
    await pool.query(
      `insert into positions (account_id, environment, deal_id, epic, expiry, name, direction, size, level, currency, source, opened_at, closed_at, updated_at)
       select $1, 'simulated', 'DI' || lpad(i::text, 8, '0'), 'CS.D.EURUSD.CFD.IP', '-', 'EUR/USD', 'BUY', 1, 1.17, 'USD', 'external',
         timestamptz '2025-01-01' + i * interval '1 minute', case when i > 2000 then null else timestamptz '2025-02-01' end, now()
       from generate_series(1, case when $1 = 'acct_ann' then 2040 else 2000 end) as i`,
      [accountId],
    );
  await pool.query(
    `insert into deals (id, user_id, account_id, environment, kind, idempotency_key, request_hash, status, reason, reference_of, deal_reference,
       deal_id, epic, expiry, name, direction, size, currency, created_at, status_at, decided_at)
     select 'deal_' || lpad(i::text, 8, '0'), 'user_ann', 'acct_ann', 'simulated', 'close', 'key' || i, '-',
       case when i % 10 = 0 then 'rejected' else 'accepted' end,
       case when i % 1000 = 0 then '{"code":"never_reached_broker"}'::jsonb when i % 10 = 0 then '{"code":"broker_refused","brokerCode":"X"}'::jsonb end,
       'brokers', 'BR' || i, 'DI' || lpad((case when i > ${deals - 500} then 2001 else i / 2 end)::text, 8, '0'), 'CS.D.EURUSD.CFD.IP', '-', 'EUR/USD',
       'SELL', 1, 'USD', timestamptz '2025-01-01' + i * interval '1 minute', timestamptz '2025-01-01' + i * interval '1 minute',
       timestamptz '2025-01-01' + i * interval '1 minute'
     from generate_series(1, ${deals}) as i`,
  );
  await pool.query('vacuum analyze deals, positions');
  const statements = recordStatements(rig.database);
  return {
    rig,
    bob,
    /** The plans of what `work` reads from `table`. */
    async plans(table: string, work: () => Promise<unknown>) {
      statements.take();
      await work();
      const reads = statements
        .take()
        .filter((each: Sent) => new RegExp(`from "?${table}"?[ ,]`).test(each.text));
      return Promise.all(reads.map((each) => statements.explain(each)));
    },
    [Symbol.asyncDispose]: () => rig[Symbol.asyncDispose](),
  };
}

test('a page of deals is found in the index of its account, wherever it is: nothing is sorted, and no more is read than is shown', async () => {
  await using account = await years();
  const { rig, plans } = account;
  let cursor: string | undefined;
  for (const _page of ['newest', 'next']) {
    const [plan] = await plans('deals', async () => {
      const { nextCursor, deals: page } = await rig.as().listDeals({ limit: 20, cursor });
      expect(page).toHaveLength(20);
      cursor = nextCursor!;
    });
    expect(plan).toEqual({ indexes: ['deals_account_created_idx'], rowsRead: 21, sorts: false });
  }
});

test('open positions are found among open ones: closed ones are never passed over', async () => {
  await using account = await years();
  const { rig, bob, plans } = account;
  const [page] = await plans('positions', () => rig.as().listPositions({ limit: 10 }));
  expect(page).toEqual({ indexes: ['positions_open_idx'], rowsRead: 11, sorts: false });
  const [none] = await plans('positions', async () =>
    expect((await rig.as(bob).listPositions({})).positions).toEqual([]),
  );
  expect(none).toEqual({ indexes: ['positions_open_idx'], rowsRead: 0, sorts: false });
});

test('pages of open positions, oldest first, hold each once, and say when there are more', async () => {
  await using account = await years();
  const { rig } = account;
  const seen: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await rig.as().listPositions({ limit: 15, cursor: cursor ?? undefined });
    seen.push(...page.positions.map(({ dealId }) => dealId));
    cursor = page.nextCursor;
  } while (cursor !== null);
  expect(seen).toEqual(Array.from({ length: 40 }, (_, n) => `DI${String(2_001 + n).padStart(8, '0')}`));
});

test('what a reading judges is found without a look at decided deals', async () => {
  await using account = await years();
  const { rig, plans } = account;
  for (const plan of await plans('deals', () => rig.trading.reconcileAccount(rig.accountId)))
    expect(plan.rowsRead).toBeLessThanOrEqual(10);
});

test('the references of other closes are looked up by the history’s, however many closes a position has had', async () => {
  await using account = await years();
  const { rig, plans } = account;
  const now = rig.clock.now();
  await rig.database.pool.query(
    `insert into deals (id, user_id, account_id, environment, kind, idempotency_key, request_hash, status, reference_of, deal_id, epic, expiry, name,
       direction, size, currency, position_size, created_at, status_at, connection_closed_at)
     values ('deal_mine', 'user_ann', 'acct_ann', 'simulated', 'close', 'mine', '-', 'unknown', 'brokers', 'DI00002001', 'CS.D.EURUSD.CFD.IP', '-', 'EUR/USD',
       'SELL', 1, 'USD', 1, $1, $1, $1)`,
    [now],
  );
  rig.venue.activity.push({
    dealId: 'DIOTHER',
    dealReference: `BR${deals}`,
    epic: 'CS.D.EURUSD.CFD.IP',
    status: 'accepted',
    actions: [{ action: 'partially_closed', dealId: 'DI00002001' }],
    direction: 'SELL',
    size: '1',
    level: '1.17',
    stopLevel: null,
    limitLevel: null,
    stopDistancePoints: null,
    limitDistancePoints: null,
    throughApi: true,
    at: now,
  });
  for (const plan of await plans('deals', () => rig.trading.reconcileAccount(rig.accountId)))
    expect(plan.rowsRead).toBeLessThanOrEqual(10);
  expect(await rig.as().getDeal({ id: 'deal_mine' })).toMatchObject({ status: 'unknown' });
});

test('a summary takes in every open position, in slices', async () => {
  await using account = await years();
  const { rig } = account;
  await rig.database.pool.query(
    `insert into positions (account_id, environment, deal_id, epic, expiry, name, direction, size, level, currency, source, opened_at, updated_at)
     select 'acct_bob', 'simulated', 'DO' || lpad(i::text, 8, '0'), 'CS.D.EURUSD.CFD.IP', '-', 'EUR/USD', 'BUY', 1, 1.16, 'GBP', 'external', now(), now()
     from generate_series(1, 2100) as i`,
  );
  // (1.17000 − 1.16) × 100,000 = 1,000 for each
  expect(await rig.as('user_bob').summary({})).toMatchObject({ runningProfit: '2100000' });
});
