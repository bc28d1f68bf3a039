// The order path: request to `accepted` over REST, against its own transactions run bare and one bare round trip to the broker, in turns within one run.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { createFTraderClient } from '../../client/index.ts';
import { prepareDataDir } from '../../server/data-folder/index.ts';
import { startEmbeddedPostgres } from '../../server/db/embedded/index.ts';
import { systemClock } from '../../server/lib/clock.ts';
import { createIds } from '../../server/lib/ids.ts';
import { silentLogger } from '../../server/lib/logger.ts';
import { createSealer } from '../../server/lib/seal.ts';
import { demoLogin } from '../../server/modules/auth/index.ts';
import { logins, type Stage } from './orders-protocol.ts';
import { atMost, none, type BenchOptions, type BenchReport } from './report.ts';

const epic = 'CS.D.EURUSD.MINI.IP';
const warmUps = 20;
const encryptionKey = `k1:${Buffer.alloc(32, 9).toString('base64')}`;
/** The last notification may take so long. */
const noticeWithinMs = 5_000;
/** A side that does not answer for so long is broken. */
const answerWithinMs = 20_000;
const soon = () => ({ signal: AbortSignal.timeout(answerWithinMs) });
const json = { 'content-type': 'application/json' };
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
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
    ['--import', file('./orders-parts.ts'), file('../../server/main/all.ts')],
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

/** Bare: the statements of an order's transactions, one after the other on one connection. */
async function bareTransactions(
  client: pg.Client,
  transactions: readonly string[][],
  n: number,
): Promise<void> {
  const row = JSON.stringify({ text: 'x'.repeat(600) });
  for (const [t, words] of transactions.entries()) {
    for (const [i, word] of words.entries()) {
      if (word === 'select')
        await client.query('select * from bench_rows where id = $1 for update', ['the row']);
      else if (word === 'insert')
        await client.query(
          'insert into bench_rows (id, data) values ($1, $2) on conflict do nothing returning id',
          [`${n}-${t}-${i}`, row],
        );
      else if (word === 'update')
        await client.query('update bench_rows set data = $2 where id = $1', ['the row', row]);
      else await client.query(word);
    }
  }
}

/** IG's own REST, as bare as can be: logged in once, kept-alive connections. */
async function bareBroker(baseUrl: string) {
  const { apiKey, identifier, password } = logins.bare;
  const post = (where: string, version: string, body: object, headers: Record<string, string> = {}) =>
    fetch(baseUrl + where, {
      method: 'POST',
      headers: { ...json, 'X-IG-API-KEY': apiKey, Version: version, ...headers },
      body: JSON.stringify(body),
      ...soon(),
    });
  const { headers } = await post('/session', '2', { identifier, password });
  const tokens = { CST: headers.get('cst')!, 'X-SECURITY-TOKEN': headers.get('x-security-token')! };
  const order = {
    epic,
    expiry: '-',
    direction: 'BUY',
    size: 1,
    orderType: 'MARKET',
    currencyCode: 'USD',
    guaranteedStop: false,
  };
  return {
    open: async () =>
      void (await (await post('/positions/otc', '2', { ...order, forceOpen: true }, tokens)).json()),
    /** Netted against the last one, so that positions do not pile up. */
    close: async () =>
      void (await (
        await post('/positions/otc', '2', { ...order, direction: 'SELL', forceOpen: false }, tokens)
      ).json()),
  };
}

export async function orders({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  chmodSync(folder, 0o755); // as root the database's user must get through
  const children: ChildProcess[] = [];
  const postgres = await startEmbeddedPostgres({
    dataDir: prepareDataDir(path.join(folder, 'database')),
    logger: silentLogger,
  });
  const sql = new pg.Client({ connectionString: postgres.url });
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
      return ((await once(child, 'message', soon())) as [Stage[]])[0];
    };

    const bare = await bareBroker(baseUrl);
    await sql.query('create table bench_rows (id text primary key, data jsonb)');
    await sql.query(`insert into bench_rows values ('the row', '{}')`);
    const [ours, floor, bareSql, barePost]: number[][] = [[], [], [], []];
    const parts: Record<string, number[]> = {
      admission: [],
      post: [],
      verdict: [],
      confirm: [],
      'post to confirm': [],
    };
    let [notAccepted, deals] = [0, 0];
    let transactions: string[][] = [];
    for (let round = -1; round < rounds; round++) {
      const end = performance.now() + seconds * 1_000;
      for (let n = 0; round < 0 ? n < warmUps : performance.now() < end; n++) {
        await stagesOf();
        const begun = performance.now();
        const deal = await ask('POST', 'positions', { epic, direction: 'BUY', size: '1', waitMs: 10_000 });
        const tookMs = performance.now() - begun;
        if (deal.status !== 'accepted') notAccepted++;
        await ask('DELETE', `positions/${deal.dealId}?waitMs=10000`);
        deals += 2;
        const stages = await stagesOf();
        const post = stages.find(({ name }) => name === 'post')!;
        const second = stages.filter(({ name }) => name === 'post')[1]!;
        const mine = stages.filter(({ name, fromMs }) => name !== 'post' && fromMs < second.fromMs);
        const admission = mine.find(({ name }) => name === 'request')!;
        const verdict = mine.find(({ name, fromMs }) => name === 'request' && fromMs >= post.toMs);
        const confirm = mine.find(
          ({ name, statements }) =>
            name === 'event' && statements.includes('insert') && statements.includes('update'),
        );
        transactions = [admission, verdict, confirm].flatMap((stage) => (stage ? [stage.statements] : []));

        const bareAt = performance.now();
        await bareTransactions(sql, transactions, deals);
        const sqlMs = performance.now() - bareAt;
        await bare.open();
        const bareMs = performance.now() - bareAt;
        await bare.close();
        if (round < 0) continue;
        ours!.push(tookMs);
        floor!.push(bareMs);
        bareSql!.push(sqlMs);
        barePost!.push(bareMs - sqlMs);
        parts['admission']!.push(admission.toMs - admission.fromMs);
        parts['post']!.push(post.toMs - post.fromMs);
        if (verdict) parts['verdict']!.push(verdict.toMs - verdict.fromMs);
        if (confirm) parts['confirm']!.push(confirm.toMs - confirm.fromMs);
        if (confirm) parts['post to confirm']!.push(confirm.toMs - post.fromMs);
      }
      if (round >= 0) say(`round ${round + 1}: ${ours!.length} orders`);
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
    const ratio = (share: number) => at(ours!, share) / at(floor!, share);
    const notices = noticeMs.slice(warmUps * 2);
    return {
      name: 'orders',
      about:
        'milliseconds from the request over REST to `accepted`; the floor is its transactions and one round trip to the broker, bare',
      columns: ['', 'n', 'p50', 'p99'],
      rows: [
        row('request to accepted', ours!),
        row('  admission transaction', parts['admission']!),
        row('  request to the broker', parts['post']!),
        row('  verdict transaction', parts['verdict']!),
        row('  confirm transaction', parts['confirm']!),
        row('  broker asked to confirm booked', parts['post to confirm']!),
        row('floor', floor!),
        row('  its transactions bare', bareSql!),
        row('  bare round trip', barePost!),
        row('verdict to notification on the socket', notices),
      ],
      targets: [
        atMost('request to accepted, p50, × floor', ratio(0.5), 1.5),
        atMost('request to accepted, p99, × floor', ratio(0.99), 1.5),
        atMost('p99 ms from the verdict to its notification', at(notices, 0.99), 250),
        none('orders not accepted', notAccepted),
        none('notifications lost or doubled', Math.abs(told - deals)),
      ],
      details: { rounds, seconds, statements: transactions, ours, floor },
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
  await sql.query('insert into account_risk (account_id) values ($1)', [id]);
}
