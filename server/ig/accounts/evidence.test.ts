import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { systemClock, type Clock } from '../../lib/clock.ts';
import { silentLogger } from '../../lib/logger.ts';
import * as build from '../../testing/build.ts';
import { failure } from '../../testing/failure.ts';
import { listen } from '../../testing/listen.ts';
import { noAccountNews } from '../../testing/test-broker.ts';
import { testDb } from '../../testing/test-db.ts';
import { createAccountClients } from './clients.ts';
import { createEvidence } from './evidence.ts';
import { maxActivityPages } from './client.ts';

const account = build.account();
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url), 'utf8');

/** IG's reads in recorded shapes: `answer` gets path and query and gives status and text. */
async function arrange(answer: (url: string) => [number, string], clock: Clock = systemClock) {
  const db = await testDb();
  const asked: { url: string; version: string; account: string }[] = [];
  const server = await listen((request, response) => {
    if (request.url === '/session')
      return void response.end(
        JSON.stringify({
          accountId: 'OTHER',
          lightstreamerEndpoint: 'http://127.0.0.1',
          timezoneOffset: 1,
          oauthToken: { access_token: 't', refresh_token: 'r', expires_in: '60' },
        }),
      );
    asked.push({
      url: request.url!,
      version: String(request.headers.version),
      account: String(request.headers['ig-account-id']),
    });
    const [status, text] = answer(request.url!);
    response.writeHead(status).end(text);
  });
  const clients = createAccountClients({
    endpoints: { simulated: server.url },
    credentialsOf: async () => ({ identifier: 'i', password: 'p', apiKey: 'k' }),
    changes: noAccountNews,
    database: db.database,
    sealer: build.sealer(),
    clock: systemClock,
    logger: silentLogger,
  });
  return {
    asked,
    evidence: createEvidence({ clients, clock }),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await db[Symbol.asyncDispose]();
    },
  };
}

test('a confirm is read for this account; none yet, and none any more, are null after one request', async () => {
  const answers: [number, string][] = [
    [200, JSON.stringify((JSON.parse(fixture('confirms')) as { opened: object }).opened)],
    [404, '{"errorCode":"error.confirms.deal-not-found"}'],
    [405, ''],
  ];
  await using ig = await arrange(() => answers.shift()!);
  expect(await ig.evidence.confirm(account, 'ftr_open_1')).toMatchObject({
    status: 'accepted',
    action: 'opened',
    level: '20014.2',
  });
  expect(await ig.evidence.confirm(account, 'ftr_open_1')).toBeNull();
  expect(await ig.evidence.confirm(account, 'ftr_open_1')).toBeNull();
  expect(ig.asked).toEqual(
    Array.from({ length: 3 }, () => ({ url: '/confirms/ftr_open_1', version: '1', account: 'ABC12' })),
  );
});

test.each<[number, string]>([
  [404, '{"errorCode":"invalid.url"}'],
  [500, '{"errorCode":"system.error"}'],
  [503, '<html>'],
  [200, '<html>'],
  [200, '{"dealReference":"x"}'],
  [200, '{"dealReference":"x","dealStatus":"FUND_ACCOUNT","date":"2026-02-02T10:39:08"}'],
])('a confirm answered by %i %s is a failure, never "there is none"', async (status, text) => {
  await using ig = await arrange(() => [status, text]);
  expect(await failure(ig.evidence.confirm(account, 'ftr_open_1'))).toMatchObject({
    code: expect.stringMatching(/^broker\./),
  });
});

test('positions are all or a failure', async () => {
  let text = fixture('positions');
  await using ig = await arrange(() => [200, text]);
  expect(
    (await ig.evidence.positions(account)).map(({ dealId, openedAt }) => [dealId, openedAt.toISOString()]),
  ).toEqual([
    ['DIAAAABCDEFGH01', '2026-07-03T17:01:42.000Z'],
    ['DIAAAABCDEFGH09', '2026-07-03T17:01:42.250Z'],
  ]);
  expect(ig.asked[0]).toMatchObject({ url: '/positions', version: '2' });
  for (text of [
    fixture('positions').replace('"SELL"', '"SIDEWAYS"'),
    fixture('positions').replace('"dealId": "DIAAAABCDEFGH09"', '"dealId": null'),
    '{}',
    '',
  ]) {
    expect(await failure(ig.evidence.positions(account))).toMatchObject({ code: 'broker.unavailable' });
  }
});

test('activity is read to its last page, from far enough back for any zone', async () => {
  const rows = JSON.parse(fixture('activity')) as object[];
  const next = [
    'history/activity?version=3&from=2026-07-02&to=2026-07-03T18%3A01&detailed=true&pageSize=500',
    '/history/activity?page=3',
    null,
  ];
  let page = 0;
  await using ig = await arrange(() => [
    200,
    JSON.stringify({ activities: [rows[page]], metadata: { paging: { size: 1, next: next[page++] } } }),
  ]);
  const activity = await ig.evidence.activity(account, new Date('2026-07-03T17:00:00Z'));
  expect(activity.map(({ dealReference }) => dealReference)).toEqual(['K7Q2HX4MTVW09ZB', 'ftr_open_1', null]);
  expect(ig.asked.map(({ url, version }) => [url, version])).toEqual([
    ['/history/activity?from=2026-07-03T03%3A00%3A00&detailed=true&pageSize=500', '3'],
    [`/${next[0]}`, '3'],
    [next[1], '3'],
  ]);
});

test('activity without an end, or with a page elsewhere, is a failure', async () => {
  let next = '/history/activity?page=again';
  await using ig = await arrange(() => [
    200,
    JSON.stringify({ activities: [], metadata: { paging: { size: 1, next } } }),
  ]);
  expect(await failure(ig.evidence.activity(account, new Date()))).toMatchObject({
    code: 'broker.unavailable',
  });
  expect(ig.asked).toHaveLength(maxActivityPages);
  next = 'https://elsewhere.example/history/activity?x';
  expect(await failure(ig.evidence.activity(account, new Date()))).toMatchObject({
    code: 'broker.unavailable',
  });
});

test('funds are those of this account; a balance that IG does not tell is a failure', async () => {
  const other = { accountId: 'XYZ98', balance: { balance: 1, deposit: 0, profitLoss: 0, available: 1 } };
  let mine: object | undefined = {
    accountId: 'ABC12',
    balance: { balance: 1000.0, deposit: 500.25, profitLoss: -12.5, available: 487.25 },
  };
  await using ig = await arrange(() => [200, JSON.stringify({ accounts: [other, mine].filter(Boolean) })]);
  expect(await ig.evidence.funds(account)).toEqual({
    cash: '1000',
    margin: '500.25',
    runningProfit: '-12.5',
    at: expect.any(Date),
  });
  for (mine of [{ accountId: 'ABC12', balance: null }, undefined])
    expect(await failure(ig.evidence.funds(account))).toMatchObject({ code: 'broker.unavailable' });
});

test('funds are as old as their question: what the stream tells while the answer is on its way is newer', async () => {
  let ms = Date.parse('2026-01-05T09:00:00Z');
  const mine = { accountId: 'ABC12', balance: { balance: 1, deposit: 0, profitLoss: 0, available: 1 } };
  const answer = (): [number, string] => {
    ms += 700; // on its way
    return [200, JSON.stringify({ accounts: [mine] })];
  };
  await using ig = await arrange(answer, { ...systemClock, now: () => new Date(ms) });
  const { at } = await ig.evidence.funds(account);
  expect(at).toEqual(new Date('2026-01-05T09:00:00Z'));
});
