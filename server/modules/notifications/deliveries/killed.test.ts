// Workers that deliver, as programs of their own, killed with SIGKILL in the middle of it.
import { expect, test } from 'vitest';
import { closed, deliveryRig, disagreement, startReceiver } from '../../../testing/delivery-rig.ts';
import { startProgram } from '../../../testing/processes.ts';

/** After so many requests a worker dies: with the last one answered, or not yet. */
const deaths = [
  { after: 3, answered: false },
  { after: 5, answered: true },
  { after: 1, answered: false },
  { after: 6, answered: true },
] as const;
/** Longer than a claim of a dead worker holds. */
const lapsesMs = 120_000;

test.skipIf(process.platform === 'win32')(
  'workers killed with SIGKILL while they deliver, again and again: all of it arrives, and what comes twice bears the same id and bytes',
  async () => {
    await using rig = await deliveryRig();
    let left: number | undefined;
    let answersLast = true;
    let kill: () => void = () => undefined;
    await using receiver = await startReceiver((res) => {
      if (left === undefined) return void res.writeHead(204).end();
      if (left === 0) return; // its worker is dead
      left--;
      if (left > 0 || answersLast) res.writeHead(204).end(left === 0 ? kill : undefined);
      else kill();
    });
    const ann = rig.as('user_ann');
    await ann.createWebhook({ name: 'one', url: receiver.url });
    await ann.createWebhook({ name: 'two', url: `${receiver.url}/two` });
    const notices = Array.from({ length: 8 }, (_, n) => [closed(n), disagreement(n)]).flat();
    await rig.tell('user_ann', ...notices);

    let aheadMs = 0;
    const start = () =>
      startProgram('server/testing/delivery-worker.ts', {
        env: { DATABASE_URL: rig.databaseUrl, SMTP_URL: rig.smtp.url, AHEAD_MS: String(aheadMs) },
      });
    for (const { after, answered } of deaths) {
      [left, answersLast] = [after, answered];
      await using worker = start();
      kill = () => void worker.child.kill('SIGKILL');
      expect(await worker.exited, worker.output()).toBe('SIGKILL');
      aheadMs += lapsesMs;
    }
    left = undefined;
    const waiting = async () => (await ann.listDeliveries({ state: 'waiting' })).deliveries;
    expect((await waiting()).length).toBeGreaterThan(0);
    // The last one is this process, on a clock as far ahead.
    rig.clock.advance(Date.now() + aheadMs - rig.clock.now().getTime());
    for (let looks = 0; looks < 20 && (looks === 0 || (await waiting()).length > 0); looks++) {
      await rig.deliver();
      rig.clock.advance(60_000);
    }
    expect(await waiting()).toEqual([]);
    const told = (await ann.list({ limit: 500 })).notifications.map(({ id }) => id).sort();
    expect(told).toHaveLength(notices.length);
    let twice = 0;
    for (const path of ['/hook', '/hook/two']) {
      const arrived = receiver.taken.filter((each) => each.path === path);
      const bodies = Map.groupBy(arrived, ({ headers }) => headers['webhook-id']!);
      expect([...bodies.keys()].sort()).toEqual(told);
      for (const same of bodies.values()) {
        expect(new Set(same.map(({ body }) => body)).size).toBe(1);
        if (same.length > 1) twice++;
      }
    }
    expect(twice).toBeGreaterThan(0);
    const mailed = rig.smtp.taken.map(({ raw }) => raw).join('\n');
    for (const [n] of notices.entries())
      expect(mailed).toContain(n % 2 ? `Difference ${(n - 1) / 2}.` : `market ${n / 2}`);
    console.log(
      `delivered under kill -9: ${deaths.length} deaths, ${notices.length} notifications to 2 webhooks, ${twice} came twice`,
    );
  },
  90_000,
);
