// The broker's history of an account: kept once, paged without a shift, bought seldom, and honest about what it does not know.
import { describe, expect, test } from 'vitest';
import * as build from '../../../testing/build.ts';
import { failure } from '../../../testing/failure.ts';
import { recordStatements } from '../../../testing/statements.ts';
import { openedPosition, tradingRig } from '../../../testing/trading-rig.ts';
import type { TransactionRecord } from '../ports.ts';
import { historyFreshMs } from './read.ts';

const deposit = (n: number, at: Date): TransactionRecord => ({
  id: `txn_${n}`,
  at,
  type: 'deposit',
  brokerType: 'DEPO',
  reference: 'ABCDEFGH',
  name: 'Deposit',
  amount: '100',
  currency: '£',
  direction: null,
  size: null,
  openLevel: null,
  closeLevel: null,
  openedAt: null,
});

describe('trading.listActivity', () => {
  test('shows our deals with their ids, and those made elsewhere as external', async () => {
    await using rig = await tradingRig();
    const { dealReference, id } = await rig.as().openPosition(rig.order());
    await rig.applyConfirm(dealReference);
    rig.clock.advance(2_000);
    rig.venue.book(build.openRequest({ size: '2' }), 'WEB1');
    Object.assign(rig.venue.activity.at(-1)!, { throughApi: false });
    expect((await rig.as().listActivity({})).activity).toMatchObject([
      { source: 'external', deal: null, dealReference: 'WEB1', channel: 'WEB', size: '2' },
      {
        source: 'ftrader',
        deal: id,
        dealReference,
        changes: [{ action: 'opened' }],
        environment: 'simulated',
      },
    ]);
  });

  test('asks the broker once a minute, however many ask, and keeps each entry once', async () => {
    await using rig = await tradingRig();
    await openedPosition(rig);
    const asked: Date[] = [];
    const { history } = rig.venue.evidence;
    rig.venue.evidence.history = (account, since) => (asked.push(since), history(account, since));
    const first = await Promise.all(Array.from({ length: 10 }, () => rig.as().listActivity({})));
    expect(asked).toHaveLength(1);
    expect(first[0]).toMatchObject({ since: asked[0], asOf: rig.clock.now() });
    rig.clock.advance(historyFreshMs - 1);
    await rig.as().listActivity({});
    expect(asked).toHaveLength(1);
    rig.clock.advance(1);
    const again = await rig.as().listActivity({});
    expect([asked.length, again.activity.length]).toEqual([2, 1]);
    expect(again).toMatchObject({ since: asked[0], asOf: rig.clock.now() });
  });

  test('without the broker shows what was kept and until when; where nothing was, its failure', async () => {
    await using rig = await tradingRig();
    rig.venue.down = true;
    expect(await failure(rig.as().listActivity({}))).toMatchObject({ code: 'broker.unavailable' });
    rig.venue.down = false;
    await openedPosition(rig);
    const { asOf } = await rig.as().listActivity({});
    rig.venue.down = true;
    rig.clock.advance(historyFreshMs);
    const kept = await rig.as().listActivity({});
    expect([kept.asOf, kept.activity.length]).toEqual([asOf, 1]);
  });

  test('is nobody else’s to read', async () => {
    await using rig = await tradingRig();
    const bob = await rig.addUser('bob');
    expect(await failure(rig.as(bob).listActivity({ accountId: rig.accountId }))).toMatchObject({
      code: 'accounts.not_found',
    });
    expect(await failure(rig.as(null).listActivity({}))).toMatchObject({ code: 'auth.required' });
    expect(await failure(rig.as().listActivity({ cursor: 'x' }))).toMatchObject({ code: 'request.invalid' });
  });
});

describe('trading.listTransactions', () => {
  test('pages hold each once, newest first, though more arrive meanwhile, also within one instant', async () => {
    await using rig = await tradingRig();
    const at = rig.clock.now();
    for (let n = 10; n < 17; n++) rig.venue.transactions.push(deposit(n, at));
    const seen: string[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < 4; page++) {
      const { transactions, nextCursor } = await rig.as().listTransactions({ limit: 2, cursor });
      seen.push(...transactions.map(({ id }) => id));
      cursor = nextCursor ?? undefined;
      rig.venue.transactions.push(deposit(50 + page, rig.clock.now()));
      rig.clock.advance(historyFreshMs);
      await rig.as().listTransactions({ limit: 1 });
    }
    expect(seen.filter((id) => id < 'txn_50')).toEqual(Array.from({ length: 7 }, (_, n) => `txn_${16 - n}`));
    expect((await rig.as().listTransactions({ to: at })).transactions).toEqual([]);
  });
});

test('a page of 100,000 is found in its index wherever it is: nothing is sorted, and no more is read than is shown', async () => {
  await using rig = await tradingRig();
  await rig.as().listActivity({});
  await rig.database.pool.query(
    `insert into account_activity (account_id, environment, id, at, deal_id, status, through_api, changes)
     select 'acct_ann', 'simulated', 'act_' || lpad(i::text, 8, '0'), now() - i * interval '1 minute', 'DI' || i, 'accepted', true, '[]'::jsonb
     from generate_series(1, 100000) as i`,
  );
  await rig.database.pool.query('vacuum analyze account_activity');
  const statements = recordStatements(rig.database);
  let cursor: string | undefined;
  for (const _page of ['newest', 'next']) {
    statements.take();
    const { nextCursor, activity } = await rig.as().listActivity({ limit: 50, cursor });
    expect(activity).toHaveLength(50);
    cursor = nextCursor!;
    const [page] = statements.take().filter(({ text }) => /from "account_activity"/.test(text));
    expect(await statements.explain(page!)).toMatchObject({
      indexes: expect.arrayContaining(['account_activity_at_idx']),
      sorts: false,
    });
  }
});
