// The product in six processes over RabbitMQ and a PostgreSQL, with a simulator of its own as IG demo: an account that is connected there is dealt on.
import { expect, onTestFinished, test } from 'vitest';
import type { StreamMessage, TradingEvent } from '../../client/index.ts';
import type { Account } from '../../shared/accounts.ts';
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
type Caller = ReturnType<typeof signIn>;

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
    HEALTH_PORT: '0',
    LOG_LEVEL: 'warn',
    SECRET_KEY: testSecrets.secretKey,
    ENCRYPTION_KEYS: testSecrets.encryptionKeys.join(','),
    IG_DEMO_BASE_URL: login.baseUrl,
    IG_BASE_URL: login.baseUrl,
    IG_API_KEY: login.apiKey,
    IG_IDENTIFIER: login.identifier,
    IG_PASSWORD: login.password,
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
        if (data.type !== 'heartbeat') events.push(data);
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
const opened = (dealId: string) => (event: StreamMessage<TradingEvent>) =>
  'data' in event && event.type === 'position.opened' && event.data.dealId === dealId;

await describeWith('rabbitmq', 'two of each role, over RabbitMQ', (amqpUrl) => {
  test(
    'an account connected at one API deals at the other, over the death of the gateway and the worker that served it: every deal once, every event once and in order',
    async () => {
      const { gateways, workers, urls, credentials } = await arrange(amqpUrl);
      const here = await signUp(urls[0]!);
      onTestFinished(() => here[Symbol.asyncDispose]());
      const elsewhere = signIn(urls[1]!, build.login);
      onTestFinished(() => elsewhere[Symbol.asyncDispose]());
      const connect = async (environment: 'demo' | 'simulated') => {
        const { accounts } = await here.api.accounts.connect.mutate({ environment, ...credentials });
        return accounts[0]!;
      };
      const [demo, account] = [await connect('demo'), await connect('simulated')];
      const told = follow(elsewhere);
      await told.has(({ type }) => type === 'account.connected', 'no account.connected');

      /** Opens at one API and closes at the other; each verdict is heard at the second one. */
      async function roundTrip([opens, closes]: [Caller, Caller], { id: accountId, environment }: Account) {
        const asked = { accountId, waitMs: 10_000 };
        const opening = await opens.api.trading.openPosition.mutate({ ...build.openPosition(), ...asked });
        expect(opening).toMatchObject({ environment, accountId });
        await told.has(is('deal.accepted', opening.id), `no verdict on ${opening.id}`);
        const { dealId } = await opens.api.trading.getDeal.query({ id: opening.id });
        await told.has(opened(dealId!), `${dealId} is not told as opened`);
        const close = await closes.api.trading.closePosition.mutate({
          ...build.closePosition(dealId!),
          ...asked,
        });
        await told.has(is('deal.accepted', close.id), `no verdict on ${close.id}`);
        return [opening.id, close.id];
      }
      // By the prices of its own login, which no other user sees.
      const ids = await roundTrip([here, elsewhere], demo);
      ids.push(...(await roundTrip([elsewhere, here], account)));
      // Whichever of the two serves the account: one after the other is gone, and back.
      gateways[0]!.child.kill('SIGKILL');
      workers[0]!.child.kill('SIGKILL');
      ids.push(...(await roundTrip([here, elsewhere], account)));
      ids.push(...(await roundTrip([elsewhere, here], account)));

      // Both are one account of the simulator, so each hears of the other's deals as of deals made elsewhere, a moment later.
      for (const { id: accountId } of [demo, account])
        await expect
          .poll(async () => (await here.api.trading.listPositions.query({ accountId })).positions, {
            timeout: patienceMs,
          })
          .toEqual([]);
      expect(told.events.map(({ id }) => id)).toEqual(told.events.map((_event, index) => String(index + 1)));
      for (const id of ids)
        expect(told.events.filter(is('deal.accepted', id)), `verdicts on ${id}`).toHaveLength(1);
    },
    timeoutMs,
  );
});
