// The simulator beside the rest of the product in one process: what happens to it happens to nothing else.
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, vi } from 'vitest';
import { decided } from '../testing/ask-again.ts';
import * as build from '../testing/build.ts';
import { signIn } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';

const timeout = 30_000;

test(
  'a full disk under the simulated broker’s journal ends no process: its feed is down and says so, and with room again it goes on from what was booked',
  async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ftrader-full-'));
    const some = await open(path.join(folder, 'some'), 'w');
    const handle = Object.getPrototypeOf(some) as typeof some;
    await some.close();
    await using app = await testApp({ simulator: { dataDir: path.join(folder, 'simulator') } });
    await using client = signIn(app.url);
    const { trading } = client.api;
    const feed = async () => {
      const answer = await fetch(`${app.url}/readyz`);
      return ((await answer.json()) as { parts: { feed: object } }).parts.feed;
    };
    await expect.poll(feed, { timeout }).toEqual({ ok: true, detail: 'simulated is up' });
    const before = await trading.openPosition.mutate({ ...build.openPosition(), waitMs: 10_000 });
    expect(before.status).toBe('accepted');

    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const disk = vi.spyOn(handle, 'appendFile').mockRejectedValue(full);
    const order = { ...build.openPosition(), waitMs: 0 };
    const refused = await decided(0, () => trading.openPosition.mutate(order));
    expect(refused.status).not.toBe('accepted');
    await expect.poll(feed, { timeout }).toEqual({ ok: false, detail: 'simulated is down' });
    expect((await client.api.system.status.query()).name).toBe('FTrader');

    disk.mockRestore();
    await expect.poll(feed, { timeout }).toEqual({ ok: true, detail: 'simulated is up' });
    const { positions } = await trading.listPositions.query({});
    expect(positions.map(({ dealId }) => dealId)).toEqual([before.dealId]);
    const after = await trading.openPosition.mutate({ ...build.openPosition(), waitMs: 10_000 });
    expect(after.status).toBe('accepted');
    await rm(folder, { recursive: true, force: true });
  },
  3 * timeout,
);
