// The product as a process per role, over RabbitMQ and a PostgreSQL, with a simulator of its own as IG: for tests of several processes.
import { installationName } from '../compose/ground.ts';
import type { Database } from '../db/client.ts';
import { durableChannels } from '../messaging/channels.ts';
import { noteLeftover, removeTopology } from './leftovers.ts';
import { startProgram, type Program } from './processes.ts';
import { simulatorAdmin, type IgLogin, type SimulatorAdmin } from './simulator-admin.ts';
import { testSecrets } from './test-app.ts';
import { testDb } from './test-db.ts';

export type Role = 'api' | 'gateway' | 'worker';
export interface RoleProcess {
  program: Program;
  /** Where it answers: the API, or the probes of another role. */
  url: string;
}
export interface Roles extends AsyncDisposable {
  database: Database;
  simulator: SimulatorAdmin;
  /** Of the simulator: the server-wide one for prices, which a user may connect as well. */
  login: IgLogin;
  /** Resolves once the process is ready. */
  start(role: Role): Promise<RoleProcess>;
}

/** Accounts of the environments `simulated` and `demo` are at the simulator. Disposing ends all processes and removes the queues. */
export async function startRoles(amqpUrl: string): Promise<Roles> {
  await using owned = new AsyncDisposableStack();
  const db = owned.use(await testDb());
  const topology = {
    amqpUrl,
    prefix: await installationName(db.database),
    channels: Object.keys(durableChannels),
  };
  const strikeOut = noteLeftover(topology);
  owned.defer(async () => {
    await removeTopology(topology);
    strikeOut();
  });
  const token = testSecrets.simulatorAdminToken;
  const args = ['--port', '0', '--json', '--admin-token', token];
  const broker = owned.use(startProgram('server/main/simulator.ts', { args }));
  const [line] = await broker.printed(/^\{.*\}$/m);
  const login = JSON.parse(line) as IgLogin;
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
    IG_ACCOUNT_ID: login.accountId,
  };
  const programs: Program[] = [];
  owned.defer(async () => void (await Promise.all(programs.map((each) => each[Symbol.asyncDispose]()))));
  const all = owned.move();
  return {
    database: db.database,
    simulator: simulatorAdmin({ baseUrl: login.baseUrl, token }),
    login,
    async start(role) {
      const program = startProgram(`server/main/${role}.ts`, { env });
      programs.push(program);
      const place = role === 'api' ? /Page\s+(http:\S+)\// : /FTrader \w+ is [^]*Health\s+(http:\S+)\/readyz/;
      return { program, url: (await program.printed(place))[1]! };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
