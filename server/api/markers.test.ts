// Two users who call everything alike and live at once: what each writes is marked, and no mark turns up with the other.
import { Writable } from 'node:stream';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../lib/clock.ts';
import { createLogger } from '../lib/logger.ts';
import { jane } from '../testing/account-rig.ts';
import * as build from '../testing/build.ts';
import { overRest, overTrpc, type Ask } from '../testing/faces.ts';
import { signUp } from '../testing/kit.ts';
import { openPlain } from '../testing/sockets.ts';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { testBroker } from '../testing/test-broker.ts';
import { liveAs } from '../testing/whole-life.ts';
import { describeRouter } from './router.ts';
import { listProcedures } from './schemas.ts';

const types = new Map(listProcedures(describeRouter()).map(({ name, type }) => [name, type]));
const john = {
  ...jane,
  identifier: 'john-demo',
  apiKey: 'key-of-john',
  accountId: 'JOHN1',
  otherAccounts: [],
};

/** Somebody whose texts bear `mark`, alternately over both faces, with streams open; all that they were told. */
async function person(app: TestApp, mark: string, broker: typeof jane | typeof john) {
  const newcomer = { ...build.newcomer, email: `${mark}@example.com`, name: mark };
  const kit = await signUp(app, newcomer);
  onTestFinished(() => kit[Symbol.asyncDispose]());
  const told: string[] = [];
  const hear = (value: unknown) => void told.push(JSON.stringify(value) ?? '');
  const streams = [
    kit.api.trading.onEvents.subscribe({ lastEventId: '0' }, { onData: hear, onError: hear }),
    kit.api.notifications.onNotification.subscribe({ lastEventId: '0' }, { onData: hear, onError: hear }),
  ];
  onTestFinished(() => streams.forEach((stream) => stream.unsubscribe()));
  const headers = async () => ({
    authorization: `Bearer ${await kit.token()}`,
    'user-agent': `bot/${mark}`,
    'x-request-id': mark,
  });
  const faces = [overTrpc(kit, (name) => types.get(name) === 'query'), overRest(app.url, headers)];
  let calls = 0;
  const ask: Ask = async (procedure, input) => {
    const outcome = await faces[calls++ % 2]!(procedure, input);
    hear(outcome);
    return outcome;
  };
  const { identifier, apiKey, password } = broker;
  return {
    mark,
    told,
    ask,
    token: () => kit.token(),
    live: () =>
      liveAs(ask, {
        names: 'The same name',
        words: mark,
        keys: 'the-same-keys',
        password: newcomer.password,
        broker: { identifier, apiKey, password },
      }),
  };
}
type Person = Awaited<ReturnType<typeof person>>;

/** Every procedure that needs nothing but an account, or nothing at all. */
async function readAll({ ask }: Person, account: string) {
  for (const [name, type] of types) {
    if (type !== 'query' || /^(admin|marketData|trading\.preview)/.test(name)) continue;
    for (const input of [undefined, {}, { accountId: account }, { id: account }])
      await ask(name, input).catch(() => undefined);
  }
}

/** Every row of every table there is, with the name of its table before it. */
async function everyRow(connectionString: string): Promise<string[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`,
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ row: string }>(`select t::text as row from ${name} t`);
      found.push(...rows.map(({ row }) => `${name} ${row}`));
    }
    return found;
  } finally {
    await client.end();
  }
}

test('of two users who do the same at once under the same names and keys neither is told, and no row, job, letter or log line of one bears, what the other wrote', async () => {
  const lines: string[] = [];
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(...String(chunk).split('\n'));
      done();
    },
  });
  await using broker = await testBroker({ clock: systemClock, logins: [jane, john] });
  await using app = await testApp({
    env: { IG_DEMO_BASE_URL: broker.login.baseUrl },
    logger: createLogger({ level: 'trace', pretty: false, destination }),
  });
  expect(await app.settled(10_000)).toEqual([]);
  const [ann, bob] = [await person(app, 'mark-of-ann', jane), await person(app, 'mark-of-bob', john)];
  const [hers, his] = await Promise.all([ann.live(), bob.live()]);
  const lives = [
    { of: ann, life: hers },
    { of: bob, life: his },
  ];
  const sockets = await Promise.all(
    lives.map(async ({ of, life }) => {
      const socket = await openPlain(Number(new URL(app.url).port), (await of.token())!, {}, '/ws/trading/');
      onTestFinished(() => socket.close());
      socket.send({ type: 'subscribe', id: 1, channel: 'portfolio', input: { portfolioId: life.portfolio } });
      socket.send({ type: 'subscribe', id: 2, channel: 'trading', input: { lastEventId: '0' } });
      for (const id of [1, 2])
        await socket.message((message) => message.type === 'data' && message.id === id);
      of.told.push(...socket.texts);
      return socket;
    }),
  );
  expect(sockets.map(({ socket }) => socket.readyState)).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
  await Promise.all(lives.map(({ of, life }) => readAll(of, life.account)));

  // The same key is another deal of each, the same name another thing.
  for (const name of [
    'account',
    'deal',
    'position',
    'order',
    'saga',
    'watchlist',
    'portfolio',
    'transaction',
  ] as const)
    expect([name, hers[name]]).not.toEqual([name, his[name]]);

  const kept = await everyRow(app.databaseUrl);
  const { letters } = (await (await fetch(`${app.url}/mailbox`)).json()) as { letters: object[] };
  const written = [...kept, ...letters.map((letter) => JSON.stringify(letter)), ...lines];

  const namesOf = ({ of, life }: (typeof lives)[number]) => {
    const { key: _key, cursor: _cursor, lastEvent: _place, connected, ...ids } = life;
    return [of.mark, ...Object.values(ids), ...connected];
  };
  for (const [one, other] of [lives, lives.toReversed()] as const) {
    const [own, foreign] = [namesOf(one!), namesOf(other!)];
    expect(one!.of.told.join('\n')).toContain(one!.of.mark);
    expect(one!.of.told.filter((text) => foreign.some((name) => text.includes(name)))).toEqual([]);
    const ofOne = written.filter((text) => own.some((name) => text.includes(name)));
    expect(ofOne.length).toBeGreaterThan(50);
    expect(ofOne.filter((text) => foreign.some((name) => text.includes(name)))).toEqual([]);
  }
  const jobs = kept.filter((row) => row.startsWith('pgboss.'));
  expect(jobs.some((row) => namesOf(lives[0]!).some((name) => row.includes(name)))).toBe(true);
  expect(lines.some((line) => line.includes(hers.account))).toBe(true);
}, 240_000);
