// The product in six processes over RabbitMQ and a PostgreSQL, with a simulator of its own as IG demo: an account that is connected there is dealt on.
import { expect, onTestFinished, test } from 'vitest';
import type { StreamMessage, TradingEvent } from '../../client/index.ts';
import { installationName } from '../compose/ground.ts';
import { systemClock } from '../lib/clock.ts';
import { within } from '../lib/within.ts';
import { durableChannels } from '../messaging/channels.ts';
import * as build from '../testing/build.ts';
import { signIn, signUp } from '../testing/kit.ts';
import { noteLeftover, removeTopology } from '../testing/leftovers.ts';
import { startProgram, type Program } from '../testing/processes.ts';
import { describeWith } from '../testing/requires.ts';
import { testSecrets } from '../testing/test-app.ts';
import { testDb } from '../testing/test-db.ts';

const timeoutMs = 240_000;
const patienceMs = 40_000;
type Caller = Awaited<ReturnType<typeof signUp>>;

/** Six processes and a simulator, ready; and how to be somebody at either API. */
async function arrange(amqpUrl: string) {
  const db = await testDb();
  onTestFinished(() => db[Symbol.asyncDispose]());
  const start = (file: string, args?: string[], env?: Record<string, string>): Program => {
    const program = startProgram(file, { args: args ?? [], env: env ?? {} });
    onTestFinished(() => program[Symbol.asyncDispose]());
    return program;
  };
  const simulator = start('server/main/simulator.ts', ['--port', '0', '--json']);
  const [line] = await simulator.printed(/^\{.*\}$/m);
  const login = JSON.parse(line) as Record<'baseUrl' | 'apiKey' | 'identifier' | 'password', string>;
  const topology = {
    amqpUrl,
    prefix: await installationName(db.database),
    channels: Object.keys(durableChannels),
  };
  const strikeOut = noteLeftover(topology);
  onTestFinished(async () => {
    await removeTopology(topology);
    strikeOut();
  });
  const env = {
    DATABASE_URL: db.url,
    AMQP_URL: amqpUrl,
    PORT: '0',
    LOG_LEVEL: 'warn',
    SECRET_KEY: testSecrets.secretKey,
    ENCRYPTION_KEYS: testSecrets.encryptionKeys.join(','),
    IG_DEMO_BASE_URL: login.baseUrl,
  };
  const role = (name: string) => start(`server/main/${name}.ts`, [], env);
  const ready = async (program: Program, name: string) => {
    await program.printed(new RegExp(`${name} is ready`));
    return program;
  };
  const first = await ready(role('gateway'), 'gateway'); // migrates
  const [second, ...workers] = await Promise.all([
    ready(role('gateway'), 'gateway'),
    ready(role('worker'), 'worker'),
    ready(role('worker'), 'worker'),
  ]);
  const urls = await Promise.all(
    [role('api'), role('api')].map(async (api) => (await api.printed(/Page\s+(http:\S+)\//))[1]!),
  );
  const { apiKey, identifier, password } = login;
  return {
    gateways: [first, second!],
    workers,
    urls,
    credentials: { apiKey, identifier, password },
  };
}

/** Every event of a user from the first on, as they come; `has` resolves once one fits. */
function follow({ api }: Caller) {
  const events: StreamMessage<TradingEvent>[] = [];
  const waiting = new Set<() => void>();
  const { unsubscribe } = api.trading.onEvents.subscribe(
    { lastEventId: '0' },
    {
      onData({ data }) {
        events.push(data);
        for (const look of waiting) look();
      },
    },
  );
  onTestFinished(unsubscribe);
  return {
    events,
    has: (fits: (event: StreamMessage<TradingEvent>) => boolean, what: string) =>
      within(
        systemClock,
        patienceMs,
        () =>
          new Promise<void>((resolve) => {
            const look = () => events.some(fits) && resolve();
            waiting.add(look);
            look();
          }),
        `${what}: ${events.map(({ type }) => type).join()}`,
      ),
  };
}
const is = (type: string, id: string) => (event: StreamMessage<TradingEvent>) =>
  'data' in event && event.type === type && 'id' in event.data && event.data.id === id;

await describeWith('rabbitmq', 'two of each role, over RabbitMQ', (amqpUrl) => {
  test(
    'an account connected at one API deals at the other, over the death of the gateway and the worker that served it: every deal once, every event once and in order',
    async () => {
      const { gateways, workers, urls, credentials } = await arrange(amqpUrl);
      const here = await signUp(urls[0]!);
      onTestFinished(() => here[Symbol.asyncDispose]());
      const there = signIn(urls[1]!, build.login);
      onTestFinished(() => there[Symbol.asyncDispose]());
      const { accounts } = await here.api.accounts.connect.mutate({ environment: 'demo', ...credentials });
      const [account] = accounts;
      const told = follow(there as Caller);
      await told.has(({ type }) => type === 'account.connected', 'no account.connected');

      const deal = async (caller: Caller) => {
        const outcome = await caller.api.trading.openPosition.mutate({
          ...build.openPosition(),
          accountId: account!.id,
          waitMs: 10_000,
        });
        expect(outcome).toMatchObject({ environment: 'demo', accountId: account!.id });
        expect(['submitted', 'unknown', 'accepted']).toContain(outcome.status);
        await told.has(is('deal.accepted', outcome.id), `no verdict on ${outcome.id}`);
        return outcome.id;
      };
      const ids = [await deal(here), await deal(there as Caller)];
      // Whichever of the two serves the account: one after the other is gone, and back.
      gateways[0]!.child.kill('SIGKILL');
      workers[0]!.child.kill('SIGKILL');
      ids.push(await deal(here), await deal(there as Caller));

      const { deals } = await here.api.trading.listDeals.query({ accountId: account!.id });
      expect(deals.map(({ id, status }) => `${id} ${status}`).sort()).toEqual(
        ids.map((id) => `${id} accepted`).sort(),
      );
      const { positions } = await there.api.trading.listPositions.query({ accountId: account!.id });
      expect(positions).toHaveLength(ids.length);
      for (const { dealId } of positions)
        await there.api.trading.closePosition.mutate({
          ...build.closePosition(dealId),
          accountId: account!.id,
          waitMs: 10_000,
        });
      for (const { dealId } of positions)
        await told.has(
          (event) => event.type === 'position.closed' && event.data.dealId === dealId,
          `${dealId} is not told as closed`,
        );
      expect(told.events.map(({ id }) => id)).toEqual(told.events.map((_event, index) => String(index + 1)));
      for (const id of ids)
        expect(told.events.filter(is('deal.accepted', id)), `verdicts on ${id}`).toHaveLength(1);
    },
    timeoutMs,
  );
});
