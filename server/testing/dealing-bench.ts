// The benches of dealing.contract.ts that speak IG's REST: our adapter in front of the simulator, or of any address of IG's.
import { setImmediate as turn } from 'node:timers/promises';
import { createAccountClients, createDealing, createEvidence } from '../ig/index.ts';
import type { Clock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import type { BrokerAccount, BrokerCredentials } from '../modules/accounts/ports.ts';
import * as build from './build.ts';
import type { BreakableBench } from './dealer.ts';
import { noAccountNews, testBroker } from './test-broker.ts';
import { testDb } from './test-db.ts';

/** Dealing and evidence of one account at `baseUrl`, with a database for its session. */
export async function igDealing({
  baseUrl,
  credentials,
  account,
  clock,
}: {
  baseUrl: string;
  credentials: BrokerCredentials;
  account: BrokerAccount;
  clock: Clock;
}) {
  const db = await testDb();
  const clients = createAccountClients({
    endpoints: { [account.environment]: baseUrl },
    credentialsOf: async () => credentials,
    changes: noAccountNews,
    database: db.database,
    sealer: build.sealer(),
    clock,
    logger: silentLogger,
  });
  return {
    account,
    clock,
    dealing: createDealing({ clients, clock, logger: silentLogger }),
    evidence: createEvidence({ clients, clock }),
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}

/** The adapter and the simulator over HTTP, on a clock that moves when time is to pass. */
export async function simulatorBench(): Promise<BreakableBench> {
  const broker = await testBroker();
  const { simulator, clock, login } = broker;
  const account = build.account({ brokerAccountId: broker.accountId });
  const bench = await igDealing({ baseUrl: simulator.baseUrl, credentials: login, account, clock });
  return {
    ...bench,
    market: { epic: build.eurusd, currency: 'USD', point: '0.0001' },
    async pass(ms) {
      clock.advance(ms);
      await turn();
    },
    loseAnswer: (booked) =>
      simulator.setFaults([{ name: booked ? 'reset-after' : 'reset-before', count: 1 }]),
    closeMarket: () => simulator.setFaults([{ name: 'closed' }]),
    goAway: () => broker.stop(),
    async [Symbol.asyncDispose]() {
      await broker.stop();
      await bench[Symbol.asyncDispose]();
    },
  };
}
