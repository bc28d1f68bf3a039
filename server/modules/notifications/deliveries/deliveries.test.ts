// Deliveries from the notification to the receiver: retries, dead letters, redelivery, workers that are killed, whose they are, how long they are kept.
import { eq, sql } from 'drizzle-orm';
import { expect, test } from 'vitest';
import { deliveries as deliveryRows } from '../../../../drizzle/schema/index.ts';
import { closed, deliveryRig, disagreement, startReceiver } from '../../../testing/delivery-rig.ts';
import { mortalDatabase } from '../../../testing/mortal-database.ts';
import { recordStatements } from '../../../testing/statements.ts';
import { nextAttempt } from './schedule.ts';
import { createDeliveryStore } from './store.ts';

const hourMs = 3_600_000;

test('what fails is tried again for a day, ever more rarely; then it is given up, its user is told once, and it can be sent again under the same id', async () => {
  await using rig = await deliveryRig();
  let broken = true;
  await using receiver = await startReceiver((res) => res.writeHead(broken ? 503 : 204).end());
  const ann = rig.as('user_ann');
  await ann.createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', closed(1), closed(2));
  const began = rig.clock.now().getTime();
  const at: number[] = [];
  const waiting = async () =>
    (await ann.listDeliveries({ state: 'waiting' })).deliveries.filter(
      ({ channel }) => channel === 'webhook',
    );
  await rig.deliver();
  for (let left = await waiting(); left.length > 0; left = await waiting()) {
    const next = Math.min(...left.map(({ dueAt }) => dueAt.getTime()));
    at.push((next - began) / 1_000);
    rig.clock.advance(next - rig.clock.now().getTime());
    await rig.deliver();
  }
  const [minute, hour] = [60, 3_600];
  const first = [5, 35, 155, 755, 755 + 30 * minute, 755 + 1.5 * hour, 755 + 3.5 * hour, 755 + 7.5 * hour];
  expect(at).toEqual([...first, 755 + 15.5 * hour, 755 + 23.5 * hour, 24 * hour]);
  expect(receiver.taken).toHaveLength(2 * (at.length + 1));
  const dead = (await ann.listDeliveries({ state: 'dead' })).deliveries;
  expect(dead.map(({ lastStatus, attempts }) => [lastStatus, attempts.length])).toEqual([
    [503, 12],
    [503, 12],
  ]);
  const told = (await ann.list({})).notifications.filter(({ kind }) => kind === 'delivery.failed');
  expect(told.map(({ title, body }) => `${title}: ${body}`).reverse()).toEqual([
    'Nothing was delivered by the webhook bot for an hour: The last error: Its server answered 503. What waits is tried again for a day; notifications.listDeliveries shows it.',
    'Not delivered by the webhook bot: It was tried for a day and given up. The last error: Its server answered 503. notifications.listDeliveries shows what failed, notifications.redeliver sends it again.',
  ]);
  const health = (await ann.getPreferences()).channels.find(({ channel }) => channel === 'webhook');
  expect(health).toMatchObject({ problem: null, waiting: 0, dead: 2, lastError: 'Its server answered 503.' });
  const ids = [...new Set(receiver.ids())].sort();
  expect(ids).toEqual(dead.map(({ messageId }) => messageId).sort());

  broken = false;
  receiver.taken.length = 0;
  for (const { id } of dead) await ann.redeliver({ id });
  await rig.deliver();
  expect(receiver.ids().sort()).toEqual(ids);
  expect(await waiting()).toEqual([]);
  await ann.redeliver({ id: dead[0]!.id }); // also what has arrived: replay by id
  await rig.deliver();
  expect(receiver.ids()[2]).toBe(dead[0]!.messageId);
  expect(new Set(receiver.taken.map(({ body }) => body)).size).toBe(2);
});

test('between attempts there is jitter, and whoever comes back after a day tries once more', () => {
  const triedSince = new Date(0);
  const after = (failures: number, nowMs: number, random: number) =>
    nextAttempt({ failures, triedSince }, new Date(nowMs), () => random)?.getTime() ?? null;
  expect([after(1, 0, 0), after(1, 0, 1)]).toEqual([4_000, 6_000]);
  expect(after(99, 20 * hourMs, 1)).toBe(24 * hourMs);
  expect([after(1, 24 * hourMs - 1, 0), after(1, 24 * hourMs, 0)]).toEqual([24 * hourMs, null]);
});

// Each seed is another order of deaths, of answers and of time that passes between them.
test.each([1, 2, 3])(
  'workers that are killed at any statement lose nothing, and what comes twice bears the same id (seed %i)',
  async (seed) => {
    await using rig = await deliveryRig();
    const random = mulberry(seed);
    const whole = (most: number) => Math.floor(random() * most);
    await using receiver = await startReceiver((res) => res.writeHead(random() < 0.3 ? 500 : 204).end());
    const ann = rig.as('user_ann');
    await ann.createWebhook({ name: 'one', url: receiver.url });
    await ann.createWebhook({ name: 'two', url: `${receiver.url}/two` });
    let n = 0;
    let deaths = 0;
    for (let round = 0; round < 8; round++) {
      await rig.tell('user_ann', closed(++n), disagreement(++n));
      const database = mortalDatabase(rig.databaseUrl, { at: 1 + whole(70), answered: random() < 0.5 });
      const { delivering } = rig.startProcess({ database });
      delivering.look();
      await delivering.idle();
      if (database.isDead()) deaths++;
      await database.close();
      rig.clock.advance(whole(60_000));
    }
    expect(deaths).toBeGreaterThan(2);
    for (let looks = 0; looks < 100; looks++) {
      await rig.deliver();
      const [left] = (await ann.listDeliveries({ state: 'waiting' })).deliveries;
      if (!left) break;
      rig.clock.advance(60_000);
    }
    const told = (await ann.list({ limit: 500 })).notifications.map(({ id }) => id).sort();
    expect(told).toHaveLength(n);
    for (const path of ['/hook', '/hook/two']) {
      const arrived = receiver.taken.filter((each) => each.path === path);
      expect([...new Set(arrived.map(({ headers }) => headers['webhook-id']))].sort()).toEqual(told);
      // Its bytes are the same each time.
      expect(new Set(arrived.map(({ body }) => body)).size).toBe(n);
    }
    // However often its makers died, each notification was made into one delivery for each place.
    const { rows } = await rig.database.db.execute<{ many: string; distinct: string }>(
      sql`select count(*) as many, count(distinct (coalesce(webhook_id, ''), told)) as distinct
          from deliveries, unnest(notification_ids) as told`,
    );
    expect(rows[0]!.many).toBe(rows[0]!.distinct);
    const mailed = rig.smtp.taken.map(({ raw }) => raw).join('\n');
    for (let each = 1; each <= n; each += 2) {
      expect(mailed).toContain(`market ${each}`);
      expect(mailed).toContain(`Difference ${each + 1}.`);
    }
    const mails = rig.smtp.taken.map(({ raw }) => /^Message-ID: (.+)$/m.exec(raw)![1]!);
    const { deliveries } = await ann.listDeliveries({ limit: 500 });
    expect([...new Set(mails)].sort()).toEqual(
      deliveries
        .filter(({ channel }) => channel === 'email')
        .map(({ id }) => `<${id}@ftrader>`)
        .sort(),
    );
  },
  120_000,
);
function mulberry(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

test('two workers at once share what there is: nothing is sent twice', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver();
  const ann = rig.as('user_ann');
  await ann.createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', ...Array.from({ length: 30 }, (_, n) => closed(n)));
  const workers = [rig.delivering, rig.startProcess().delivering, rig.startProcess().delivering];
  for (let round = 0; round < 3; round++) {
    for (const worker of workers) worker.look();
    await Promise.all(workers.map((worker) => worker.idle()));
  }
  expect(receiver.taken).toHaveLength(30);
  expect(new Set(receiver.ids()).size).toBe(30);
});

test('a worker that stops cuts off what hangs, and another one sends it without its being counted as a failure', async () => {
  await using rig = await deliveryRig();
  let hangs = true;
  await using receiver = await startReceiver((res) => (hangs ? undefined : res.writeHead(204).end()));
  const ann = rig.as('user_ann');
  await ann.createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', closed(1));
  const stop = rig.delivering.start();
  await receiver.took(1);
  const stopped = stop();
  rig.clock.advance(4_000);
  await stopped;
  hangs = false;
  const { delivering } = rig.startProcess();
  delivering.look();
  await delivering.idle();
  expect(new Set(receiver.ids()).size).toBe(1);
  expect(
    (await ann.listDeliveries({})).deliveries.find(({ channel }) => channel === 'webhook'),
  ).toMatchObject({
    state: 'delivered',
    attempts: [
      { number: 2, status: 204 },
      { number: 1, status: null, error: 'This server stopped before it ended.' },
    ],
  });
});

test('a notification goes with what caused it: of one that was rolled back nothing leaves', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver();
  await rig.as('user_ann').createWebhook({ name: 'bot', url: receiver.url });
  await expect(
    rig.database.db.transaction(async (tx) => {
      await rig.process.notify(tx, {
        ...closed(1),
        userId: 'user_ann',
        at: rig.clock.now(),
        accountId: null,
      });
      throw new Error('the cause failed');
    }),
  ).rejects.toThrow('the cause failed');
  await rig.deliver();
  expect([receiver.taken, rig.smtp.taken]).toEqual([[], []]);
});

test('what one user is told, sets and is sent, another neither sees nor changes', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver();
  const ann = rig.as('user_ann');
  const bob = rig.as('user_bob');
  const hook = await ann.createWebhook({ name: 'hers', url: receiver.url });
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  const [delivery] = (await ann.listDeliveries({})).deliveries;
  const refused = (call: Promise<unknown>, code: string) =>
    expect(call).rejects.toMatchObject({ cause: { code } });
  const { id } = hook;
  await refused(bob.updateWebhook({ id, state: 'paused' }), 'notifications.webhook_not_found');
  await refused(bob.deleteWebhook({ id }), 'notifications.webhook_not_found');
  await refused(bob.rotateWebhookSecret({ id }), 'notifications.webhook_not_found');
  await refused(bob.testChannel({ channel: 'webhook', webhookId: id }), 'notifications.webhook_not_found');
  await refused(bob.redeliver({ id: delivery!.id }), 'notifications.delivery_not_found');
  expect((await bob.listDeliveries({ webhookId: id })).deliveries).toEqual([]);
  expect(await bob.listWebhooks()).toEqual({ webhooks: [] });
  expect((await bob.getPreferences()).channels.every(({ waiting, dead }) => waiting + dead === 0)).toBe(true);
  const { webhooks } = await ann.listWebhooks();
  expect(webhooks).toMatchObject([{ id, state: 'active' }]);
  expect(JSON.stringify(webhooks)).not.toContain('whsec_');
});

test('pages of deliveries neither repeat nor skip, and are filtered by webhook and state', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver((res, _req, body) =>
    res.writeHead(body.includes('market 3"') ? 410 : 204).end(),
  );
  const ann = rig.as('user_ann');
  const hook = await ann.createWebhook({ name: 'hers', url: receiver.url });
  for (let n = 0; n < 7; n++) {
    await rig.tell('user_ann', disagreement(n));
    await rig.deliver();
    rig.clock.advance(1_000);
  }
  const paged: string[] = [];
  let cursor: string | null | undefined;
  do {
    const page = await ann.listDeliveries({ webhookId: hook.id, limit: 2, ...(cursor && { cursor }) });
    paged.push(...page.deliveries.map(({ id }) => id));
    ({ nextCursor: cursor } = page);
  } while (cursor);
  const all = (await ann.listDeliveries({ limit: 100 })).deliveries;
  expect(paged).toEqual(all.filter(({ webhookId }) => webhookId === hook.id).map(({ id }) => id));
  expect(paged).toHaveLength(7);
  expect(
    (await ann.listDeliveries({ state: 'delivered' })).deliveries.every(({ state }) => state === 'delivered'),
  ).toBe(true);
});

test('a test of a webhook waits behind nothing that hangs or waits there, and for nobody who has left', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver((res, _req, body) =>
    body.includes('channel.test') ? res.writeHead(204).end() : undefined,
  );
  const { id: webhookId } = await rig.as('user_ann').createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', ...Array.from({ length: 6 }, (_, n) => closed(n)));
  rig.delivering.look();
  await receiver.took(3);
  const gone = new AbortController();
  gone.abort();
  const test = { channel: 'webhook', webhookId } as const;
  // The clock stands still: whoever waited would wait for ever.
  expect(await rig.as('user_ann', gone.signal).testChannel(test)).toMatchObject({ state: 'waiting' });
  rig.delivering.look();
  await receiver.took(4);
  expect(receiver.taken[3]!.body).toContain('channel.test');
  await Promise.all([rig.delivering.stop(), rig.clock.advance(20_000)]);
});

test('what ended is kept for thirty days, what waits for as long as it waits', async () => {
  await using rig = await deliveryRig();
  let broken = false;
  await using receiver = await startReceiver((res) => res.writeHead(broken ? 500 : 204).end());
  const ann = rig.as('user_ann');
  await ann.createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  rig.clock.advance(29 * 24 * hourMs);
  broken = true;
  await rig.tell('user_ann', closed(2));
  await rig.deliver();
  await rig.process.deleteOldDeliveries();
  const count = async () => (await ann.listDeliveries({})).deliveries.length;
  expect(await count()).toBe(4);
  rig.clock.advance(24 * hourMs + 1);
  await rig.process.deleteOldDeliveries();
  expect(await count()).toBe(2);
  await rig.database.db
    .update(deliveryRows)
    .set({ createdAt: new Date(0) })
    .where(eq(deliveryRows.state, 'waiting'));
  await rig.process.deleteOldDeliveries();
  expect((await ann.listDeliveries({ state: 'waiting' })).deliveries).toHaveLength(1);
});

test('how channels fare, and what did not arrive, is found without looking at the thousands that did', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver((res, _req, body) =>
    res.writeHead(body.includes('market 2"') ? 503 : 204).end(),
  );
  const ann = rig.as('user_ann');
  const { id: webhookId } = await ann.createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', closed(1), closed(2));
  await rig.deliver();
  await rig.database.db.execute(sql`
    insert into deliveries (id, user_id, channel, webhook_id, lane, kind, notification_ids, message_id, state, due_at, attempts, failures, created_at, ended_at)
    select 'dlv_many_' || n, 'user_ann', 'webhook', 'whk_other', 'whk_other', 'position.closed', '{x}', 'x', 'delivered', '2026-01-04', 1, 0,
      timestamptz '2026-01-04' + n * interval '1 second', timestamptz '2026-01-04' + n * interval '1 second' from generate_series(1, 20000) n`);
  await rig.database.db.execute(sql`analyze deliveries`);
  const statements = recordStatements(rig.database);
  const { channels } = await ann.getPreferences();
  expect(channels.find(({ channel }) => channel === 'webhook')).toEqual({
    channel: 'webhook',
    problem: null,
    waiting: 1,
    dead: 0,
    lastSuccessAt: rig.clock.now(),
    lastErrorAt: rig.clock.now(),
    lastError: 'Its server answered 503.',
  });
  expect((await ann.listDeliveries({ state: 'waiting', limit: 5 })).deliveries).toHaveLength(2);
  expect((await ann.listDeliveries({ webhookId, limit: 5 })).deliveries).toHaveLength(2);
  const asked = statements.take().filter(({ text }) => /from "?deliver/.test(text));
  for (const each of asked) expect((await statements.explain(each)).rowsRead).toBeLessThan(50);
  expect(asked.length).toBeGreaterThan(3);
});

test('what was read or archived a year ago is removed with its events, what is unread stays and is counted', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  await rig.tell('user_ann', closed(1), closed(2), closed(3));
  await rig.deliver();
  const [newest, middle, oldest] = (await ann.list({})).notifications.map(({ id }) => id);
  await ann.markRead({ ids: [oldest!] });
  await ann.archive({ ids: [middle!] });
  rig.clock.advance(365 * 24 * hourMs);
  await rig.process.deleteOld(365);
  expect((await ann.list({})).notifications).toHaveLength(2);
  await rig.tell('user_ann', closed(4));
  rig.clock.advance(1);
  await rig.process.deleteOld(365);
  const { notifications: left } = await ann.list({});
  expect(left.map(({ id }) => id)).toContain(newest);
  expect([left.length, (await ann.list({ archived: true })).notifications.length]).toEqual([2, 0]);
  expect((await ann.unreadCount()).unreadCount).toBe(2);
  // Whoever comes back from before the gap is told so; from the last one that was removed it goes on.
  expect(await ann.listEvents({ after: '1' })).toMatchObject({ recovered: false, next: '6' });
  expect(await ann.listEvents({ after: '5' })).toMatchObject({
    recovered: true,
    events: [{ id: '6', data: { unreadCount: 2 } }],
  });
});

test('nothing leaves for a user who was disabled, also what waits, and for more users than one look takes all the same', async () => {
  await using rig = await deliveryRig();
  let status = 500;
  await using receiver = await startReceiver((res) => res.writeHead(status).end());
  await rig.as('user_ann').createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  await rig.database.db.execute(sql`update users set disabled_at = now() where id = 'user_ann'`);
  status = 204;
  rig.clock.advance(60_000);
  await rig.tell('user_ann', closed(2));
  for (let n = 0; n < 120; n++) await rig.tell(`user_${n}`, closed(n)); // of nobody: looked at, and done
  await rig.deliver();
  expect([receiver.taken.length, rig.smtp.taken.length]).toEqual([1, 1]);
  const { deliveries } = await rig.as('user_ann').listDeliveries({});
  expect(deliveries.map(({ channel, state }) => [channel, state]).sort()).toEqual([
    ['email', 'delivered'],
    ['webhook', 'cancelled'],
  ]);
  const { rows } = await rig.database.db.execute<{ left: number }>(
    sql`select count(*)::int as left from notifications where dispatched_at is null`,
  );
  expect(rows[0]!.left).toBe(0);
});

test('where there is room for one more it is of the user with the fewest under way, however long those of others wait', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver((res) => res.writeHead(503).end());
  for (const [n, name] of ['ann', 'bob'].entries()) {
    await rig.as(`user_${name}`).createWebhook({ name: 'bot', url: receiver.url });
    await rig.tell(`user_${name}`, closed(n));
    await rig.deliver(); // it fails, and waits
    rig.clock.advance(1_000);
  }
  rig.clock.advance(60_000);
  const now = rig.clock.now();
  const [row] = await createDeliveryStore(rig.database.db).claim({
    ...{ channel: 'webhook', perLane: 3, perUser: 24, room: 1, claimed: 'claim_1', now, until: now },
    underWay: { lanes: new Map(), users: new Map([['user_ann', 5]]) },
  });
  expect(row?.userId).toBe('user_bob');
});
