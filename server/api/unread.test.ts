import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import * as build from '../testing/build.ts';
import { startEdge, type Ask, type EdgeOptions } from '../testing/edge.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { createOpenApi } from './openapi.ts';
import { describeRouter, restTable, restTags } from './router.ts';
import { listProcedures } from './schemas.ts';

/** The real procedures with nothing behind them, asked by somebody who may call all of them. */
const everything = () => startEdge({ router: describeRouter(), authenticate });
const authenticate: EdgeOptions['authenticate'] = async () => ({
  principal: build.principal(['session', 'market', 'account:read', 'trade:open', 'trade:close', 'admin']),
});
const json = { 'content-type': 'application/json' };

const closing = router({
  close: router({
    part: publicProcedure
      .input(z.object({ dealId: z.string(), size: z.string().optional(), accountId: z.string().optional() }))
      .mutation(({ input }) => input),
  }),
});
const table = [
  {
    method: 'DELETE',
    path: '/positions/{dealId}',
    procedure: 'close.part',
    summary: 'Close',
    body: 'too',
  } as const,
];
const close = async (query: string, over: Partial<Ask> = {}) => {
  await using app = await startEdge({ router: closing, table });
  return await app.ask(`/api/positions/D1${query}`, { method: 'DELETE', ...over });
};

test('DELETE of a position takes the size of a part in the query or in a JSON body', async () => {
  const part = { dealId: 'D1', size: '1' };
  expect((await close('')).json).toEqual({ dealId: 'D1' });
  expect((await close('', { body: {} })).json).toEqual({ dealId: 'D1' });
  expect((await close('?size=1')).json).toEqual(part);
  expect((await close('', { body: { size: '1' } })).json).toEqual(part);
  expect((await close('?accountId=a', { body: { size: '1' } })).json).toEqual({ ...part, accountId: 'a' });
});

test.each<[string, string, Partial<Ask>, string]>([
  ['a size in both places', '?size=1', { body: { size: '1' } }, 'size'],
  ['another position than the path’s', '', { body: { dealId: 'D2' } }, 'dealId'],
  ['another position in the query', '?dealId=D2', {}, 'dealId'],
  ['a field it does not have', '', { body: { size: '1', force: true } }, 'force'],
  ['a body that is no object', '', { body: '"1"', headers: json }, '(body)'],
])('DELETE of a position refuses %s', async (_what, query, over, field) => {
  const answer = await close(query, over);
  expect(answer).toMatchObject({ status: 400, json: { code: 'request.invalid' } });
  expect(Object.keys(answer.json.fields)).toEqual([field]);
});

test('DELETE of a position refuses a body that is not JSON', async () => {
  for (const headers of [undefined, { 'content-type': 'text/plain' }])
    expect((await close('', { body: '{"size":"1"}', ...(headers && { headers }) })).json.code).toBe(
      'request.malformed',
    );
  expect((await close('', { body: '{"size":', headers: json })).json.code).toBe('request.malformed');
});

/** Nothing of it is read before its secret is right, so that what is wrong with it can be told to its owner: refused after that (signals.test.ts). */
const readLater = 'signals.receive';

test('whatever a REST call does not read is refused, in its query and in its body', async () => {
  await using app = await everything();
  for (const row of restTable) {
    const { method, path } = row;
    const ask = (query: string, body?: object) =>
      app.ask(`/api${path.replaceAll(/\{\w+\}/g, 'x1234567')}${query}`, {
        method,
        headers: { 'idempotency-key': 'a-new-key' },
        ...(body && { body }),
      });
    const inQuery = await ask('?nonsense=1');
    expect([path, inQuery.json.fields?.nonsense]).toEqual([
      path,
      'is not a parameter of this call: leave it out',
    ]);
    if (row.procedure === readLater) continue;
    const { json: inBody } = await ask('', { nonsense: 1 });
    expect([path, inBody.code, inBody.fields?.nonsense ?? inBody.fields?.['(body)']]).toEqual([
      path,
      'request.invalid',
      expect.stringMatching(/^is not (read|a field)/),
    ]);
  }
});

test('whatever a tRPC call does not read is refused, in its input and beside it', async () => {
  await using app = await everything();
  for (const { name, type } of listProcedures(describeRouter())) {
    if (type === 'subscription' || name === readLater) continue; // subscriptions: below
    const envelope = { json: { nonsense: 1 } };
    const answer =
      type === 'mutation'
        ? await app.ask(`/trpc/${name}`, { method: 'POST', body: envelope })
        : await app.ask(`/trpc/${name}?input=${encodeURIComponent(JSON.stringify(envelope))}`);
    expect([name, answer.json.error?.json.data.fields]).toEqual([
      name,
      expect.objectContaining({ nonsense: expect.stringMatching(/^is not (read|a field)/) }),
    ]);
  }
  const fieldsOf = async (path: string, how?: Ask) => (await app.ask(path, how)).json.error.json.data.fields;
  expect(await fieldsOf('/trpc/marketData.prices?epics=x')).toHaveProperty('epics');
  expect(await fieldsOf('/trpc/system.time', { body: {} })).toHaveProperty('(body)');
  expect(await fieldsOf('/trpc/auth.logout?input={}', { method: 'POST', headers: json })).toHaveProperty(
    'input',
  );
});

test('an input over tRPC without its envelope is not taken for none', async () => {
  await using app = await everything();
  const bare = encodeURIComponent('{"accountId":"acct_1"}');
  for (const answer of [
    await app.ask(`/trpc/trading.summary?input=${bare}`),
    await app.ask('/trpc/notifications.markAllRead', { method: 'POST', body: { id: 'ntf_1' } }),
    await app.ask('/trpc/notifications.markAllRead', {
      method: 'POST',
      body: { json: {}, meta: { id: 'x' } },
    }),
  ])
    expect(answer.json.error.json).toMatchObject({
      message: expect.stringContaining('{"json": {…}}'),
      data: { code: 'request.invalid', httpStatus: 400 },
    });
});

test('a body that says nothing and no body at all are one', async () => {
  const nothing = router({ t: router({ go: publicProcedure.mutation(() => ({ ok: true })) }) });
  const go = { method: 'POST', path: '/go', procedure: 't.go', summary: 'Go' } as const;
  await using app = await startEdge({ router: nothing, table: [go] });
  for (const body of [undefined, {}])
    expect((await app.ask('/api/go', { method: 'POST', ...(body && { body }) })).json).toEqual({ ok: true });
  for (const body of ['', '{"json":null}', '{"json":{}}', '{"meta":{"values":["undefined"]}}'])
    expect((await app.ask('/trpc/t.go', { method: 'POST', headers: json, body })).status).toBe(200);
  expect((await app.ask('/api/go', { method: 'POST', body: [1] })).json.fields).toHaveProperty('(body)');
});

describe('a name that stands twice in one object is refused, whichever face is asked', () => {
  const order = (sizes: string) => `{"epic":"CS.D.EURUSD.CFD.IP","direction":"BUY",${sizes}`;
  const twice = { size: 'is given twice: write it once' };
  const post = (body: string) => ({
    method: 'POST',
    headers: { ...json, 'idempotency-key': 'a-new-key' },
    body,
  });
  test.each([
    ['another value', '"size":"1","size":"2"'],
    ['the same value', '"size":"1","size":"1"'],
    ['another spelling', String.raw`"size":"1","\u0073ize":"2"`],
  ])('with %s', async (_what, sizes) => {
    await using app = await everything();
    const rest = await app.ask('/api/trading/positions', post(`${order(sizes)}}`));
    expect(rest).toMatchObject({
      status: 400,
      json: { code: 'request.invalid', message: 'size is given twice: write it once.', fields: twice },
    });
    const input = `{"json":${order(sizes)},"idempotencyKey":"a-new-key"}}`;
    const trpc = await app.ask('/trpc/trading.openPosition', post(input));
    expect(trpc.json.error.json.data).toMatchObject({ code: 'request.invalid', fields: twice });
    const batch = await app.ask('/trpc/trading.openPosition?batch=1', post(`{"0":${input}}`));
    expect(batch.json.error.json.data.fields).toEqual(twice);
  });
  test('in the parameter input, in an envelope, and of a batch', async () => {
    await using app = await everything();
    const fieldsOf = async (query: string, input: string) =>
      (await app.ask(`/trpc/marketData.prices?${query}input=${encodeURIComponent(input)}`)).json.error.json
        .data.fields;
    expect(await fieldsOf('', '{"json":{"feed":"demo","feed":"live"}}')).toHaveProperty('feed');
    expect(await fieldsOf('', '{"json":{"epics":["x"]},"json":{"epics":["y"]}}')).toHaveProperty('json');
    expect(await fieldsOf('batch=1&', '{"0":{"json":{}},"0":{"json":{}}}')).toHaveProperty('0');
  });
  test('and is no mistake in two objects', async () => {
    await using app = await everything();
    const { json: answer } = await app.ask('/api/trading/positions', post('{"size":{"size":"1"}}'));
    expect(answer.fields.size).toBe('must be text, such as "1.25"');
  });
});

test('bytes that are not UTF-8 are refused on both faces instead of being dealt as other letters', async () => {
  await using app = await everything();
  const body = Buffer.from('{"json":{"email":"ann\xff@example.com"}}', 'latin1');
  const rest = await app.ask('/api/auth/register', { method: 'POST', headers: json, body });
  const trpc = await app.ask('/trpc/auth.register', { method: 'POST', headers: json, body });
  for (const error of [rest.json, trpc.json.error.json])
    expect(error.message).toBe('The body holds bytes that are not UTF-8: write it in UTF-8.');
  const query = await app.ask(
    '/trpc/marketData.search?input=%7B%22json%22%3A%7B%22query%22%3A%22%FF%22%7D%7D',
  );
  expect(query.json.error.json.message).toContain('Write the query in UTF-8');
});

test('an entry of a batch that belongs to none of its calls is refused, in a body and in the parameter input', async () => {
  await using app = await everything();
  const fieldsOf = async (path: string, how?: Ask) => (await app.ask(path, how)).json.error.json.data.fields;
  const body = { 0: { json: {} }, 1: { json: {} }, size: 1, '00': 1 };
  expect(await fieldsOf('/trpc/auth.login?batch=1', { method: 'POST', body })).toEqual({
    1: 'is not read: the inputs of this batch are "0", each as {"json":{}}',
    size: 'is not read: the inputs of this batch are "0", each as {"json":{}}',
    '00': 'is not read: the inputs of this batch are "0", each as {"json":{}}',
  });
  expect(await fieldsOf('/trpc/auth.login?batch=1', { method: 'POST', body: [{ json: {} }] })).toEqual({
    '(body)': 'must be a JSON object with the inputs "0" of its calls: write {"0":{"json":{}}}',
  });
  const input = encodeURIComponent(JSON.stringify({ 2: { json: {} } }));
  expect(await fieldsOf(`/trpc/system.time,system.status?batch=1&input=${input}`)).toEqual({
    2: 'is not read: the inputs of this batch are "0" to "1", each as {"json":{}}',
  });
});

test.each([
  ['system.time?batch=1&batch=1', { batch: 'is given twice: write it once' }],
  ['system.time?batch=true', { batch: 'must be 1, or be left out for a single call' }],
  ['system.time?lastEventId=5', { lastEventId: 'is read by subscriptions only: leave it out' }],
  ['system.time?inputs=%7B%7D', { inputs: expect.stringContaining('did you mean input?') }],
])('what tRPC would pass over in the address is refused: %s', async (path, fields) => {
  await using app = await everything();
  expect((await app.ask(`/trpc/${path}`)).json.error.json.data.fields).toEqual(fields);
});

test('a body where none is read is refused: probes, status, metrics, documents, pages', async () => {
  await using app = await everything();
  for (const path of [
    ...['/livez', '/readyz', '/status', '/metrics', '/api/openapi.json', '/api/asyncapi.json'],
    ...['/api/docs', '/api/docs/', '/api/docs/errors', '/api/docs/page.js', '/api/docs/scalar.js', '/'],
  ])
    for (const method of ['GET', 'HEAD'])
      expect([path, await app.ask(path, { method, body: {} })]).toMatchObject([
        path,
        {
          status: 400,
          ...(method === 'GET' && { json: { message: 'The body is not read at this path: leave it out.' } }),
        },
      ]);
});

test('a request that names another method in a header is refused instead of doing what its own method says', async () => {
  await using app = await everything();
  for (const name of ['_method', 'X-HTTP-Method-Override'])
    expect(
      (await app.ask('/api/trading/positions', { method: 'POST', headers: { [name]: 'DELETE' }, body: {} }))
        .json,
    ).toMatchObject({ code: 'request.malformed', message: expect.stringContaining(name) });
});

test('the document says of every object in an input that it takes no other fields', () => {
  const { paths, components } = createOpenApi({
    router: describeRouter(),
    table: restTable,
    tags: restTags,
    version: '1',
  });
  const bodies = Object.values(paths)
    .flatMap((methods) => Object.values(methods))
    .flatMap(({ requestBody }) => (requestBody ? [JSON.stringify(requestBody)] : []));
  const names = bodies.map((body) => /schemas\/(\w+)/.exec(body)![1]!);
  expect(names.length).toBeGreaterThan(4);
  for (const name of names)
    expect([name, components.schemas[name]]).toEqual([
      name,
      expect.objectContaining({ additionalProperties: false }),
    ]);
});
