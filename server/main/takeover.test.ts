// Gateways that are frozen, or cut off from everybody, while they hold the streams: another takes over, and they are not believed when they come back.
// Asserted by order: a lease ends by PostgreSQL's clock (lease-rows.ts), since its holders' clocks may differ, and no test moves that. What bounds a
// takeover is in limits.ts: a lease ends 2.5 s after its last renewal, and who waits for it asks at that moment.
import { expect, onTestFinished, test } from 'vitest';
import type { Tick } from '../../client/index.ts';
import { systemClock } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import * as build from '../testing/build.ts';
import { followEvents, is, opened } from '../testing/follow-events.ts';
import { createWaiters } from '../testing/inbox.ts';
import { createInstallation } from '../testing/installation.ts';
import { signUp } from '../testing/kit.ts';
import { describeWith } from '../testing/requires.ts';
import { openSilentWire } from '../testing/silent-wire.ts';

const timeoutMs = 300_000;
const patienceMs = 90_000;
const epic = build.eurusd;
type Client = Awaited<ReturnType<typeof signUp>>;

/** `url` through a wire of its own, which can fall silent. */
async function wired(url: string, defaultPort: number) {
  const target = new URL(url);
  const wire = await openSilentWire(Number(target.port || defaultPort));
  onTestFinished(() => wire[Symbol.asyncDispose]());
  return { ...wire, url: Object.assign(target, { host: new URL(wire.url).host }).href };
}

/** Every price of the epic that a stock client is shown, and the epochs of those that were live, each once, in order. */
function watchPrices({ api }: Client) {
  const ticks: Tick[] = [];
  const { changed, until } = createWaiters();
  const { unsubscribe } = api.marketData.onPrices.subscribe(
    { epics: [epic] },
    {
      onData(some) {
        ticks.push(...some);
        changed();
      },
    },
  );
  onTestFinished(unsubscribe);
  const live = () => ticks.filter(({ stale }) => !stale);
  const epochs = () => [...new Set(live().map(({ seq }) => Math.floor(seq / 2 ** 32)))];
  const go = (holds: () => boolean) =>
    within(systemClock, patienceMs, () => until(holds), `no live price after epochs ${epochs().join()}`);
  return {
    live,
    epochs,
    /** Resolves with the next price that is live. */
    goOn() {
      const before = live().length;
      return go(() => live().length > before);
    },
    /** Resolves with the first live price of a later holder than this one. */
    passOn: (epoch: number) => go(() => (epochs().at(-1) ?? 0) > epoch),
  };
}

await describeWith('rabbitmq', 'two gateways, a worker and an API over RabbitMQ', (amqpUrl) => {
  test(
    'a gateway that was frozen, and one that was cut off from the database and the bus, are taken over from, and nothing that they say afterwards is believed: prices and account events go on, each once and in order',
    async () => {
      const { databaseUrl, credentials, ready, api } = await createInstallation(amqpUrl);
      const first = await ready('gateway');
      await ready('worker');
      const client = await signUp({ url: await api(), databaseUrl });
      onTestFinished(() => client[Symbol.asyncDispose]());
      const prices = watchPrices(client);
      const { accounts } = await client.api.accounts.connect.mutate({
        environment: 'simulated',
        ...credentials,
      });
      const accountId = accounts[0]!.id;
      const told = followEvents(client, patienceMs);
      const { trading } = client.api;
      const deals: string[] = [];
      /** Opens and closes a position; each verdict is told, and what it did. */
      async function roundTrip(): Promise<void> {
        const asked = { accountId, waitMs: 10_000 };
        const opening = await trading.openPosition.mutate({ ...build.openPosition(), ...asked });
        expect(opening).not.toMatchObject({ status: 'denied' });
        await told.has(is('deal.accepted', opening.id), `no verdict on ${opening.id}`);
        const { dealId } = await trading.getDeal.query({ id: opening.id });
        await told.has(opened(dealId!), `${dealId} is not told as opened`);
        const closing = await trading.closePosition.mutate({ ...build.closePosition(dealId!), ...asked });
        await told.has(is('deal.accepted', closing.id), `no verdict on ${closing.id}`);
        deals.push(opening.id, closing.id);
      }
      await prices.goOn();
      await roundTrip();
      const held = prices.epochs().at(-1)!;

      const wires = await Promise.all([wired(databaseUrl, 5432), wired(amqpUrl, 5672)]);
      const [toDatabase, toBus] = wires;
      first.child.kill('SIGSTOP');
      const second = await ready('gateway', { DATABASE_URL: toDatabase.url, AMQP_URL: toBus.url });
      await prices.passOn(held);
      await roundTrip();
      first.child.kill('SIGCONT');
      for (const what of ['feed', 'account'])
        await first.printed(new RegExp(`no longer streams the ${what}`));
      await roundTrip();

      for (const wire of wires) wire.fallSilent();
      // It lives, and lets go by its own clock: nobody could tell it.
      for (const what of ['feed', 'account'])
        await second.printed(new RegExp(`no longer streams the ${what}`));
      await prices.goOn();
      await roundTrip();
      for (const wire of wires) wire.speak();
      const [, health] = await second.printed(/Health\s+(http:\S+\/readyz)/);
      await expect.poll(async () => (await fetch(health!)).status, { timeout: patienceMs }).toBe(200);
      await roundTrip();

      // However often the lease has moved on a busy machine, it has moved twice at least, and never back.
      expect(prices.epochs().length).toBeGreaterThanOrEqual(3);
      expect(prices.epochs()).toEqual(prices.epochs().toSorted((a, b) => a - b));
      const seqs = prices.live().map(({ seq }) => seq);
      expect(seqs).toEqual([...new Set(seqs)].sort((a, b) => a - b));
      expect(told.events.map(({ id }) => id)).toEqual(told.events.map((_event, index) => String(index + 1)));
      for (const id of deals)
        expect(told.events.filter(is('deal.accepted', id)), `verdicts on ${id}`).toHaveLength(1);
      await expect
        .poll(async () => (await trading.listPositions.query({ accountId })).positions, {
          timeout: patienceMs,
        })
        .toEqual([]);
    },
    timeoutMs,
  );
});
