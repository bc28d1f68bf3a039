// Alerts on a whole server: from a price of the simulator, or the worth of an account, to the notification on the socket; what is refused, and what an answer says.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { maxLiveAlerts, type CreateAlert } from '../../../shared/alerts.ts';
import * as build from '../../testing/build.ts';
import { createInbox } from '../../testing/inbox.ts';
import { signUp } from '../../testing/kit.ts';
import { temporaryFolder } from '../../testing/processes.ts';
import { testApp } from '../../testing/test-app.ts';

const timeoutMs = 120_000;
const epic = build.eurusd;
const priced = (level: string, given: object = {}) => ({
  condition: { kind: 'price' as const, epic, side: 'bid' as const, direction: 'up' as const, level },
  ...given,
});

/** A server whose EUR/USD is what the test plays, a row after the other. */
async function arrange(...bids: string[]) {
  const folder = temporaryFolder('alerts');
  const file = path.join(folder.path, 'EURUSD.csv');
  const rows = bids.map(
    (bid, second) => `2026-01-05T09:00:${String(second).padStart(2, '0')}.000Z,${bid},${bid}`,
  );
  writeFileSync(file, ['timestamp,bid,ask', ...rows].join('\n'));
  const app = await testApp({
    simulator: { replay: { files: [{ path: file, epic }], speed: 1, paused: true, start: 'now' } },
  });
  const somebody = await signUp(app);
  return {
    app,
    ...somebody,
    alerts: somebody.api.notifications,
    play: (count = 1) => app.simulator!.replay.step({ rows: count }),
    async [Symbol.asyncDispose]() {
      await somebody[Symbol.asyncDispose]();
      await app[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
const stateOf = async ({ alerts }: Awaited<ReturnType<typeof arrange>>) =>
  (await alerts.listAlerts.query({})).alerts.map(({ state }) => state);

test(
  'a price that the broker streams is told on the socket, once, with the note; one that is true already waits, and says so; every change of an alert is told there too',
  async () => {
    await using user = await arrange('1.10', '1.12', '1.21', '1.15', '1.25', '1.25');
    const { alerts, api, play } = user;
    await play();
    const told = createInbox<{ id: string; data: { type: string; data?: unknown } }>();
    const subscription = api.notifications.onNotification.subscribe(
      {},
      { onData: (message) => told.put(message) },
    );
    const made = await alerts.createAlert.mutate(priced('1.2', { note: 'buy' }));
    expect(made).toMatchObject({ name: 'EUR/USD', state: 'armed', marketState: 'tradeable', firedCount: 0 });
    const isTrue = await alerts.createAlert.mutate(priced('1.05', { repeat: 'every' }));
    expect(isTrue).toMatchObject({ state: 'waiting' });
    // Streamed for the alerts alone: nobody watches.
    await expect
      .poll(
        async () => {
          await play();
          return (await stateOf(user))[1];
        },
        { timeout: 20_000, interval: 1_000 },
      )
      .toBe('done');
    await told.until((items) => items.some(({ data }) => data.type === 'notification.created'));
    const { notifications } = await api.notifications.list.query({});
    expect(notifications).toHaveLength(1);
    expect(notifications[0]).toMatchObject({
      kind: 'alert.fired',
      title: expect.stringMatching(/^EUR\/USD rose to 1\.2: Bid 1\.2/),
    });
    expect(notifications[0]!.body).toContain('buy');
    expect((await alerts.listAlerts.query({ state: 'waiting' })).alerts).toMatchObject([{ id: isTrue.id }]);
    const listed = async (asked: object) =>
      (await alerts.listAlerts.query({ ...asked, limit: 1 })).alerts.map(({ id }) => id);
    expect([await listed({ live: true }), await listed({ live: false })]).toEqual([[isTrue.id], [made.id]]);
    await alerts.updateAlert.mutate({ id: isTrue.id, note: 'sell' });
    await alerts.deleteAlert.mutate({ id: made.id });
    const changes = (items: readonly { data: { type: string; data?: unknown } }[]) =>
      items.flatMap(({ data }) => (data.type === 'alert.changed' ? [data.data] : []));
    await told.until((items) => changes(items).length === 4);
    expect(changes(told.items)).toEqual([made, isTrue, isTrue, made].map(({ id }) => ({ alertId: id })));
    subscription.unsubscribe();
  },
  timeoutMs,
);

test(
  'the margin level of an account and the profit of a position are told by its own valuation; a closed position ends its alert',
  async () => {
    await using user = await arrange(...Array.from({ length: 50 }, (_, n) => (1.1 + n / 1_000).toFixed(4)));
    const { alerts, api, play } = user;
    await play();
    await expect.poll(async () => (await api.trading.summary.query({})).stale).toBe(false);
    const onMargin = { condition: { kind: 'margin_level' as const, level: '0.01' } };
    expect(await alerts.createAlert.mutate(onMargin)).toMatchObject({ state: 'armed' }); // nothing is open yet
    const position = await api.trading.openPosition.mutate(build.openPosition({ size: '1', waitMs: 10_000 }));
    const dealId = position.dealId!;
    const onProfit = (amount: string) => ({
      condition: { kind: 'position_profit' as const, dealId, direction: 'up' as const, amount },
    });
    await alerts.createAlert.mutate(onProfit('1'));
    await alerts.createAlert.mutate(onProfit('1000000'));
    const { margin } = await api.trading.summary.query({});
    expect(Number(margin)).toBeGreaterThan(0);
    await expect
      .poll(
        async () => {
          await play();
          return (await api.notifications.list.query({})).notifications.filter(
            ({ kind }) => kind === 'alert.fired',
          );
        },
        { timeout: 30_000, interval: 500 },
      )
      .toMatchObject([{ title: expect.stringContaining('stands at') }]);
    expect(await stateOf(user)).toEqual(['armed', 'done', 'armed']);
    await api.trading.closePosition.mutate({ dealId, waitMs: 10_000, idempotencyKey: 'closes-it' });
    await expect.poll(async () => (await stateOf(user))[0], { timeout: 20_000 }).toBe('done');
    expect(
      (await api.notifications.list.query({})).notifications.filter(({ kind }) => kind === 'alert.fired'),
    ).toHaveLength(1);
  },
  timeoutMs,
);

test(
  'what cannot be an alert is refused with its reason, and more than there may be with their number',
  async () => {
    await using user = await arrange('1.10');
    const { alerts, api } = user;
    await user.play();
    const refused = (input: object) =>
      alerts.createAlert.mutate(input as CreateAlert).then(
        () => 'taken',
        ({ data }) => [data.code, ...Object.keys(data.fields ?? {})].join(' '),
      );
    const move = { kind: 'move', epic, side: 'mid', direction: 'either', percent: '1', windowSeconds: 300 };
    expect(await refused({ condition: { ...move, windowSeconds: 0 } })).toBe(
      'request.invalid condition.windowSeconds',
    );
    await expect(
      alerts.createAlert.mutate({ condition: { ...move, windowSeconds: 0 } } as never),
    ).rejects.toThrow('must be 60, 300, 900, 3600, 14400 or 86400');
    expect(await refused({ condition: { ...move, percent: '0' } })).toBe('request.invalid condition.percent');
    expect(await refused({ ...priced('1.2'), rearmBand: '-1' })).toBe('request.invalid rearmBand');
    expect(await refused(priced('1e5'))).toBe('request.invalid condition.level');
    expect(await refused({ condition: { ...priced('1').condition, epic: 'CS.D.NOSUCH.CFD.IP' } })).toBe(
      'market_data.unknown_epic epic',
    );
    expect(await refused({ condition: { ...priced('1').condition, feed: 'demo' } })).toBe(
      'market_data.unknown_feed feed',
    );
    expect(await refused(priced('1.2', { expiresAt: new Date(Date.now() - 1_000) }))).toBe(
      'request.invalid expiresAt',
    );
    expect(await refused({ condition: { kind: 'margin_level', level: '100', accountId: 'acct_none' } })).toBe(
      'accounts.not_found',
    );
    expect(
      await refused({ condition: { kind: 'position_profit', dealId: 'NONE', direction: 'up', amount: '1' } }),
    ).toBe('trading.position_not_found');

    const all: string[] = [];
    for (let n = 0; n < 1_000; n += 100)
      all.push(
        ...(await Promise.all(
          Array.from({ length: 100 }, (_, m) => refused(priced(`2.${n + m}`, { repeat: 'every' }))),
        )),
      );
    const kinds = Map.groupBy(all, (each) => each);
    expect(kinds.get('taken')).toHaveLength(maxLiveAlerts);
    expect([...kinds.keys()].sort()).toEqual(['notifications.too_many_alerts', 'taken']);
    const { alerts: page, nextCursor } = await alerts.listAlerts.query({ limit: 1 });
    expect(nextCursor).not.toBeNull();
    const { id } = page[0]!;
    const changed = await alerts.updateAlert.mutate({
      id,
      condition: { ...move, percent: '2' } as never,
      note: null,
    });
    expect(changed).toMatchObject({
      id,
      condition: { kind: 'move', percent: '2', feed: 'simulated' },
      state: 'waiting',
    });
    expect(await alerts.deleteAlert.mutate({ id })).toEqual({ id });
    for (const ask of [
      () => alerts.updateAlert.mutate({ id, note: 'x' }),
      () => alerts.deleteAlert.mutate({ id }),
    ])
      await expect(ask()).rejects.toMatchObject({ data: { code: 'notifications.alert_not_found' } });
    expect((await api.notifications.unreadCount.query()).unreadCount).toBe(0);
  },
  timeoutMs,
);
