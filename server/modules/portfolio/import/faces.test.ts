// Files as callers send and get them: over REST, from the whole product.
import { expect, test } from 'vitest';
import { testApp } from '../../../testing/test-app.ts';

test('an export leaves as CSV that says where the next part begins, each part is imported as it came, and what is too long is refused by its size', async () => {
  await using app = await testApp();
  const headers: Record<string, string> = {};
  const ask = (method: string, path: string, body?: object) =>
    fetch(`${app.url}/api${path}`, {
      method,
      headers: { ...headers, ...(body && { 'Content-Type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
    });
  const { accessToken } = (await (await ask('POST', '/auth/login', app.demoLogin!)).json()) as {
    accessToken: string;
  };
  headers['Authorization'] = `Bearer ${accessToken}`;
  const make = async () => {
    const shape = { name: 'Shares', baseCurrency: 'GBP', startsOn: '2025-01-01' };
    return ((await (await ask('POST', '/portfolio', shape)).json()) as { id: string }).id;
  };
  const [from, to] = [await make(), await make()];
  const line = '2025-06-02T09:00:00Z,deposit,5,GBP\n';
  const csv = `at,kind,amount,currency\n${line.repeat(5)}`;
  const imported = await ask('POST', `/portfolio/${from}/import`, { profile: 'ftrader', csv });
  expect(await imported.json()).toMatchObject({ add: 5, lastNumber: 5 });

  const first = await ask('GET', `/portfolio/${from}/export?most=3`);
  expect(first.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(first.headers.get('next-after')).toBe('3');
  const last = await ask('GET', `/portfolio/${from}/export?after=3`);
  expect(last.headers.get('next-after')).toBeNull();
  for (const part of [await first.text(), await last.text()])
    expect((await ask('POST', `/portfolio/${to}/import`, { profile: 'ftrader', csv: part })).status).toBe(
      200,
    );
  const texts = await Promise.all(
    [from, to].map(async (id) => (await ask('GET', `/portfolio/${id}/export`)).text()),
  );
  expect(texts[1]).toBe(texts[0]);

  const long = await ask('POST', `/portfolio/${to}/import`, { profile: 'ig', csv: line.repeat(10_000) });
  expect(await long.json()).toMatchObject({
    code: 'request.too_large',
    message: expect.stringContaining('100 kB'),
  });
  const wrong = await ask('POST', `/portfolio/${to}/import/preview`, { profile: 'ig', csv });
  expect(await wrong.json()).toMatchObject({
    code: 'request.invalid',
    fields: { csv: expect.stringContaining('so set profile to ftrader') },
  });
}, 60_000);
