// The client kit, plain JSON and Python against one server that is started anew: each follows, deals and goes on alike.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { closeCodes } from '../../shared/close-codes.ts';
import { checker } from '../testing/openapi-checker.ts';
import type { Told } from '../testing/plain-client.ts';
import { projectRoot, temporaryFolder } from '../testing/processes.ts';
import { describeWith } from '../testing/requires.ts';
import { streamClientContract, type RestartableServer } from '../testing/stream-clients.contract.ts';
import { overKit, overPlainJson, overPython, type StreamFace } from '../testing/stream-faces.ts';
import { testApp, type TestApp } from '../testing/test-app.ts';
import { testDb, type TestDb } from '../testing/test-db.ts';
import type { AsyncApiDocument } from './asyncapi.ts';
import { channelTable } from './channels.ts';

let db: TestDb;
let app: TestApp;
let server: RestartableServer;
const folder = temporaryFolder('stream clients');
beforeAll(async () => {
  db = await testDb();
  const start = async (port: string) => {
    app = await testApp({
      databaseUrl: db.url,
      simulator: { dataDir: folder.path },
      env: { PORT: port },
    });
    await app.settled(20_000);
  };
  await start('0');
  const { port } = new URL(app.url);
  server = {
    url: () => app.url,
    databaseUrl: db.url,
    async restart() {
      await app[Symbol.asyncDispose]();
      await start(port);
    },
  };
}, 60_000);
afterAll(async () => {
  await app?.[Symbol.asyncDispose]();
  await db?.[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
}, 60_000);

describe('the client kit', () => streamClientContract('kit', overKit, () => server));
describe('plain JSON', () => {
  const told: Told[] = [];
  const recorded: StreamFace = async (url, login) => {
    const client = await overPlainJson(url, login);
    void client.told.until((all) => (told.splice(0, told.length, ...all), false));
    return client;
  };
  streamClientContract('plain', recorded, () => server);

  test('whatever was told is as the AsyncAPI document says', async () => {
    const document: AsyncApiDocument = JSON.parse(
      await (await fetch(`${server.url()}/api/asyncapi.json`)).text(),
    );
    const names = {
      prices: 'PricesData',
      events: 'TradingData',
      notices: 'NotificationsData',
      account: 'AccountData',
    };
    for (const [id, name] of Object.entries(names)) {
      const schema = checker(document, document.components.messages[name]!.payload);
      const own = told.filter((each) => each.id === id);
      expect([id, own.length]).not.toEqual([id, 0]);
      for (const { data } of own) {
        const message = { type: 'data', id, data, ...(data.id && { eventId: data.id }) };
        expect(schema.safeParse(message).error?.issues).toBeUndefined();
      }
    }
  });
});
await describeWith('websockets', 'Python', (python) => {
  streamClientContract('python', overPython(python), () => server);

  test('its module knows every channel, and after which close codes to stop', () => {
    const program = `import json, ftrader; print(json.dumps([ftrader.CHANNELS, ftrader.FINAL, ftrader.LOGIN_ENDED]))`;
    const { stdout } = spawnSync(python, ['-c', program], {
      cwd: path.join(projectRoot, 'examples/python'),
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const all = Object.entries(closeCodes);
    const those = (next: string) => all.flatMap(([code, each]) => (each.next === next ? [Number(code)] : []));
    expect(JSON.parse(stdout)).toEqual([
      Object.fromEntries(
        Object.entries(channelTable).flatMap(([at, channels]) =>
          Object.keys(channels).map((channel) => [channel, at]),
        ),
      ),
      those('stop'),
      ...those('sign in'),
    ]);
  });
});
