import { expect, test } from 'vitest';
import { startEdge } from '../testing/edge.ts';
import { publicProcedure, router } from '../trpc/init.ts';
import { errorPage } from './error-page.ts';

const edge = () =>
  startEdge({ router: router({ things: router({ open: publicProcedure.query(() => ({})) }) }), table: [] });
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };

test('an address that leads nowhere is a page to a browser, with the way on and the request id, and the error object to a program', async () => {
  await using app = await edge();
  const page = await app.ask('/no/such/page', { headers: browser });
  expect(page.status).toBe(404);
  expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
  expect(page.text).toContain('Nothing is here');
  expect(page.text).toContain('href="/"');
  expect(page.text).toContain(page.headers['x-request-id']);
  for (const accept of ['*/*', 'application/json'])
    expect((await app.ask('/no/such/page', { headers: { accept } })).json.code).toBe('request.unknown_path');
});
test('so is what is refused before any face', async () => {
  await using app = await edge();
  for (const [path, headers] of [
    ['/', { host: 'evil.example' }],
    ['/?token=secret', {}],
  ] as const) {
    const page = await app.ask(path, { headers: { ...browser, ...headers } });
    expect(page.status).toBe(400);
    expect(page.text).toContain('This did not work');
    expect(page.text).not.toMatch(/secret|\bat .*\.ts/);
  }
});
test('the faces answer with the error object whoever asks', async () => {
  await using app = await edge();
  expect((await app.ask('/api/nothing', { headers: browser })).json.code).toBe('request.unknown_path');
  expect((await app.ask('/trpc/nothing', { headers: browser })).json.error.json.data.code).toBe(
    'request.unknown_path',
  );
});
test('nothing of a message becomes markup', () => {
  const text = errorPage({
    code: 'request.malformed',
    message: '<script>alert("1")</script> & more',
    requestId: 'req_1',
    retryable: false,
    docUrl: '/api/docs/errors#request.malformed',
  });
  expect(text).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more');
});
