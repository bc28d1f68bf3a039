// A walk over all rows of REST for what HTTP itself promises: tags, request ids, limits, challenges, keys, mixed outcomes and cursors.
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import { startEdge } from '../testing/edge.ts';
import { restRequest } from '../testing/faces.ts';
import { answersOf, validInputs } from '../testing/generated-calls.ts';
import { byScopes, probeRouter, type Probe } from '../testing/probe.ts';
import type { RestRoute } from '../trpc/rest.ts';
import { defaultRequestLimits } from './limiter.ts';
import { describeRouter, restTable } from './router.ts';
import { listProcedures, resolveRef, toJsonSchema, type JsonSchema } from './schemas.ts';

const seed = 20261201;
const procedures = new Map(listProcedures(describeRouter()).map((each) => [each.name, each]));
const calls = restTable.map((row) => {
  const procedure = procedures.get(row.procedure)!;
  const [input] = validInputs(procedure, row, { many: 2, seed });
  const [answer] = answersOf(procedure, row, { many: 2, seed });
  return { row, procedure, request: restRequest(row, input!), answer };
});
const proxied = { 'x-forwarded-for': '203.0.113.7' };
const signedIn = { authorization: 'Bearer everything', ...proxied };
const requestId = expect.stringMatching(/^req_[0-9a-hjkmnp-tv-z]{26}$/);

async function probed() {
  const probe: Probe = { outcome: { answers: null }, reached: undefined };
  const limits = { ...defaultRequestLimits, calls: 100_000 };
  const edge = await startEdge({ router: probeRouter(probe), authenticate: byScopes, requestLimits: limits });
  return {
    ask(call: Pick<(typeof calls)[number], 'request'>, outcome: Probe['outcome'], over: object = signedIn) {
      Object.assign(probe, { outcome, reached: undefined });
      const { path, method, headers, body } = call.request;
      return edge.ask(path, {
        method,
        headers: { ...headers, ...over },
        ...(body !== undefined && { body }),
      });
    },
    head: (path: string, headers: object) => edge.ask(path, { method: 'HEAD', headers: { ...headers } }),
    probe,
    [Symbol.asyncDispose]: () => edge[Symbol.asyncDispose](),
  };
}

/** Reads whose answer is never the same twice, or that nobody asks twice: why they bear no tag. */
const untagged: Readonly<Record<string, string>> = {
  'system.time': 'is the time',
  'system.status': 'is asked for what is so now, and is short',
  'trading.summary': 'names the instant at which it was valued',
  'trading.drift': 'names the instant of the answer',
  'marketData.prices': 'names when each price was received',
  'accounts.allowance': 'counts down while nobody looks',
  'admin.feeds': 'tells ages',
  'auth.listSessions': 'tells when each was last used, this call included',
  'auth.listApiKeys': 'is kept by no cache: it tells who may come in',
  'users.exportData': 'is read once, and kept by no cache',
  'admin.listUsers': 'tells of other people: kept by no cache',
  'admin.getUser': 'tells of other people: kept by no cache',
  'admin.listAudit': 'tells of other people: kept by no cache',
  'admin.listJobs': 'is asked while they run',
  'admin.listSchedules': 'tells when each ran last and next',
};

test('every read revalidates, by each way of naming a tag, or says why it does not', async () => {
  await using app = await probed();
  const reads = calls.filter(({ row }) => row.method === 'GET');
  for (const call of reads) {
    const { row, answer, request } = call;
    const outcome = { answers: answer };
    const first = await app.ask(call, outcome);
    const about = { procedure: row.procedure, status: first.status, tag: first.headers.etag };
    if (untagged[row.procedure] !== undefined) {
      expect({ ...about, kept: first.headers['cache-control'] }).toEqual({
        procedure: row.procedure,
        status: 200,
        tag: undefined,
        kept: 'no-store',
      });
      continue;
    }
    expect(about).toEqual({ ...about, status: 200, tag: expect.stringMatching(/^"[\w-]{43}"$/) });
    const tag = first.headers.etag!;
    for (const condition of [tag, `W/${tag}`, `"other", W/"third",${tag}`, '*']) {
      const again = await app.ask(call, outcome, { ...signedIn, 'if-none-match': condition });
      expect({ ...about, status: again.status, text: again.text, id: again.headers['x-request-id'] }).toEqual(
        {
          ...about,
          status: 304,
          text: '',
          id: requestId,
        },
      );
      expect(again.headers).toMatchObject({ etag: tag, ratelimit: expect.any(String) });
    }
    expect(await app.head(request.path, { ...signedIn, 'if-none-match': tag })).toMatchObject({
      status: 304,
    });
    expect(await app.ask(call, outcome, { ...signedIn, 'if-none-match': 'W/"other"' })).toMatchObject({
      status: 200,
      text: first.text,
    });
    // Who may not ask learns nothing by a tag.
    expect(await app.ask(call, outcome, { ...proxied, 'if-none-match': '*' })).toMatchObject({
      status: row.procedure.startsWith('system.') ? 200 : 401,
    });
  }
  const names = reads.map(({ row }) => row.procedure);
  expect(Object.keys(untagged).filter((name) => !names.includes(name))).toEqual([]);
});

test('every answer of every row names its request and what is left of the quota; 401 says how to sign in, 429 and 503 when to come back', async () => {
  await using app = await probed();
  const quota = {
    'x-request-id': requestId,
    ratelimit: expect.stringMatching(/^"requests";r=\d+;t=\d+$/),
    'ratelimit-policy': '"requests";q=100000;w=60',
  };
  for (const call of calls) {
    const { row, procedure, answer } = call;
    const refusal = (
      code: 'request.limited' | 'server.unavailable' | 'broker.limited',
      retryAfterMs?: number,
    ) => app.ask(call, { refuses: new AppError(code, retryAfterMs === undefined ? {} : { retryAfterMs }) });
    const told = async (about: string, answered: Promise<Awaited<ReturnType<typeof app.ask>>>) => {
      const { status, headers } = await answered;
      return { procedure: row.procedure, about, status, headers };
    };
    const isOpen = procedure.scope === 'public';
    const expected = (status: unknown, headers: object = {}) => ({
      status,
      headers: expect.objectContaining({ ...quota, ...headers }),
    });
    expect(await told('an answer', app.ask(call, { answers: answer }))).toMatchObject(
      expected(expect.toSatisfy((status: number) => status < 300)),
    );
    if (!isOpen) {
      expect(await told('nobody', app.ask(call, { answers: answer }, proxied))).toMatchObject(
        expected(401, { 'www-authenticate': 'Bearer realm="FTrader"' }),
      );
      const foreign = { ...proxied, authorization: 'Bearer x' };
      expect(await told('a foreign token', app.ask(call, { answers: answer }, foreign))).toMatchObject(
        expected(401, { 'www-authenticate': 'Bearer realm="FTrader", error="invalid_token"' }),
      );
      const lacking = { ...proxied, authorization: `Bearer without:${procedure.scope}` };
      expect(await told('without the scope', app.ask(call, { answers: answer }, lacking))).toMatchObject(
        expected(403),
      );
    }
    expect(await told('a limit', refusal('request.limited', 1_500))).toMatchObject({
      status: 429,
      headers: { 'x-request-id': requestId, 'retry-after': '2', ratelimit: '"request.limited";r=0;t=2' },
    });
    expect(await told('a limit without an end', refusal('broker.limited'))).toMatchObject(
      expected(429, { 'retry-after': '60' }),
    );
    expect(await told('a server that starts', refusal('server.unavailable'))).toMatchObject(
      expected(503, { 'retry-after': '5' }),
    );
  }
});

/** Calls that are dear to make twice: `PROCEDURES.md` marks them ⚿. */
const keyed = [
  'trading.openPosition',
  'trading.closePosition',
  'trading.amendPosition',
  'trading.placeOrder',
  'trading.amendOrder',
  'trading.cancelOrder',
  'trading.setTarget',
  'trading.closeAll',
  'trading.cancelAll',
  'trading.flatten',
  'portfolio.addTransaction',
  'portfolio.reverseTransaction',
];

test('an idempotency key is a header of each call that is dear to make twice, is demanded, and reaches the call as it is', async () => {
  await using app = await probed();
  const taking = calls.filter(({ request }) => 'idempotency-key' in request.headers);
  expect(taking.map(({ row }) => row.procedure).sort()).toEqual(keyed.toSorted());
  for (const call of taking) {
    const { request, answer, row } = call;
    const { 'idempotency-key': key, ...headers } = request.headers;
    const refused = [
      await app.ask({ request: { ...request, headers } }, { answers: answer }),
      ...(request.body === undefined
        ? []
        : [
            await app.ask(
              {
                request: {
                  ...request,
                  body: JSON.stringify({ ...JSON.parse(request.body), idempotencyKey: key }),
                },
              },
              { answers: answer },
            ),
          ]),
    ];
    for (const each of refused)
      expect([row.procedure, each.status, each.json.fields]).toEqual([
        row.procedure,
        400,
        { idempotencyKey: expect.any(String) },
      ]);
    expect((await app.ask(call, { answers: answer })).status).toBeLessThan(300);
    expect(app.probe.reached?.input).toMatchObject({ idempotencyKey: key });
  }
});

describe('a call that does several things', () => {
  const leg = { outcome: 'done' };
  /** An answer in which all went well, and those in which not. */
  const outcomes: Record<string, { whole: object[]; mixed: object[] }> = {
    'trading.closeAll': sagas(),
    'trading.cancelAll': sagas(),
    'trading.flatten': sagas(),
    'trading.setTarget': { whole: [{ status: 'done' }], mixed: [{ status: 'incomplete' }] },
    'marketData.importWatchlists': {
      whole: [{ watchlists: [] }, { watchlists: [{ outcome: 'created', leftOut: [] }] }],
      mixed: [
        {
          watchlists: [
            { outcome: 'unchanged', leftOut: [] },
            { outcome: 'no_room', leftOut: [] },
          ],
        },
        { watchlists: [{ outcome: 'not_read', leftOut: [] }] },
        { watchlists: [{ outcome: 'updated', leftOut: ['CS.D.EURUSD.CFD.IP'] }] },
      ],
    },
  };
  function sagas() {
    return {
      whole: [
        { status: 'done', legs: [] },
        { status: 'done', legs: [leg] },
      ],
      mixed: [
        { status: 'incomplete', legs: [] },
        { status: 'done', legs: [leg, { outcome: 'refused' }] },
      ],
    };
  }
  test('answers 207 where some of it went otherwise, and 200 where not', () => {
    const several = restTable.filter(({ success }) => success?.statuses[207]);
    expect(several.map(({ procedure }) => procedure).sort()).toEqual(Object.keys(outcomes).sort());
    for (const { procedure, success } of several) {
      const { whole, mixed } = outcomes[procedure]!;
      const statusOf = (output: object) => [procedure, success!.of({ id: 'x', ...output }).status];
      expect(whole.map(statusOf)).toEqual(whole.map(() => [procedure, 200]));
      expect(mixed.map(statusOf)).toEqual(mixed.map(() => [procedure, 207]));
    }
  });
});

/** Names of the lists at the top of a schema; without those of rows that could not be shown. */
function listsOf(schema: z.ZodType | undefined, io: 'input' | 'output'): string[] {
  if (!schema) return [];
  const root = toJsonSchema(schema, io);
  return Object.entries(resolveRef(root, root).properties ?? {}).flatMap(([name, part]) =>
    resolveRef(part as JsonSchema, root).type === 'array' && !['hidden', 'unknown', 'missing'].includes(name)
      ? [name]
      : [],
  );
}

/** Lists that are answered whole, and what bounds each. */
const whole: Readonly<Record<string, string>> = {
  'auth.listSessions': 'a person has 200 at most: the oldest end',
  'auth.listApiKeys': 'a person has so many keys at most',
  'marketData.search': 'the broker’s own answer, which has no pages',
  'marketData.get': 'parts of one market',
  'marketData.prices': '50 epics at most are asked for',
  'marketData.listWatchlists': 'a person has so many lists at most',
  'marketData.getWatchlist': 'a list has so many markets at most',
  'accounts.list': 'the accounts of one person',
  'accounts.allowance': 'one bucket for each kind of call',
  'accounts.listFaults': 'the switches of the program',
  'trading.getDeal': 'the few steps of one deal',
  'trading.findDeal': 'the few steps of one deal',
  'trading.drift': 'differences of one reading',
  'trading.getRisk': 'limits of one account',
  'trading.getSaga': 'legs of one ending',
  'portfolio.get': 'tags of one portfolio',
  'portfolio.holdings': 'sums of one portfolio, which are of all its holdings',
  'portfolio.trades': 'statistics of one portfolio, which are of all its trades',
  'portfolio.gains': 'a table whose years are sums of all its rows',
  'portfolio.performance': 'contributions that sum to the gain',
  'notifications.getPreferences': 'one row for each kind and each channel',
  'notifications.listWebhooks': 'a person has so many webhooks at most',
  'signals.list': 'a person has so many signals at most',
  'admin.getUser': 'the accounts of one person, and what holds for them',
  'admin.listSchedules': 'the schedules of the program',
  'admin.feeds': 'feeds, accounts and leases of the installation',
  'system.status': 'feeds of the server',
};

test('every list goes on by a cursor, by the place of its last row, or is bounded', () => {
  const fieldsOf = (schema: z.ZodType | undefined, io: 'input' | 'output') => {
    if (!schema) return [];
    const root = toJsonSchema(schema, io);
    return Object.keys(resolveRef(root, root).properties ?? {});
  };
  const isContinued = ({ procedure }: RestRoute) => {
    const { input, output } = procedures.get(procedure)!;
    const [takes, gives] = [fieldsOf(input, 'input'), fieldsOf(output, 'output')];
    return [
      ['cursor', 'nextCursor'],
      ['after', 'next'],
      ['from', 'nextFrom'],
    ].some(([asked, told]) => takes.includes(asked!) && gives.includes(told!));
  };
  const lists = restTable.filter(
    ({ method, procedure }) =>
      method === 'GET' && listsOf(procedures.get(procedure)!.output, 'output').length > 0,
  );
  expect(lists.filter((row) => !isContinued(row)).map(({ procedure }) => procedure)).toEqual(
    Object.keys(whole),
  );
});
