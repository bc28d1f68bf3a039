// The order path: request to `accepted` over REST, against its own transactions run bare and one bare round trip to the broker, in turns within one run.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { createFTraderClient } from '../../client/index.ts';
import { prepareDataDir } from '../../server/data-folder/index.ts';
import { startEmbeddedPostgres } from '../../server/db/embedded/index.ts';
import { Session } from '../../server/db/session.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { createSealer } from '../../server/lib/seal.ts';
import { demoLogin } from '../../server/modules/auth/index.ts';
import {
  bareBroker,
  bareTransactions,
  dealNames,
  frozen,
  prepareBareRows,
  type DealName,
} from './orders-floor.ts';
import { epic, json, logins, restingLevel, soon, type Stage, type Stages } from './orders-protocol.ts';
import { atMost, none, type BenchOptions, type BenchReport } from './report.ts';

const warmUps = 20;
const encryptionKey = `k1:${Buffer.alloc(32, 9).toString('base64')}`;
/** The last notification may take so long. */
const noticeWithinMs = 5_000;
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
/** Node's, as `npm start` has them. */
const startFlags = (
  JSON.parse(readFileSync(file('../../package.json'), 'utf8')) as { scripts: { start: string } }
).scripts.start
  .split(' ')
  .filter((word) => word.startsWith('--'));
const at = (numbers: readonly number[], share: number) =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ??
  Number.NaN;

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}

async function startServer(
  databaseUrl: string,
  dataDir: string,
  baseUrl: string,
): Promise<{ child: ChildProcess; url: string }> {
  const { apiKey, identifier, password } = logins.feed;
  const child = spawn(
    process.execPath,
    [...startFlags, '--import', file('./orders-parts.ts'), file('../../server/main/all.ts')],
    {
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: databaseUrl,
        DATA_DIR: dataDir,
        PORT: '0',
        LOG_LEVEL: 'error',
        SIMULATOR: 'off',
        SECRET_KEY: 'a secret of a benchmark, long enough',
        ENCRYPTION_KEYS: encryptionKey,
        IG_BASE_URL: baseUrl,
        IG_API_KEY: apiKey,
        IG_IDENTIFIER: identifier,
        IG_PASSWORD: password,
      },
    },
  );
  let printed = '';
  for await (const chunk of child.stdout!) {
    printed += String(chunk);
    const [, url] = /API documents\s+(http:\S+)\/api\/docs\//.exec(printed) ?? [];
    if (url) return { child, url };
  }
  throw new Error(`the server ended: ${printed}`);
}

/** Milliseconds, one of each per deal. */
interface Measures {
  ours: number[];
  floor: number[];
  bareSql: number[];
  barePost: number[];
}
const newMeasures = (): Measures => ({ ours: [], floor: [], bareSql: [], barePost: [] });

export async function orders({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  chmodSync(folder, 0o755); // as root the database's user must get through
  const children: ChildProcess[] = [];
  const postgres = await startEmbeddedPostgres({
    dataDir: prepareDataDir(path.join(folder, 'database')),
    logger: silentLogger,
  });
  const sql = new Session({ connectionString: postgres.url });
  try {
    await sql.connect();
    const broker = spawn(process.execPath, [file('./orders-broker.ts'), path.join(folder, 'broker')], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    children.push(broker);
    const [baseUrl] = (await once(broker, 'message', soon())) as [string];
    const start = async () => {
      const server = await startServer(postgres.url, path.join(folder, 'server'), baseUrl);
      children.push(server.child);
      return server;
    };
    await stop((await start()).child); // makes the demo user
    await connect(sql);
    const { child, url } = await start();
    say('database, broker and server are up');

    const { accessToken } = (await (
      await fetch(`${url}/api/auth/login`, { method: 'POST', headers: json, body: JSON.stringify(demoLogin) })
    ).json()) as { accessToken: string };
    const headers = { ...json, Authorization: `Bearer ${accessToken}` };
    let keys = 0;
    const ask = async (
      method: string,
      where: string,
      body?: object,
    ): Promise<{ id: string; status: string; dealId: string }> => {
      const response = await fetch(`${url}/api/trading/${where}`, {
        method,
        headers: { ...headers, 'Idempotency-Key': `bench-order-${++keys}` },
        ...soon(),
        ...(body && { body: JSON.stringify(body) }),
      });
      return (await response.json()) as { id: string; status: string; dealId: string };
    };
    const noticeMs: number[] = [];
    let told = 0;
    const { api, close } = createFTraderClient({ url, token: async () => accessToken });
    await new Promise<void>(
      (resolve, reject) =>
        void api.notifications.onNotification.subscribe(
          {},
          {
            onStarted: () => resolve(),
            onData({ data }) {
              if (data.type !== 'notification.created') return;
              told++;
              noticeMs.push(Date.now() - data.at.getTime());
            },
            onError: reject,
          },
        ),
    );
    const stagesOf = async () => {
      child.send('stages');
      return ((await once(child, 'message', soon())) as [Stages])[0];
    };

    const bare = await bareBroker(baseUrl);
    await prepareBareRows(sql);
    const measured = { open: newMeasures(), close: newMeasures(), place: newMeasures() };
    const parts: Record<'admission' | 'post' | 'confirm' | 'post to confirm', number[]> = {
      admission: [],
      post: [],
      confirm: [],
      'post to confirm': [],
    };
    const cpuMs: number[] = [];
    let [notAccepted, deals] = [0, 0];
    let statements: Partial<Record<DealName, string[][]>> = {};
    for (let round = -1; round < rounds; round++) {
      const end = performance.now() + seconds * 1_000;
      for (let n = 0; round < 0 ? n < warmUps : performance.now() < end; n++) {
        await stagesOf();
        const begun = performance.now();
        const deal = await ask('POST', 'positions', { epic, direction: 'BUY', size: '1', waitMs: 10_000 });
        const openedAt = performance.now();
        const closing = await ask('DELETE', `positions/${deal.dealId}?waitMs=10000`);
        const closedAt = performance.now();
        deals += 2;
        for (const { status } of [deal, closing]) if (status !== 'accepted') notAccepted++;
        const { stages, cpuMs: used } = await stagesOf();
        const [post, second] = stages.filter(({ name }) => name === 'post') as [Stage, Stage];
        const written = stages.filter(({ name }) => name !== 'post');
        const opening = written.filter(({ fromMs }) => fromMs < second.fromMs);
        const admission = opening.find(({ name }) => name === 'request')!;
        const confirm = opening.find(
          ({ name, statements }) =>
            name === 'event' && statements.includes('insert') && statements.includes('update'),
        );
        statements = {
          open: opening.map((stage) => stage.statements),
          close: written.filter((stage) => !opening.includes(stage)).map((stage) => stage.statements),
        };

        const placingAt = performance.now();
        const placed = await ask('POST', 'orders', {
          epic,
          direction: 'BUY',
          size: '1',
          type: 'limit',
          level: restingLevel,
          waitMs: 10_000,
        });
        const placedAt = performance.now();
        const cancelled = await ask('DELETE', `orders/${placed.dealId}?waitMs=10000`);
        deals += 2;
        for (const { status } of [placed, cancelled]) if (status !== 'accepted') notAccepted++;

        const tookMs = {
          open: openedAt - begun,
          close: closedAt - openedAt,
          place: placedAt - placingAt,
        };
        for (const name of dealNames) {
          const bareAt = performance.now();
          await bareTransactions(sql, frozen[name], `${deals}-${name}`);
          const sqlMs = performance.now() - bareAt;
          await bare[name]();
          const floorMs = performance.now() - bareAt;
          if (round < 0) continue;
          const { ours, floor, bareSql, barePost } = measured[name];
          ours.push(tookMs[name]);
          floor.push(floorMs);
          bareSql.push(sqlMs);
          barePost.push(floorMs - sqlMs);
        }
        if (round < 0) continue;
        cpuMs.push(used);
        parts.admission.push(admission.toMs - admission.fromMs);
        parts.post.push(post.toMs - post.fromMs);
        if (confirm) parts.confirm.push(confirm.toMs - confirm.fromMs);
        if (confirm) parts['post to confirm'].push(confirm.toMs - post.fromMs);
      }
      if (round >= 0) say(`round ${round + 1}: ${measured.open.ours.length} opened and closed`);
    }
    for (const end = performance.now() + noticeWithinMs; told < deals && performance.now() < end;)
      await new Promise((resolve) => setTimeout(resolve, 10));
    await close();
    const row = (name: string, numbers: number[]) => [
      name,
      numbers.length,
      at(numbers, 0.5).toFixed(2),
      at(numbers, 0.99).toFixed(2),
    ];
    const notices = noticeMs.slice(warmUps * 4);
    const ratio = ({ ours, floor }: Measures, share: number) => at(ours, share) / at(floor, share);
    return {
      name: 'orders',
      about:
        'milliseconds from the request over REST to `accepted`; the floor is its transactions of before, bare, and one bare round trip to the broker',
      columns: ['', 'n', 'p50', 'p99'],
      rows: [
        row('open, request to accepted', measured.open.ours),
        row('  admission transaction', parts.admission),
        row('  request to the broker', parts.post),
        row('  confirm transaction', parts.confirm),
        row('  broker asked to confirm booked', parts['post to confirm']),
        row('floor of an open', measured.open.floor),
        row('  27 statements bare', measured.open.bareSql),
        row('  bare round trip', measured.open.barePost),
        row('close, request to accepted', measured.close.ours),
        row('floor of a close', measured.close.floor),
        row('  29 statements bare', measured.close.bareSql),
        row('working order placed, request to accepted', measured.place.ours),
        row('floor of a working order', measured.place.floor),
        row('CPU of the server for an open and a close', cpuMs),
        row('verdict to notification on the socket', notices),
      ],
      targets: [
        atMost('open, request to accepted, p50, × floor', ratio(measured.open, 0.5), 1.4),
        atMost('open, request to accepted, p99, × floor', ratio(measured.open, 0.99), 1.5),
        atMost('close, request to accepted, p50, × floor', ratio(measured.close, 0.5), 1.4),
        atMost('close, request to accepted, p99, × floor', ratio(measured.close, 0.99), 1.5),
        atMost('working order, request to accepted, p50, × floor', ratio(measured.place, 0.5), 1.4),
        atMost('working order, request to accepted, p99, × floor', ratio(measured.place, 0.99), 1.5),
        atMost('p99 ms from the verdict to its notification', at(notices, 0.99), 250),
        none('orders not accepted', notAccepted),
        none('notifications lost or doubled', Math.abs(told - deals)),
      ],
      details: { rounds, seconds, statements, measured },
    };
  } finally {
    for (const child of children.reverse()) await stop(child);
    await sql.end();
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The demo user's account at the broker, as the accounts module writes it. */
async function connect(sql: pg.Client): Promise<void> {
  const { identifier, password, apiKey, accountId } = logins.ours;
  const id = createIds(systemClock).next('acct');
  const sealed = createSealer([encryptionKey]).seal(
    JSON.stringify({ identifier, password, apiKey }),
    `broker_accounts/${id}`,
  );
  await sql.query(
    `insert into broker_accounts (id, user_id, environment, broker_account_id, name, currency, credentials, is_default, created_at) select $1, id, 'simulated', $2, 'Simulated', 'GBP', $3, true, now() from users limit 1`,
    [id, accountId, sealed],
  );
  await sql.query("insert into account_risk (account_id, environment) values ($1, 'simulated')", [id]);
}
