// A real server killed with SIGKILL again and again in the middle of dealing, and a simulator with a journal that outlives it: both are programs of their own.
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { users } from '../../../drizzle/schema/index.ts';
import { isDecided } from '../../../shared/deal-words.ts';
import type { Deal } from '../../../shared/trading.ts';
import type { AccountSnapshot, FaultSetting } from '../../ig-simulator/index.ts';
import { pause, systemClock } from '../../lib/clock.ts';
import { createIds } from '../../lib/ids.ts';
import { createSealer } from '../../lib/seal.ts';
import { demoLogin } from '../../modules/auth/index.ts';
import { addAccount } from '../people.ts';
import { startProgram, temporaryFolder } from '../processes.ts';
import { testDb } from '../test-db.ts';
import { crashKinds, neededFirst } from './kinds.ts';
import { testSecrets } from '../test-app.ts';
import type { PlannedCell } from './table.ts';

const adminToken = 'admin-of-the-kill-test';
const pollMs = 250;
/** Longer than any call here may take: one that hangs is told as that call. */
const callMs = 30_000;
/** Since the last kill: nothing here is told later than a minute after the broker can be reached again. */
const patienceMs = 60_000;
type Killed = Pick<PlannedCell, 'kind' | 'fault' | 'dieAt'>;

class NotInTime extends Error {}

export interface KillReport {
  cell: Killed;
  diedAt: string | null;
  struck: number;
  status: string;
  booked: number;
  problems: string[];
}

/** Runs the cells one after the other, each on an account of its own: the server that comes up after one death is the next to die. */
export async function killAtEach(
  cells: readonly Killed[],
): Promise<{ reports: KillReport[]; worstMs: number }> {
  await using db = await testDb();
  using folder = temporaryFolder('crash');
  await using broker = startProgram('server/main/simulator.ts', {
    args: ['--port', '0', '--json', '--data', path.join(folder.path, 'broker'), '--admin-token', adminToken],
  });
  const feed = JSON.parse((await broker.printed(/^\{.*\}$/m))[0]) as {
    baseUrl: string;
    apiKey: string;
    identifier: string;
    password: string;
  };
  const atBroker = async <T>(route: string, body?: unknown): Promise<T> => {
    const response = await fetch(new URL(`/simulator/${route}`, feed.baseUrl), {
      headers: { Authorization: `Bearer ${adminToken}`, 'Content-Type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(callMs),
    });
    if (!response.ok) throw new Error(`${route}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  };

  const preload = pathToFileURL(path.join(import.meta.dirname, 'child.ts')).href;
  async function startServer(crashAt: string) {
    const program = startProgram('server/main/all.ts', {
      env: {
        NODE_OPTIONS: `--import=${preload}`,
        NODE_DISABLE_COMPILE_CACHE: '1', // or Node would take its own copy of what the preload replaces
        FTRADER_CRASH_AT: crashAt,
        DATABASE_URL: db.url,
        DATA_DIR: path.join(folder.path, 'server'),
        PORT: '0',
        LOG_LEVEL: 'error',
        SIMULATOR: 'off',
        SECRET_KEY: testSecrets.secretKey,
        ENCRYPTION_KEYS: testSecrets.encryptionKeys.join(),
        IG_BASE_URL: feed.baseUrl,
        IG_API_KEY: feed.apiKey,
        IG_IDENTIFIER: feed.identifier,
        IG_PASSWORD: feed.password,
      },
    });
    const [, url] = await program.printed(/API documents\s+(http:\S+)\/api\/docs\//);
    const { accessToken } = (await (
      await fetch(`${url}/api/auth/login`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(demoLogin),
        signal: AbortSignal.timeout(callMs),
      })
    ).json()) as { accessToken: string };
    const call = async (
      method: string,
      where: string,
      body?: object,
      key?: string,
    ): Promise<Deal & { deals: Deal[] }> => {
      const response = await fetch(`${url}/api/trading/${where}`, {
        method,
        headers: {
          Authorization: `Bearer ${accessToken}`,
          ...(key !== undefined && { 'Idempotency-Key': key }),
          ...(body && { 'content-type': 'application/json' }),
        },
        ...(body && { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(callMs),
      });
      if (response.status === 503) throw new NotInTime(await response.text());
      if (!response.ok) throw new Error(`${method} ${where}: ${response.status} ${await response.text()}`);
      return (await response.json()) as Deal & { deals: Deal[] };
    };
    return { program, call };
  }
  type Server = Awaited<ReturnType<typeof startServer>>;
  const stop = async ({ program }: Server) => {
    await program[Symbol.asyncDispose]();
  };

  /** How a server ends that is to die by itself; null: it does not, in a minute. */
  const endOf = ({ program }: Server) =>
    Promise.race([program.exited, pause(systemClock, patienceMs).then(() => null)]);

  /** As the accounts module writes it; its own provisioning serves a simulator within the server. */
  async function connect(userId: string, n: number) {
    const ids = createIds(systemClock);
    const id = ids.next('acct');
    const { accountId: brokerAccountId, ...credentials } = await atBroker<{ accountId: string }>('logins', {
      identifier: `crash-${n}`,
      password: `crash-${n}`,
    });
    await addAccount(db.database, userId, {
      id,
      brokerAccountId,
      isDefault: n === 0,
      createdAt: systemClock.now(),
      credentials: createSealer(testSecrets.encryptionKeys).seal(
        JSON.stringify(credentials),
        `broker_accounts/${id}`,
      ),
    });
    return { id, brokerAccountId };
  }

  let server = await startServer(cells[0]?.dieAt ?? '');
  const reports: KillReport[] = [];
  try {
    const [user] = await db.database.db.select().from(users);
    const accounts = await Promise.all(cells.map((_, n) => connect(user!.id, n)));
    const dealIds: string[] = [];
    for (const [n, { kind }] of cells.entries()) {
      const { needs } = crashKinds[kind];
      const [where, body] = needs === null ? [] : neededFirst[needs].rest;
      const opened = where
        ? await server.call(
            'POST',
            where,
            { accountId: accounts[n]!.id, ...body, waitMs: 10_000 },
            `needed-by-${n}`,
          )
        : null;
      dealIds.push(opened?.dealId ?? '');
    }
    for (const [n, cell] of cells.entries()) {
      const { id: accountId, brokerAccountId } = accounts[n]!;
      const faults: FaultSetting[] = [
        { name: 'duplicate-check-off' },
        ...(cell.fault === 'none'
          ? []
          : [{ name: cell.fault, on: [crashKinds[cell.kind].target], count: 1, accountId: brokerAccountId }]),
      ];
      await atBroker('faults', faults);
      const [method, where, body] = crashKinds[cell.kind].rest(accountId, dealIds[n]!);
      const ask = ({ call }: Server) => call(method, where, body, `intent-of-${n}`);
      /** As one does whose connection is lost, or who is told that the answer was not ready in time: the same request with the same key. */
      const askAgain = async (to: Server): Promise<void> => {
        for (let ms = 0; ; ms += pollMs) {
          try {
            return void (await ask(to));
          } catch (error) {
            if (!(error instanceof NotInTime) || ms >= patienceMs) throw error;
            await pause(systemClock, pollMs);
          }
        }
      };
      server.program.child.kill('SIGUSR2');
      await server.program.printed(/^armed$/m);
      // What fails while its process lives on is no death: then it is told what failed.
      const failure = await askAgain(server).then(
        () => undefined,
        (error: unknown) => String(error),
      );
      const problems: string[] = [];
      const ended = failure === undefined ? null : await endOf(server);
      if (ended === null) await stop(server);
      if (failure !== undefined && ended !== 'SIGKILL')
        problems.push(`it ended by ${ended}, after ${failure}: ${server.program.output().slice(-500)}`);
      const diedAt = /^dies (.*)$/m.exec(server.program.output())?.[1] ?? null;
      if (diedAt !== cell.dieAt) problems.push(`it died ${diedAt ?? 'nowhere'}`);
      server = await startServer(cells[n + 1]?.dieAt ?? '');
      await askAgain(server);
      const struck =
        (await atBroker<{ name: string; hits: number }[]>('faults')).find(({ name }) => name === cell.fault)
          ?.hits ?? 0;
      reports.push({ cell, diedAt, struck, status: '', booked: 0, problems });
    }

    const undecided = async () =>
      (
        await Promise.all(
          accounts.map(async ({ id }) => (await server.call('GET', `deals?accountId=${id}`)).deals),
        )
      ).map((deals) => deals[0]);
    let now = await undecided();
    for (let ms = 0; ms < patienceMs && now.some((deal) => !deal || !isDecided(deal.status)); ms += pollMs) {
      await pause(systemClock, pollMs);
      now = await undecided();
    }
    const { accounts: state } = await atBroker<{ accounts: Record<string, AccountSnapshot> }>('state');
    const times = now.map((deal) =>
      deal?.decidedAt ? Date.parse(String(deal.decidedAt)) - Date.parse(String(deal.createdAt)) : Number.NaN,
    );
    for (const [n, report] of reports.entries()) {
      const booked = state[accounts[n]!.brokerAccountId]!;
      const kind = crashKinds[report.cell.kind];
      const excess = kind.excess(booked, dealIds[n]!);
      report.status = now[n]?.status ?? 'none';
      report.booked = kind.done(booked, dealIds[n]!);
      if (report.booked > 1) report.problems.push(`${report.booked} deals for one intent`);
      if (!isDecided(report.status as Deal['status'])) report.problems.push(`not decided: ${report.status}`);
      if ((report.status === 'accepted') !== (report.booked === 1))
        report.problems.push(`${report.status} and ${report.booked} deals`);
      if (excess !== null) report.problems.push(excess);
    }
    return { reports, worstMs: Math.max(...times) };
  } finally {
    await stop(server);
  }
}
