import { afterAll, describe, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { closingOrder, restingOrder, testSimulator } from '../../testing/test-simulator.ts';

const clock = createManualClock();
const simulator = await testSimulator({
  clock,
  allowances: { applicationOverall: 1e9, accountOverall: 1e9, accountTrading: 1e9, historicalPoints: 1e9 },
});
afterAll(() => simulator.stop());

async function opened(body: object = {}) {
  const {
    body: { dealReference },
  } = await simulator.open(body);
  clock.advance(250);
  return (await simulator.read(`/confirms/${dealReference}`)).body;
}
const closeAll = async () => {
  for (const { position } of (await simulator.read('/positions', 2)).body.positions)
    await simulator.close({ ...closingOrder(position.dealId), size: position.size });
};
const pence = (amount: string) => Math.round(Number(amount.replace('£', '')) * 100);
const cash = () => pence(simulator.snapshot().accounts['ABC12']!.cash);
const total = (rows: { profitAndLoss: string }[]) =>
  rows.reduce((sum, { profitAndLoss }) => sum + pence(profitAndLoss), 0);

test('activity: newest first, by range and deal', async () => {
  clock.advance(3_600_000);
  const from = clock.now().toISOString().slice(0, 19);
  const references: string[] = [];
  for (let i = 0; i < 13; i++)
    references.push(
      (await simulator.open({ dealReference: `page-${i}`, size: i % 2 ? 1 : 0.1 })).body.dealReference,
    ); // all within one second of the clock
  clock.advance(250);
  await closeAll();
  const path = (rest = '') => `/history/activity?from=${from}${rest}`;
  const { body: all } = await simulator.read(path('&detailed=true'), 3);
  expect(all.metadata.paging).toEqual({ size: 19, next: null });
  expect(all.activities.at(-1)).toMatchObject({
    status: 'REJECTED',
    details: { dealReference: 'page-0', actions: [] },
  });
  expect(all.activities[0]).toMatchObject({
    type: 'POSITION',
    status: 'ACCEPTED',
    details: { actions: [{ actionType: 'POSITION_CLOSED' }] },
  });
  const { dealId } = all.activities[3];
  const { body: one } = await simulator.read(path(`&dealId=${dealId}`), 3);
  expect(one.activities).toEqual([{ ...all.activities[3], details: null }]);
  clock.advance(10_000);
  const after = clock.now().toISOString().slice(0, 19);
  expect((await simulator.read(`/history/activity?from=${after}`, 3)).body.activities).toEqual([]);
  expect((await simulator.read('/history/activity?from=2026-01-01&to=2026-01-05', 3)).body).toEqual({
    activities: all.activities.map((activity: object) => ({ ...activity, details: null })),
    metadata: { paging: { size: 19, next: null } },
  });
  for (const [query, code] of [
    ['', 'error.request.invalid.date-range'],
    ['?from=yesterday', 'error.malformed.date'],
    ['?from=2026-02-30', 'error.malformed.date'],
    [`?from=${after}&to=2026-01-01`, 'error.request.invalid.date-range'],
    [`?from=${after}&pageSize=9`, 'error.request.invalid.page-size'],
    [`?from=${after}&pageSize=501`, 'error.request.invalid.page-size'],
    [`?from=${after}&dealId=${'x'.repeat(31)}`, 'validation.pattern.invalid.request.dealId'],
    [`?from=${after}&filter=status=ACCEPTED`, 'invalid.input'],
  ]) {
    expect(await simulator.read(`/history/activity${query}`, 3)).toMatchObject({
      status: 400,
      body: { errorCode: code },
    });
  }
});

test('activity on pages of whole seconds: a client that keeps only from and to of `next` reads all of it once, though more happened in a second than a page holds', async () => {
  clock.advance(3_600_000);
  const from = clock.now().toISOString().slice(0, 19);
  for (const burst of [4, 25, 9, 3]) {
    for (let i = 0; i < burst; i++) await simulator.open({ size: 0.1 });
    clock.advance(1_000);
  }
  const read = async (query: Record<string, string>) =>
    (await simulator.read(`/history/activity?${new URLSearchParams(query)}`, 3)).body;
  const { activities: all } = await read({ from });
  const sizes: number[] = [];
  const kept: object[] = [];
  const followed: object[] = [];
  for (let query: Record<string, string> = { from, pageSize: '10' }; ;) {
    const {
      activities,
      metadata: { paging },
    } = await read(query);
    kept.push(...activities);
    sizes.push(paging.size);
    if (paging.next === null) break;
    expect(paging.next).toMatch(
      /^\/history\/activity\?version=3&from=[^&]+&to=[^&]+&detailed=false&pageSize=10$/,
    );
    const next = new URLSearchParams(paging.next.split('?')[1]);
    query = { ...query, from: next.get('from')!, to: next.get('to')! };
  }
  for (let next: string | null = `/history/activity?from=${from}&pageSize=10`; next;) {
    const { body }: { body: any } = await simulator.read(next, 3);
    followed.push(...body.activities);
    next = body.metadata.paging.next;
  }
  expect(all).toHaveLength(41);
  expect([kept, followed, sizes]).toEqual([all, all, [12, 25, 4]]);
});

test('transactions add up to the cash, by type, range and page', async () => {
  await opened();
  clock.advance(600_000);
  await closeAll();
  const all = (await simulator.read('/history/transactions?from=2026-01-01&pageSize=0', 2)).body;
  expect(total(all.transactions)).toBe(cash());
  expect(all.metadata).toEqual({
    size: all.transactions.length,
    pageData: { pageSize: 0, pageNumber: 1, totalPages: 1 },
  });
  const typed = async (type: string) =>
    (
      await simulator.read(`/history/transactions?type=${type}&from=2026-01-01&pageSize=0`, 2)
    ).body.transactions.map((row: any) => row.transactionType);
  expect(await typed('DEPOSIT')).toEqual(['DEPO']);
  expect(await typed('WITHDRAWAL')).toEqual([]);
  expect((await typed('ALL_DEAL')).length).toBe(all.transactions.length - 1);
  const page = (await simulator.read('/history/transactions?from=2026-01-01&pageSize=3&pageNumber=2', 2))
    .body;
  expect(page.transactions).toEqual(all.transactions.slice(3, 6));
  expect(page.metadata.pageData.totalPages).toBe(Math.ceil(all.transactions.length / 3));
  expect((await simulator.read('/history/transactions?maxSpanSeconds=60', 2)).body.transactions).toHaveLength(
    1,
  );
  for (const query of ['type=SOME', 'from=x', 'pageSize=-1', 'pageNumber=0', 'maxSpanSeconds=x'])
    expect((await simulator.read(`/history/transactions?${query}`, 2)).status).toBe(400);
});

test('activity is filtered, on pages as well', async () => {
  clock.advance(3_600_000);
  const from = clock.now().toISOString().slice(0, 19);
  const path = (filter: string, rest = '') =>
    `/history/activity?from=${from}&filter=${encodeURIComponent(filter)}${rest}`;
  for (let i = 0; i < 12; i++) {
    await simulator.open({ size: i % 2 ? 2 : 0.1, dealReference: `filtered-${i}` });
    clock.advance(500);
  }
  const {
    body: { dealReference },
  } = await simulator.send('POST', '/workingorders/otc', restingOrder);
  clock.advance(250);
  const { dealId } = (await simulator.read(`/confirms/${dealReference}`)).body;
  await simulator.send('DELETE', `/workingorders/otc/${dealId}`);
  await closeAll();
  const found = async (filter: string) =>
    (await simulator.read(path(filter, '&detailed=true'), 3)).body.activities as any[];
  expect(await found('status==REJECTED')).toHaveLength(6);
  expect(
    (await found('details.actions.actionType==WORKING_ORDER_DELETED')).map(
      (each) => each.details.actions[0].affectedDealId,
    ),
  ).toEqual([dealId]);
  expect(
    (await found('status==ACCEPTED;(details.direction==BUY,type==WORKING_ORDER)')).map(({ type }) => type),
  ).toEqual(['WORKING_ORDER', 'WORKING_ORDER', ...Array(6).fill('POSITION')]);
  expect(await found('channel!=PUBLIC_WEB_API')).toEqual([]);
  const pages: string[][] = [];
  for (let next: string | null = path('status==ACCEPTED', '&pageSize=10'); next;) {
    const { body }: { body: any } = await simulator.read(next, 3);
    pages.push(body.activities.map((activity: any) => `${activity.status} ${activity.details}`));
    next = body.metadata.paging.next;
  }
  expect(pages).toEqual([Array(10).fill('ACCEPTED null'), Array(4).fill('ACCEPTED null')]); // two opened in a second, of which one is refused
});

describe('the older versions', () => {
  test('of activity tell the same deals: version 2 in numbered pages, version 1 by period and by days', async () => {
    const { activities: all } = (await simulator.read('/history/activity?from=2026-01-01&pageSize=500', 3))
      .body;
    const ids = (rows: { dealId: string }[]) => rows.map(({ dealId }) => dealId);
    const { body: second } = await simulator.read(
      '/history/activity?from=2026-01-01&pageSize=4&pageNumber=2',
      2,
    );
    expect(ids(second.activities)).toEqual(ids(all.slice(4, 8)));
    expect(second.metadata).toEqual({
      size: 4,
      pageData: { pageSize: 4, pageNumber: 2, totalPages: Math.ceil(all.length / 4) },
    });
    expect(second.activities[0]).toMatchObject({
      date: all[4].date,
      result: all[4].description,
      channel: 'Web',
      actionStatus: expect.stringMatching(/^(ACCEPT|REJECT)$/),
    });
    expect(second.activities[0]).not.toHaveProperty('time');
    const { body: byDays } = await simulator.read('/history/activity/05-01-2026/05-01-2026');
    expect(byDays.activities).toEqual(
      (await simulator.read(`/history/activity/${30 * 86_400_000}`)).body.activities,
    );
    expect(ids(byDays.activities)).toEqual(ids(all));
    expect(byDays.activities[0]).toMatchObject({
      date: '05/01/26',
      time: expect.stringMatching(/^\d\d:\d\d$/),
    });
    for (const row of byDays.activities)
      expect([...new Set(Object.values(row).map((value) => typeof value))]).toEqual(['string']);
    clock.advance(3_600_000);
    expect((await simulator.read('/history/activity/60000')).body).toEqual({ activities: [] });
  });

  test('of transactions too, without UTC times', async () => {
    const { transactions: all } = (
      await simulator.read('/history/transactions?from=2026-01-01&pageSize=0', 2)
    ).body;
    const {
      body: { transactions },
    } = await simulator.read('/history/transactions/ALL/05-01-2026/05-01-2026');
    expect(transactions).toEqual(
      all.map(({ dateUtc: _, openDateUtc: __, ...row }: any) => ({ ...row, date: '05/01/26' })),
    );
    expect(total(transactions)).toBe(cash());
    expect((await simulator.read(`/history/transactions/ALL_DEAL/${86_400_000}`)).body.transactions).toEqual(
      transactions.filter(({ transactionType }: any) => transactionType === 'DEAL'),
    );
    expect((await simulator.read('/history/transactions/WITHDRAWAL/60000')).body).toEqual({
      transactions: [],
    });
  });

  test.each([
    ['/history/activity/soon', 'invalid.input'],
    ['/history/activity/99999999999999999999', 'invalid.input'],
    ['/history/activity/01-13-2026/05-01-2026', 'error.malformed.date'],
    ['/history/activity/2026-01-05/2026-01-05', 'error.malformed.date'],
    ['/history/activity/06-01-2026/05-01-2026', 'error.request.invalid.date-range'],
    ['/history/transactions/SOME/60000', 'invalid.input'],
    ['/history/transactions/__proto__/60000', 'invalid.input'],
    ['/history/transactions/ALL/1e3', 'invalid.input'],
    ['/history/transactions/ALL/31-02-2026/05-03-2026', 'error.malformed.date'],
    ['/history/transactions/ALL/today/05-01-2026', 'error.malformed.date'],
  ])('%s is %s', async (path, code) => {
    expect(await simulator.read(path)).toMatchObject({ status: 400, body: { errorCode: code } });
  });
});
