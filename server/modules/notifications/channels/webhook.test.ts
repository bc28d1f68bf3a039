// Webhooks against real servers, also such as do harm: what is sent, how it is signed, and that one that hangs keeps nobody waiting.
import { Webhook } from 'standardwebhooks';
import { expect, test, vi } from 'vitest';
import {
  closed,
  deliveryRig,
  disagreement,
  startReceiver,
  type TakenWebhook,
} from '../../../testing/delivery-rig.ts';

/** What a receiver that knows `secret` makes of it at `at`; throws where it does not believe it. */
function verified(secret: string, { body, headers }: TakenWebhook, at: Date): unknown {
  vi.useFakeTimers({ toFake: ['Date'], now: at }); // the package asks the system what time it is
  try {
    return new Webhook(secret).verify(body, headers);
  } finally {
    vi.useRealTimers();
  }
}

test('what a webhook wants is sent to it, signed over its bytes; after a rotation by both secrets for a day, then by the new one', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver();
  await using other = await startReceiver();
  const ann = rig.as('user_ann');
  const made = await ann.createWebhook({ name: 'all', url: receiver.url });
  await ann.createWebhook({ name: 'some', url: other.url, kinds: ['break.opened'] });
  expect(made.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  await rig.tell('user_ann', closed(1), { ...disagreement(2), environment: 'live' });
  await rig.tell('user_bob', closed(9));
  await rig.deliver();
  const { notifications: told } = await ann.list({});
  expect(receiver.ids().sort()).toEqual(told.map(({ id }) => id).sort());
  expect(other.ids()).toEqual([told.find(({ kind }) => kind === 'break.opened')!.id]);
  const [first] = receiver.taken.filter(({ body }) => body.includes('position.closed'));
  const closing = told.find(({ kind }) => kind === 'position.closed')!;
  expect(verified(made.secret, first!, rig.clock.now())).toEqual({
    type: 'position.closed',
    timestamp: closing.at.toISOString(),
    data: {
      id: closing.id,
      severity: 'warning',
      title: closing.title,
      body: closing.body,
      accountId: 'acct_1',
      environment: 'demo',
    },
  });
  expect(first!.headers['user-agent']).toMatch(/^FTrader/);
  expect(() => verified(made.secret, { ...first!, body: `${first!.body} ` }, rig.clock.now())).toThrow();

  const renewed = await ann.rotateWebhookSecret({ id: made.id });
  expect(renewed.formerSignsUntil).toEqual(new Date(rig.clock.now().getTime() + 86_400_000));
  await rig.tell('user_ann', closed(3));
  await rig.deliver();
  for (const secret of [made.secret, renewed.secret]) verified(secret, receiver.taken[2]!, rig.clock.now());
  rig.clock.advance(86_400_000);
  await rig.tell('user_ann', closed(4));
  await rig.deliver();
  verified(renewed.secret, receiver.taken[3]!, rig.clock.now());
  expect(() => verified(made.secret, receiver.taken[3]!, rig.clock.now())).toThrow('No matching signature');
  expect((await ann.listWebhooks()).webhooks.map(({ formerSignsUntil }) => formerSignsUntil)).toEqual([
    null,
    null,
  ]);
});

test('a second rotation leaves two secrets, not three', async () => {
  await using rig = await deliveryRig();
  await using receiver = await startReceiver();
  const ann = rig.as('user_ann');
  const { id } = await ann.createWebhook({ name: 'all', url: receiver.url });
  await ann.rotateWebhookSecret({ id });
  await ann.rotateWebhookSecret({ id });
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  expect(receiver.taken[0]!.headers['webhook-signature']!.split(' ')).toHaveLength(2);
});

test('each attempt bears the same id and bytes, and a timestamp of its own', async () => {
  await using rig = await deliveryRig();
  let failures = 2;
  await using receiver = await startReceiver((res) =>
    res.writeHead(failures-- > 0 ? 500 : 200).end('not now'),
  );
  const ann = rig.as('user_ann');
  const { secret } = await ann.createWebhook({ name: 'all', url: receiver.url });
  await rig.tell('user_ann', closed(1));
  for (const waitMs of [0, 5_000, 30_000]) {
    rig.clock.advance(waitMs);
    await rig.deliver();
    verified(secret, receiver.taken.at(-1)!, rig.clock.now());
  }
  expect(new Set(receiver.taken.map(({ body, headers }) => `${headers['webhook-id']} ${body}`)).size).toBe(1);
  expect(receiver.taken.map(({ headers }) => Number(headers['webhook-timestamp']) - 1_767_603_600)).toEqual([
    0, 5, 35,
  ]);
  const { deliveries } = await ann.listDeliveries({});
  const ofIt = deliveries.find(({ channel }) => channel === 'webhook')!;
  expect(ofIt).toMatchObject({ state: 'delivered', lastStatus: 200 });
  expect(ofIt.attempts.map(({ number, status, error }) => [number, status, error])).toEqual([
    [3, 200, null],
    [2, 500, 'Its server answered 500: not now'],
    [1, 500, 'Its server answered 500: not now'],
  ]);
});

test('servers that never answer, drip, stream for ever or redirect in a circle are found out, and keep nobody else waiting', async () => {
  await using rig = await deliveryRig();
  await using mute = await startReceiver(() => undefined);
  await using endlessFailure = await startReceiver((res) => {
    res.writeHead(503);
    const pour = () =>
      res.destroyed || (res.write('x'.repeat(65_536)) ? setImmediate(pour) : res.once('drain', pour));
    pour();
  });
  await using endlessSuccess = await startReceiver((res) => {
    res.writeHead(200);
    const pour = () =>
      res.destroyed || (res.write('y'.repeat(65_536)) ? setImmediate(pour) : res.once('drain', pour));
    pour();
  });
  await using circle = await startReceiver((res, req) => res.writeHead(307, { location: req.url! }).end());
  await using dripping = await startReceiver((res) => res.socket!.write('HTTP/1.1 20'));
  await using good = await startReceiver();
  const ann = rig.as('user_ann');
  const bob = rig.as('user_bob');
  const bad = { mute, endlessFailure, endlessSuccess, circle, dripping };
  const names = new Map<string, string>();
  for (const [name, { url }] of Object.entries(bad))
    names.set((await ann.createWebhook({ name, url })).id, name);
  names.set((await ann.createWebhook({ name: 'good', url: good.url })).id, 'good');
  await bob.createWebhook({ name: 'his', url: good.url });
  await rig.tell('user_ann', ...Array.from({ length: 20 }, (_, n) => closed(n)));
  await rig.tell('user_bob', closed(100));
  rig.delivering.look();
  // All of hers and his arrive, and what fails is found out, while those that hang hang: the clock stands still.
  await good.took(21);
  await Promise.all([mute.took(3), dripping.took(3)]);
  const of = async (name: string) =>
    (await ann.listDeliveries({ limit: 500 })).deliveries.filter(
      ({ webhookId }) => names.get(webhookId!) === name,
    );
  const until = (name: string, holds: (deliveries: Awaited<ReturnType<typeof of>>) => boolean) =>
    vi.waitFor(async () => expect([name, holds(await of(name))]).toEqual([name, true]), 10_000);
  for (const name of ['good', 'endlessSuccess'])
    await until(name, (all) => all.every(({ state }) => state === 'delivered'));
  await until('endlessFailure', (all) =>
    all.some(({ lastStatus, lastError }) => lastStatus === 503 && lastError!.length < 300),
  );
  await until('circle', (all) =>
    all.some(({ lastError }) =>
      /answered 307, which redirects to \/hook: give the final/.test(lastError ?? ''),
    ),
  );
  expect([mute.taken.length, dripping.taken.length]).toEqual([3, 3]); // under way at once, and no more
  rig.clock.advance(15_000);
  for (const name of ['mute', 'dripping'])
    await until(name, (all) => all.some(({ lastError }) => lastError === 'There was no answer within 15 s.'));
  const { webhooks } = await ann.listWebhooks();
  expect(
    webhooks
      .filter(({ failingSince }) => failingSince)
      .map(({ name }) => name)
      .sort(),
  ).toEqual(['circle', 'dripping', 'endlessFailure', 'mute']);
  for (const { id } of webhooks) await ann.deleteWebhook({ id });
  await Promise.all([rig.delivering.stop(), rig.clock.advance(20_000)]);
});

test('a user who makes webhooks to a server that never answers again and again has few under way, one of each first, and another’s is delivered', async () => {
  await using rig = await deliveryRig();
  await using mute = await startReceiver(() => undefined);
  await using good = await startReceiver();
  const [ann, bob] = [rig.as('user_ann'), rig.as('user_bob')];
  await bob.createWebhook({ name: 'his', url: good.url });
  for (let round = 0; round < 5; round++) {
    const made: string[] = [];
    for (let n = 0; n < 20; n++)
      made.push((await ann.createWebhook({ name: `${n}`, url: `${mute.url}/${n}` })).id);
    await rig.tell('user_ann', closed(1), closed(2), closed(3));
    rig.delivering.look();
    if (round === 0) await mute.took(24);
    expect(new Set(mute.taken.map(({ path }) => path)).size).toBe(20);
    for (const id of made) await ann.deleteWebhook({ id }); // what is under way goes on
  }
  await rig.tell('user_bob', closed(4));
  rig.delivering.look();
  await good.took(1);
  expect(mute.taken).toHaveLength(24);
  await Promise.all([rig.delivering.stop(), rig.clock.advance(20_000)]);
});

test('410 disables a webhook: what waits for it is cancelled, its user is told, and switching it on has it go on', async () => {
  await using rig = await deliveryRig();
  let gone = true;
  await using receiver = await startReceiver((res) => res.writeHead(gone ? 410 : 204).end());
  const ann = rig.as('user_ann');
  const { id } = await ann.createWebhook({ name: 'bot', url: receiver.url });
  await rig.tell('user_ann', ...Array.from({ length: 10 }, (_, n) => closed(n)));
  await rig.deliver();
  const { webhooks } = await ann.listWebhooks();
  expect(webhooks[0]).toMatchObject({ state: 'disabled', stateReason: 'Its server answered 410 Gone.' });
  expect(receiver.taken.length).toBeLessThanOrEqual(3);
  const { deliveries } = await ann.listDeliveries({ webhookId: id });
  expect(deliveries.filter(({ state }) => state === 'cancelled').length).toBeGreaterThanOrEqual(7);
  const { notifications } = await ann.list({});
  expect(notifications.filter(({ kind }) => kind === 'delivery.failed')[0]).toMatchObject({
    title: 'Disabled: the webhook bot',
  });
  await rig.tell('user_ann', closed(11));
  await rig.deliver();
  expect((await ann.listDeliveries({ webhookId: id, limit: 1 })).deliveries[0]!.id).toBe(deliveries[0]!.id); // nothing is made for it
  await expect(ann.redeliver({ id: deliveries[0]!.id })).rejects.toMatchObject({
    cause: { code: 'notifications.webhook_not_active' },
  });
  gone = false;
  const before = receiver.taken.length;
  await ann.updateWebhook({ id, state: 'active' });
  const again = await ann.redeliver({ id: deliveries[0]!.id });
  await rig.deliver();
  expect(receiver.ids().slice(before)).toEqual([again.messageId]);
});

test('one that is paused or deleted cancels what waits for it; another URL has it sent at once', async () => {
  await using rig = await deliveryRig();
  await using broken = await startReceiver((res) => res.writeHead(500).end());
  await using good = await startReceiver();
  const ann = rig.as('user_ann');
  const one = await ann.createWebhook({ name: 'one', url: broken.url });
  const two = await ann.createWebhook({ name: 'two', url: broken.url });
  const three = await ann.createWebhook({ name: 'three', url: broken.url });
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  await ann.updateWebhook({ id: one.id, state: 'paused' });
  await ann.deleteWebhook({ id: two.id });
  await ann.updateWebhook({ id: three.id, url: good.url });
  await rig.deliver();
  const { deliveries } = await ann.listDeliveries({});
  const byWebhook = deliveries.filter(({ channel }) => channel === 'webhook');
  expect(Object.fromEntries(byWebhook.map(({ webhookId, state }) => [webhookId, state]))).toEqual({
    [one.id]: 'cancelled',
    [two.id]: 'cancelled',
    [three.id]: 'delivered',
  });
  expect([broken.taken.length, good.taken.length]).toEqual([3, 1]);
});
