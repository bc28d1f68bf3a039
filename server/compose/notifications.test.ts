// What leaves a running server: a deal of a user reaches their webhook, and the metrics count it.
import { expect, test } from 'vitest';
import * as build from '../testing/build.ts';
import { startReceiver } from '../testing/delivery-rig.ts';
import { addUser, signIn } from '../testing/kit.ts';
import { testApp } from '../testing/test-app.ts';

test('a deal that is accepted reaches its user’s webhook, and a test is answered with its outcome', async () => {
  await using receiver = await startReceiver();
  await using app = await testApp({ env: { WEBHOOK_NETWORKS: 'loopback' } });
  expect(await app.settled(10_000)).toEqual([]);
  await addUser(app);
  await using ann = signIn(app.url, build.login);
  const { notifications, trading } = ann.api;
  const { id } = await notifications.createWebhook.mutate({ name: 'bot', url: receiver.url });
  expect(await notifications.testChannel.mutate({ channel: 'webhook', webhookId: id })).toMatchObject({
    state: 'delivered',
    lastStatus: 204,
  });
  const deal = await trading.openPosition.mutate(build.openPosition({ waitMs: 10_000 }));
  expect(deal.status).toBe('accepted');
  await receiver.took(2);
  expect(JSON.parse(receiver.taken[1]!.body)).toMatchObject({
    type: 'deal.accepted',
    data: { environment: 'simulated', accountId: deal.accountId },
  });
  const figures = await (await fetch(`${app.url}/metrics`)).text();
  expect(figures).toMatch(
    /ftrader_notification_attempts_total\{channel="webhook",outcome="delivered"\} [12]/,
  );
});
