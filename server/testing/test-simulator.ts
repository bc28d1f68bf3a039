// An IG simulator for one test, on a free port, with a caller of its first login.
import {
  createSimulator,
  type Simulator,
  type SimulatorLogin,
  type SimulatorOptions,
} from '../ig-simulator/index.ts';
import { systemClock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import { createIgCaller, type IgCaller } from './ig-caller.ts';

export { closingOrder, marketOrder, restingOrder, type CallOptions, type Reply } from './ig-caller.ts';

export const testLogin: SimulatorLogin = {
  identifier: 'trader',
  password: 'secret',
  apiKey: 'a'.repeat(40),
  accountId: 'ABC12',
  otherAccounts: [
    {
      accountId: 'XYZ99',
      accountName: 'Second',
      accountType: 'SPREADBET',
      currency: 'GBP',
      balance: '250.5',
    },
  ],
};

export type TestSimulator = Simulator & IgCaller & AsyncDisposable;

export async function testSimulator(options: Partial<SimulatorOptions> = {}): Promise<TestSimulator> {
  const clock = options.clock ?? systemClock;
  const simulator = await createSimulator({
    port: 0,
    seed: 'test',
    ids: createIds(clock),
    logger: silentLogger,
    logins: [testLogin],
    ...options,
    clock,
  });
  return {
    ...simulator,
    ...createIgCaller({ ...testLogin, baseUrl: simulator.baseUrl }),
    [Symbol.asyncDispose]: () => simulator.stop(),
  };
}
