// Plain reads over tRPC leave the stock adapter's way; nobody may see a difference.
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import { edgeOrigin, startEdge, type Ask } from '../testing/edge.ts';
import { marketProcedure, publicProcedure, router } from '../trpc/init.ts';

const input = z.object({ name: z.string().min(2), on: z.date().optional() });
const things = router({
  things: router({
    open: publicProcedure.query(() => ({ at: new Date(0), none: undefined })),
    named: publicProcedure.input(input).query(({ input: { name, on } }) => ({ name: `${name} ★ £`, on })),
    nothing: publicProcedure.query(() => undefined),
    secret: marketProcedure.query(() => 1),
    broken: publicProcedure.query(() => Promise.reject(new Error('secret detail'))),
    limited: publicProcedure.query(() => {
      throw new AppError('request.limited', { retryAfterMs: 1_500 });
    }),
    streams: publicProcedure.query(async function* () {
      yield 1;
    }),
    put: publicProcedure.mutation(() => 1),
    onThings: publicProcedure.subscription(async function* () {
      yield 1;
    }),
  }),
});
const asked = (value: unknown) => `input=${encodeURIComponent(JSON.stringify(value))}`;

test.each<[string, Ask?]>([
  ['things.open'],
  ['things.open?batch=1'],
  [`things.open,things.named?batch=1&${asked({ 1: { json: { name: 'ada' } } })}`],
  [
    `things.named?${asked({ json: { name: 'ada', on: '2026-01-05T09:00:00.000Z' }, meta: { values: { on: ['Date'] } } })}`,
  ],
  [`things.named?${asked({ json: { name: 'a' } })}`],
  ['things.named?input=%7B'],
  ['things.named'],
  [`things.named?batch=1&${asked([])}`],
  [`things.named?batch=1&${asked(1)}`],
  ['things.nothing'],
  ['things.secret'],
  ['things.open,things.secret?batch=1'],
  ['things.open,things.secret'],
  ['things.broken'],
  ['things.limited'],
  ['things.limited,things.open?batch=1'],
  ['things.streams'],
  ['things.put'],
  ['things.open,things.put?batch=1'],
  ['things.open,things.onThings?batch=1'],
  ['things.onThings?batch=1'],
  ['things.onThings'],
  ['things.gone'],
  ['things'],
  ['things.open?batch=1&batch=2&x=%ff'],
  ['things.open', { headers: { origin: edgeOrigin } }],
  ['things.open', { headers: { accept: 'text/html, application/jsonl' } }],
  ['things.open', { headers: { 'content-type': 'application/json; charset=utf-8' } }],
  ['things.open', { method: 'HEAD' }],
])('%s %j is answered as by the stock adapter', async (path, ask) => {
  await using app = await startEdge({ router: things, table: [] });
  const [ours, stock] = await Promise.all(
    // The stock adapter is asked by a path that is the same once it is decoded.
    [path, path.replace('things', 'thing%73')].map(async (each) => {
      const { status, headers, text } = await app.ask(`/trpc/${each}`, ask);
      const { 'x-request-id': id, date: _date, ...rest } = headers;
      return { status, headers: rest, text: text.replaceAll(id as string, 'req_id') };
    }),
  );
  expect(ours).toEqual(stock);
});

test('a caller that leaves ends the read; one that got its answer ends nothing', async () => {
  const signals: AbortSignal[] = [];
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  await using app = await startEdge({
    router: router({
      things: router({
        quick: publicProcedure.query(({ signal }) => void signals.push(signal!)),
        slow: publicProcedure.query(({ signal }) => {
          signals.push(signal!);
          resolve();
          return once(signal!, 'abort').then(() => 1);
        }),
      }),
    }),
    table: ['quick', 'slow'].map((name) => ({
      method: 'GET',
      path: `/${name}`,
      procedure: `things.${name}`,
      summary: name,
    })),
  });
  for (const path of ['/trpc/things.quick', '/api/quick', '/trpc/things.quick']) await app.ask(path);
  expect(signals.map(({ aborted }) => aborted)).toEqual([false, false, false]);
  const leaving = connect(app.port, '127.0.0.1');
  leaving.write('GET /api/slow HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await asked;
  leaving.destroy();
  await once(signals[3]!, 'abort');
});
