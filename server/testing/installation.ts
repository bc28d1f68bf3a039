// An installation of real processes over RabbitMQ and a database of its own, with a simulator of its own as the broker: as IG demo, and as the login that feeds everybody.
import { onTestFinished } from 'vitest';
import { installationName } from '../compose/ground.ts';
import { durableChannels } from '../messaging/channels.ts';
import { noteLeftover, removeTopology } from './leftovers.ts';
import { startProgram, type Program } from './processes.ts';
import { testSecrets } from './test-app.ts';
import { testDb } from './test-db.ts';

type Role = 'gateway' | 'worker' | 'api';

/** Nothing of ours runs yet: the first `start` migrates, and others wait for it. All of it goes with the test. */
export async function createInstallation(amqpUrl: string) {
  const db = await testDb();
  onTestFinished(() => db[Symbol.asyncDispose]());
  const run = (file: string, args: string[] = [], env: Record<string, string> = {}): Program => {
    const program = startProgram(file, { args, env });
    onTestFinished(() => program[Symbol.asyncDispose]());
    return program;
  };
  const simulator = run('server/main/simulator.ts', ['--port', '0', '--json']);
  const [line] = await simulator.printed(/^\{.*\}$/m);
  const login = JSON.parse(line) as Record<'baseUrl' | 'apiKey' | 'identifier' | 'password', string>;
  const prefix = await installationName(db.database);
  const topology = { amqpUrl, prefix, channels: Object.keys(durableChannels) };
  const strikeOut = noteLeftover(topology);
  onTestFinished(async () => {
    await removeTopology(topology);
    strikeOut();
  });
  const { baseUrl, ...credentials } = login;
  const env = {
    DATABASE_URL: db.url,
    AMQP_URL: amqpUrl,
    PORT: '0',
    HEALTH_PORT: '0',
    LOG_LEVEL: 'warn',
    SECRET_KEY: testSecrets.secretKey,
    ENCRYPTION_KEYS: testSecrets.encryptionKeys.join(','),
    IG_DEMO_BASE_URL: baseUrl,
    IG_BASE_URL: baseUrl,
    IG_API_KEY: login.apiKey,
    IG_IDENTIFIER: login.identifier,
    IG_PASSWORD: login.password,
  };
  const start = (role: Role, over: Partial<typeof env> = {}): Program =>
    run(`server/main/${role}.ts`, [], { ...env, ...over });
  return {
    databaseUrl: db.url,
    /** Of the login at the broker. */
    credentials: {
      apiKey: credentials.apiKey,
      identifier: credentials.identifier,
      password: credentials.password,
    },
    /** A gateway or a worker that is ready. */
    async ready(role: Exclude<Role, 'api'>, over?: Partial<typeof env>): Promise<Program> {
      const program = start(role, over);
      await program.printed(new RegExp(`${role} is ready`));
      return program;
    },
    /** The address of an API that is ready. */
    api: async (): Promise<string> => (await start('api').printed(/Page\s+(http:\S+)\//))[1]!,
  };
}
