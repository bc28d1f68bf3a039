// `npm start` as an installation under test: one process, its own simulator, the account that a newcomer finds there.
import { join } from 'node:path';
import { readSecrets } from '../../data-folder/index.ts';
import { createSimulatedBroker } from '../../ig/index.ts';
import { systemClock } from '../../lib/clock.ts';
import { simulatedNames, simulatedStart } from '../../modules/accounts/simulated.ts';
import { startProgram, temporaryFolder } from '../processes.ts';
import { simulatorAdmin } from '../simulator-admin.ts';
import { testDb } from '../test-db.ts';
import type { Installation } from './installation.ts';

/** On the tests' PostgreSQL: how an embedded one starts is another test. */
export async function startInOne(): Promise<Installation> {
  await using owned = new AsyncDisposableStack();
  const folder = owned.use(temporaryFolder('acceptance'));
  const db = owned.use(await testDb());
  const dataDir = join(folder.path, 'data');
  const program = owned.use(
    startProgram('server/main/all.ts', {
      env: { DATA_DIR: dataDir, DATABASE_URL: db.url, PORT: '0', LOG_LEVEL: 'warn', SEED_DEMO: 'off' },
    }),
  );
  const [, baseUrl] = await program.printed(/IG simulator\s+(http:\S+)/);
  const [, url] = await program.printed(/Page\s+(http:\S+)\//);
  const token = readSecrets(dataDir)!.simulatorAdminToken!;
  const broker = createSimulatedBroker({ baseUrl: baseUrl!, token, clock: systemClock });
  const all = owned.move();
  return {
    urls: [url!],
    simulator: simulatorAdmin({ baseUrl: baseUrl!, token }),
    database: db.database,
    async accountOf({ api }) {
      const { accounts } = await api.accounts.list.query();
      const { id } = await api.users.me.query();
      return {
        account: accounts[0]!,
        login: {
          baseUrl: baseUrl!,
          ...(await broker.createLogin({ ...simulatedNames(id), ...simulatedStart })),
        },
      };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
