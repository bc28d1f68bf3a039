// Two API, two gateway and two worker processes as an installation under test: a newcomer connects a demo account at the stand-alone simulator.
import { brokerAllowances } from '../../../drizzle/schema/index.ts';
import type { Database } from '../../db/client.ts';
import { allowanceNames } from '../../ig/rest/allowance-store.ts';
import type { IgLogin } from '../simulator-admin.ts';
import { startRoles, type RoleProcess, type Roles } from '../roles.ts';
import type { Installation } from './installation.ts';

export interface InSix extends Installation, Pick<Roles, 'start'> {
  gateways: RoleProcess[];
  workers: RoleProcess[];
}

/**
 * What IG's demo is believed to grant would spread the steps over minutes; the simulator grants all of it, and that is what is known
 * here from the start. How an allowance is kept within, and learnt, are tests of server/ig/rest.
 */
async function grant({ db }: Database, { apiKey, accountId }: Pick<IgLogin, 'apiKey' | 'accountId'>) {
  const nameOf = allowanceNames('demo', apiKey).bucket;
  const buckets = (['key', 'account'] as const).map((scope) => nameOf(scope, accountId));
  const row = { perMinute: null, spent: [], sinceAt: new Date() };
  await db.insert(brokerAllowances).values(buckets.map((bucket) => ({ ...row, bucket })));
}

export async function startInSix(amqpUrl: string): Promise<InSix> {
  await using owned = new AsyncDisposableStack();
  const roles = owned.use(await startRoles(amqpUrl));
  const { simulator, database, start } = roles;
  const two = (role: Parameters<typeof start>[0]) => Promise.all([start(role), start(role)]);
  const [gateways, workers, apis] = await Promise.all([two('gateway'), two('worker'), two('api')]);
  const all = owned.move();
  return {
    urls: apis.map(({ url }) => url),
    simulator,
    database,
    gateways,
    workers,
    start,
    async accountOf({ api }, name) {
      const made = await simulator.createLogin({
        identifier: name,
        currency: 'GBP',
        balance: '10000.00',
      });
      await grant(database, made);
      const { apiKey, identifier, password } = made;
      const { accounts } = await api.accounts.connect.mutate({
        environment: 'demo',
        apiKey,
        identifier,
        password,
      });
      return { account: accounts[0]!, login: { ...made, baseUrl: simulator.baseUrl } };
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}
