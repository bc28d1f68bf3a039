// A gateway process as `npm run start:gateway` composes it, with its statements counted.
import { compose } from '../../server/compose/index.ts';
import { readConfig } from '../../server/config.ts';
import { Session } from '../../server/db/session.ts';
import { createLifecycle } from '../../server/lib/lifecycle.ts';
import { silentLogger as logger } from '../../server/lib/logger.ts';
import type { AccountsReply, AccountsRequest } from './gateway-protocol.ts';

/** By the first words of a statement; so many of the most frequent are told. */
const told = 12;
const textLength = 90;
let statements = new Map<string, number>();
const { query } = Session.prototype;
Session.prototype.query = function count(this: Session, ...args: Parameters<typeof query>) {
  const [first] = args as unknown as [string | { text: string }];
  const text = (typeof first === 'string' ? first : first.text).trim().replaceAll(/\s+/g, ' ');
  const beginning = text.slice(0, textLength);
  statements.set(beginning, (statements.get(beginning) ?? 0) + 1);
  return Reflect.apply(query, this, args);
} as typeof query;

type Start = Extract<AccountsRequest, { do: 'start' }>;
let databasePort = 0;
async function start({ databaseUrl, amqpUrl, brokerUrl, encryptionKey }: Start) {
  databasePort = Number(new URL(databaseUrl).port);
  const secretKey = 'a secret of a benchmark, long enough';
  const env = { DATABASE_URL: databaseUrl, AMQP_URL: amqpUrl, IG_DEMO_BASE_URL: brokerUrl };
  await compose({
    config: readConfig({ ...env, SECRET_KEY: secretKey, ENCRYPTION_KEYS: encryptionKey }),
    roles: ['gateway'],
    databaseUrl,
    secrets: { secretKey, encryptionKeys: [encryptionKey], simulatorAdminToken: '' },
    version: 'bench',
    lifecycle: createLifecycle(logger),
    logger,
  });
}

/** Open TCP connections; those to PostgreSQL have its port at their other end. */
function sockets() {
  const handles = (process as unknown as { _getActiveHandles(): object[] })._getActiveHandles();
  const ports = handles.flatMap((handle) =>
    'remotePort' in handle && typeof handle.remotePort === 'number' ? [handle.remotePort] : [],
  );
  return {
    sockets: ports.length,
    databaseConnections: ports.filter((port) => port === databasePort).length,
  };
}
async function measure(seconds: number): Promise<AccountsReply> {
  statements = new Map();
  const [cpu, begun] = [process.cpuUsage(), performance.now()];
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const { user, system } = process.cpuUsage(cpu);
  const wallMs = performance.now() - begun;
  const counted = [...statements].sort(([, a], [, b]) => b - a);
  const sum = (all: typeof counted) => all.reduce((total, [, count]) => total + count, 0);
  (globalThis as { gc?: () => void }).gc?.();
  return {
    wallMs,
    cpuMs: (user + system) / 1_000,
    rssKiB: process.memoryUsage().rss / 1_024,
    ...sockets(),
    statements: sum(counted),
    leaseStatements: sum(counted.filter(([text]) => /\bleases\b/.test(text))),
    frequent: counted.slice(0, told),
  };
}

process.on('message', async (request: AccountsRequest) => {
  if (request.do === 'start') {
    await start(request);
    process.send!({});
  } else process.send!(await measure(request.seconds));
});
process.on('disconnect', () => process.exit()); // the benchmark is gone
