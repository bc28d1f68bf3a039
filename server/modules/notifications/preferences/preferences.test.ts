// Preferences: what is usual, what may be chosen, what choosing does; trying a channel, and how well each works.
import { expect, test } from 'vitest';
import { inTransaction } from '../../../db/transaction.ts';
import { addUser } from '../../../testing/people.ts';
import { closed, deliveryRig, disagreement, startReceiver } from '../../../testing/delivery-rig.ts';

const invalid = (call: Promise<unknown>, field: string) =>
  expect(call).rejects.toMatchObject({
    cause: { code: 'request.invalid', options: { fields: { [field]: expect.any(String) } } },
  });

test('everything is told in the app and by webhooks, warnings and what is critical by e-mail; a choice replaces that, and is undone by the next', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  const of = async (kind: string) => (await ann.getPreferences()).kinds.find((each) => each.kind === kind)!;
  expect(await of('deal.accepted')).toEqual({
    kind: 'deal.accepted',
    severity: 'info',
    channels: { in_app: true, email: false, webhook: true },
  });
  expect((await of('break.opened')).channels).toEqual({ in_app: true, email: true, webhook: true });
  const chosen = [{ kind: 'deal.accepted', channels: { in_app: false, email: true } }];
  await ann.setPreferences({ kinds: chosen });
  expect((await of('deal.accepted')).channels).toEqual({ in_app: false, email: true, webhook: true });
  expect((await rig.as('user_bob').getPreferences()).kinds[0]!.channels.in_app).toBe(true);
  const read = await ann.getPreferences();
  expect((await ann.setPreferences({ kinds: read.kinds })).kinds).toEqual(read.kinds); // as it was read
  await ann.setPreferences({});
  expect((await of('deal.accepted')).channels).toEqual({ in_app: true, email: false, webhook: true });
});

test('what there is not, what is critical in the app, and hours without an end are refused', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  await invalid(ann.setPreferences({ kinds: [{ kind: 'no.such', channels: {} }] }), 'kinds');
  await invalid(ann.setPreferences({ kinds: [{ kind: 'channel.test', channels: {} }] }), 'kinds');
  await invalid(
    ann.setPreferences({ kinds: [{ kind: 'break.opened', channels: { in_app: false } }] }),
    'kinds',
  );
  await ann.setPreferences({ kinds: [{ kind: 'break.opened', channels: { email: false } }] });
  for (const quietHours of [
    { from: '22:00', to: '22:00', timeZone: 'UTC' },
    { from: '24:00', to: '07:00', timeZone: 'UTC' },
    { from: '22:00', to: '07:00', timeZone: '+01:00' },
  ])
    await expect(ann.setPreferences({ quietHours })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('a kind that is not wanted in the app is marked as read, with its event, and counts no longer', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  await ann.setPreferences({ kinds: [{ kind: 'position.closed', channels: { in_app: false } }] });
  await rig.tell('user_ann', closed(1), disagreement(1), closed(2));
  await Promise.all([rig.deliver(), rig.tell('user_ann', closed(3))]);
  await rig.deliver();
  expect(await ann.unreadCount()).toEqual({ unreadCount: 1 });
  expect((await ann.list({ unreadOnly: true })).notifications.map(({ kind }) => kind)).toEqual([
    'break.opened',
  ]);
  const { events } = await rig.events.read({ userId: 'user_ann', stream: 'notifications' }, 0, 100);
  expect(
    events.flatMap((event) =>
      event.type === 'notification.read' ? [event.data.notificationIds?.length] : [],
    ),
  ).toEqual([3]);
  expect(events.at(-1)).toMatchObject({ data: { unreadCount: 1 } });
  expect(rig.smtp.taken.length).toBeGreaterThan(0); // the other channels are as they were
});

test('a test is sent by each channel and answered with what became of it', async () => {
  await using rig = await deliveryRig();
  let status = 204;
  await using receiver = await startReceiver((res) => res.writeHead(status).end());
  const ann = rig.as('user_ann');
  const { id: webhookId } = await ann.createWebhook({ name: 'bot', url: receiver.url });
  await ann.setPreferences({ quietHours: { from: '00:00', to: '23:59', timeZone: 'UTC' } });
  /** A worker looks while the caller waits. */
  async function tried(asked: Parameters<typeof ann.testChannel>[0]) {
    let isOver = false;
    const answer = ann.testChannel(asked).finally(() => (isOver = true));
    while (!isOver) {
      await rig.deliver();
      rig.clock.advance(200);
      await new Promise(setImmediate);
    }
    return answer;
  }
  expect(await tried({ channel: 'email' })).toMatchObject({ state: 'delivered', kind: 'channel.test' });
  expect(rig.smtp.taken[0]!.raw).toContain('Subject: FTrader: a test');
  expect(await tried({ channel: 'webhook', webhookId })).toMatchObject({
    state: 'delivered',
    lastStatus: 204,
  });
  expect(JSON.parse(receiver.taken[0]!.body)).toMatchObject({ type: 'channel.test' });
  status = 500;
  expect(await tried({ channel: 'webhook', webhookId })).toMatchObject({
    state: 'dead', // a test is tried once
    lastError: 'Its server answered 500.',
  });
  expect(await tried({ channel: 'in_app' })).toMatchObject({ state: 'delivered' });
  await rig.deliver();
  const { notifications } = await ann.list({});
  expect(notifications.map(({ kind }) => kind)).toEqual(['channel.test']); // and no word of the test that failed
  expect([receiver.taken.length, rig.smtp.taken.length]).toEqual([2, 1]);
  const { channels } = await ann.getPreferences();
  expect(channels).toMatchObject([
    { channel: 'in_app', problem: null, waiting: 0 },
    {
      channel: 'email',
      problem: null,
      waiting: 0,
      dead: 0,
      lastSuccessAt: expect.any(Date),
      lastError: null,
    },
    { channel: 'webhook', dead: 1, lastSuccessAt: expect.any(Date), lastError: 'Its server answered 500.' },
  ]);
});

test('a channel by which nothing leaves says why, and makes no deliveries', async () => {
  await using rig = await deliveryRig();
  await addUser(rig.database, { id: 'user_carl' });
  const carl = rig.as('user_carl');
  const email = (await carl.getPreferences()).channels.find(({ channel }) => channel === 'email')!;
  expect(email.problem).toMatch(/^The e-mail address is not confirmed: /);
  await expect(carl.testChannel({ channel: 'email' })).rejects.toMatchObject({
    cause: { code: 'notifications.channel_unavailable', message: email.problem },
  });
  await invalid(carl.testChannel({ channel: 'webhook' }), 'webhookId');
  await invalid(carl.testChannel({ channel: 'email', webhookId: 'whk_1' }), 'webhookId');
  await rig.tell('user_carl', disagreement(1));
  await rig.deliver();
  expect((await carl.listDeliveries({})).deliveries).toEqual([]);
});

test('a user has twenty webhooks at most, also when many are made at once; kinds and addresses are checked', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  const make = (n: number) => ann.createWebhook({ name: `hook ${n}`, url: 'https://example.com/hook' });
  const made = await Promise.allSettled(Array.from({ length: 23 }, (_, n) => make(n)));
  expect(made.filter(({ status }) => status === 'fulfilled')).toHaveLength(20);
  await expect(make(24)).rejects.toMatchObject({ cause: { code: 'notifications.too_many_webhooks' } });
  const { id } = (await ann.listWebhooks()).webhooks[0]!;
  await invalid(ann.updateWebhook({ id, url: 'http://example.com@169.254.169.254/' }), 'url');
  await invalid(ann.updateWebhook({ id, kinds: ['no.such'] }), 'kinds');
  await expect(ann.updateWebhook({ id, url: 'no url' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  await expect(ann.updateWebhook({ id })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
});

test('one user whose notifications cannot be looked at keeps nobody else’s from leaving', async () => {
  await using rig = await deliveryRig();
  await rig.database.db.execute(
    `insert into notification_preferences (user_id, choices, quiet_hours, updated_at)
     values ('user_ann', '{}', '{"from":"00:00","to":"23:00","timeZone":"Mars/Olympus"}', now())`,
  );
  await rig.tell('user_ann', closed(1));
  await rig.tell('user_bob', closed(2));
  await rig.deliver();
  expect(rig.smtp.taken.map(({ to }) => to)).toEqual([['user_bob@test.local']]);
  await inTransaction(rig.database.db, (tx) => tx.execute(`delete from notification_preferences`));
  await rig.deliver();
  expect(rig.smtp.taken).toHaveLength(2);
});
