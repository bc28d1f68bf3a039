// A broker for a test: the IG simulator on a free port, on a clock of the test's choice, and a login for it.
import { createSimulator, type Simulator, type SimulatorOptions } from '../ig-simulator/index.ts';
import type { BrokerLogin } from '../ig/rest/login.ts';
import type { Clock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import { silentLogger } from '../lib/logger.ts';
import type { AccountNews } from '../modules/accounts/ports.ts';
import { createManualClock } from './manual-clock.ts';

export interface TestBroker<C extends Clock> extends AsyncDisposable {
  simulator: Simulator;
  clock: C;
  accountId: string;
  /** Its login, as the feed `simulated`. */
  login: BrokerLogin;
  /** Stops it; `restart` brings a new one, which knows nothing of the old tokens, to the same port. */
  stop(): Promise<void>;
  restart(): Promise<void>;
}

const password = 'a test password';

/** For tests whose accounts stay as they are. */
export const noAccountNews: AccountNews = { listen: () => () => undefined };

/** Disposing stops it. A test that streams needs the system's clock. */
export async function testBroker(
  options?: Partial<Omit<SimulatorOptions, 'clock'>>,
): Promise<TestBroker<ReturnType<typeof createManualClock>>>;
export async function testBroker<C extends Clock>(
  options: Partial<SimulatorOptions> & { clock: C },
): Promise<TestBroker<C>>;
export async function testBroker(options: Partial<SimulatorOptions> = {}): Promise<TestBroker<Clock>> {
  const clock = options.clock ?? createManualClock();
  const account = { identifier: 'tester', password, apiKey: 'test-key', accountId: 'TEST1' };
  const start = (port: number) =>
    createSimulator({
      port,
      seed: 'test',
      ids: createIds(clock),
      logger: silentLogger,
      logins: [account],
      ...options,
      clock,
    });
  let simulator = await start(0);
  let running = true;
  const { port, baseUrl } = simulator;
  const stop = async () => {
    if (running) await simulator.stop();
    running = false;
  };
  return {
    get simulator() {
      return simulator;
    },
    clock,
    accountId: account.accountId,
    login: {
      feed: 'simulated',
      environment: 'simulated',
      baseUrl,
      apiKey: account.apiKey,
      identifier: account.identifier,
      password,
    },
    stop,
    async restart() {
      await stop();
      simulator = await start(port);
      running = true;
    },
    [Symbol.asyncDispose]: stop,
  };
}
