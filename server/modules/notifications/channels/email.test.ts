// E-mail over a real mail server: what comes, what is gathered in one, what waits for the end of quiet hours.
import { expect, test } from 'vitest';
import { addUser } from '../../../testing/people.ts';
import { closed, deliveryRig, disagreement, type DeliveryRig } from '../../../testing/delivery-rig.ts';
import { notificationLetter } from './email.ts';

const subjects = ({ smtp }: DeliveryRig) =>
  smtp.taken.map(({ raw }) => /^Subject: (.+)$/m.exec(raw)![1]!.trim());
const night = { from: '22:00', to: '07:00', timeZone: 'Europe/London' };

test('a warning comes by e-mail as text and HTML, to the confirmed address, and says on which kind of account; what only informs does not', async () => {
  await using rig = await deliveryRig();
  await addUser(rig.database, { id: 'user_carl' });
  await rig.tell('user_ann', { ...closed(1), environment: 'live' });
  await rig.tell('user_bob', { ...disagreement(1), environment: 'simulated' });
  await rig.tell('user_carl', disagreement(2)); // has not confirmed the address
  await rig.deliver();
  expect(rig.smtp.taken.map(({ to }) => to).sort()).toEqual([
    ['user_ann@test.local'],
    ['user_bob@test.local'],
  ]);
  expect(subjects(rig).sort()).toEqual([
    'FTrader LIVE: Closed 1 market 1',
    'FTrader simulated: FTrader and the broker disagree',
  ]);
  const { raw } = rig.smtp.taken.find(({ to }) => to[0] === 'user_ann@test.local')!;
  expect(raw).toContain('multipart/alternative');
  expect(raw).toContain('Your long position is closed.');
  expect(raw).toContain('<p>Your long position is closed.');
  expect(raw).toMatch(/^Message-ID: <dlv_\w+@ftrader>/m);
});

test('many of one kind within a minute: the first at once, the others as one at the end of the minute', async () => {
  await using rig = await deliveryRig();
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  expect(subjects(rig)).toEqual(['FTrader demo: Closed 1 market 1']);
  for (let n = 2; n <= 30; n++) {
    rig.clock.advance(1_000);
    await rig.tell('user_ann', closed(n), ...(n === 5 ? [disagreement(1)] : []));
    await rig.deliver();
  }
  expect(subjects(rig)).toHaveLength(2); // another kind does not wait
  // Preferences that are saved meanwhile change nothing about it.
  await rig.as('user_ann').setPreferences({ kinds: [], quietHours: null });
  await rig.deliver();
  expect(subjects(rig)).toHaveLength(2);
  rig.clock.advance(30_999);
  await rig.deliver();
  expect(subjects(rig)).toHaveLength(2);
  rig.clock.advance(1);
  await rig.deliver();
  expect(subjects(rig)).toHaveLength(3);
  expect(rig.smtp.taken[2]!.raw).toContain('29 notifications of one kind');
  const { deliveries } = await rig.as('user_ann').listDeliveries({ limit: 1, state: 'delivered' });
  const digests = (await rig.as('user_ann').listDeliveries({})).deliveries.filter(
    ({ notificationIds }) => notificationIds.length > 1,
  );
  expect(digests.map(({ notificationIds }) => new Set(notificationIds).size)).toEqual([29]);
  expect(deliveries).toHaveLength(1);
  // The minute goes on from the digest; after a quiet one the next goes at once.
  rig.clock.advance(30_000);
  await rig.tell('user_ann', closed(31));
  await rig.deliver();
  expect(subjects(rig)).toHaveLength(3);
  rig.clock.advance(90_000);
  await rig.deliver();
  rig.clock.advance(60_000);
  await rig.tell('user_ann', closed(32));
  await rig.deliver();
  expect(subjects(rig)).toHaveLength(5);
});

test('in quiet hours e-mail waits for their end, and comes as one for each kind; what is critical passes at once', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  await ann.setPreferences({ quietHours: night });
  rig.clock.advance(14 * 3_600_000); // 23:00
  for (let n = 1; n <= 3; n++) {
    await rig.tell('user_ann', closed(n), disagreement(n));
    await rig.deliver();
    rig.clock.advance(600_000);
  }
  expect(subjects(rig)).toEqual(Array(3).fill('FTrader demo: FTrader and the broker disagree'));
  const waiting = (await ann.listDeliveries({ state: 'waiting' })).deliveries;
  expect(waiting.map(({ dueAt, notificationIds }) => [dueAt.toISOString(), notificationIds.length])).toEqual([
    ['2026-01-06T07:00:00.000Z', 3],
  ]);
  rig.clock.advance(7.5 * 3_600_000 - 1); // 06:59:59.999
  await rig.deliver();
  expect(subjects(rig)).toHaveLength(3);
  rig.clock.advance(1);
  await rig.deliver();
  expect(subjects(rig).at(-1)).toMatch(/3 =\?|3 ×|=\?UTF-8/);
  expect(rig.smtp.taken.at(-1)!.raw).toContain('3 notifications of one kind');
});

test('a retry does not come in quiet hours either, and quiet hours that are taken back hold nothing', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  await ann.setPreferences({ quietHours: night });
  rig.clock.advance(13 * 3_600_000 - 1_000); // 21:59:59
  rig.smtp.refuse(1);
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  rig.clock.advance(10_000);
  await rig.deliver();
  const [held] = (await ann.listDeliveries({})).deliveries;
  expect(held!.lastError).toBe('The mail server answered 451.');
  expect([held!.state, held!.dueAt.toISOString(), held!.attempts.length]).toEqual([
    'waiting',
    '2026-01-06T07:00:00.000Z',
    1,
  ]);
  await rig.tell('user_ann', { ...closed(2), kind: 'risk.breached', data: breach });
  await rig.deliver();
  expect(rig.smtp.taken).toEqual([]);
  await ann.setPreferences({ quietHours: null });
  await rig.deliver();
  expect(rig.smtp.taken).toHaveLength(1);
  rig.clock.advance(10 * 3_600_000);
  await rig.deliver();
  expect(rig.smtp.taken).toHaveLength(2);
});
const breach = {
  limit: 'max_size',
  epic: null,
  market: 'EUR/USD',
  reason: { code: 'size_above_limit', size: '2', maximum: '1' },
} as never;

test('a kind that is not wanted by e-mail is not sent, nor what waited when that was chosen', async () => {
  await using rig = await deliveryRig();
  const ann = rig.as('user_ann');
  rig.smtp.refuse(1);
  await rig.tell('user_ann', closed(1));
  await rig.deliver();
  await ann.setPreferences({ kinds: [{ kind: 'position.closed', channels: { email: false } }] });
  rig.clock.advance(5_000);
  await rig.tell('user_ann', closed(2));
  await rig.deliver();
  expect(rig.smtp.taken).toEqual([]);
  expect(
    (await ann.listDeliveries({})).deliveries.map(({ state, attempts }) => [state, attempts.length]),
  ).toEqual([['cancelled', 1]]);
});

test('of a long digest the last fifty are told, and the gravest kind of account leads', () => {
  const told = Array.from({ length: 60 }, (_, n) => ({
    id: `ntf_${n}`,
    at: new Date(n * 1_000),
    kind: 'position.closed',
    severity: 'warning' as const,
    title: `Closed ${n}`,
    body: '<b>& done',
    accountId: null,
    environment: n === 3 ? ('live' as const) : ('demo' as const),
    readAt: null,
    archivedAt: null,
  }));
  const { subject, text, html } = notificationLetter('position.closed', told);
  expect(subject).toBe('FTrader LIVE: 60 × position.closed');
  expect(text).toContain('The first 10 are left out here');
  expect([text.includes('Closed 9\n'), text.includes('Closed 10\n'), text.includes('Closed 59\n')]).toEqual([
    false,
    true,
    true,
  ]);
  expect(html).toContain('<p>&lt;b&gt;&amp; done</p>');
});
