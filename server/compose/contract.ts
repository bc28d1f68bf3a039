// What a broker answers against what our simulator does: the same walk over both, and where they differ. For a command.
import { createSimulator } from '../ig-simulator/index.ts';
import { compare, isGrave, loadSdk, walkContract, type ContractReport } from '../ig/index.ts';
import { isLoopbackHost } from '../lib/loopback.ts';
import { silentLogger } from '../lib/logger.ts';
import type { Keyring } from '../lib/seal.ts';
import type { Config } from '../config.ts';
import { findAccount } from './account-doctor.ts';
import type { Ground } from './ground.ts';

/** Ten requests a minute are allowed on demo, and servers go on using theirs. */
const paceMs = 7_500;
const usualEpic = { CFD: 'CS.D.EURUSD.CFD.IP', SPREADBET: 'CS.D.EURUSD.TODAY.IP' };

/** Looks only: whose account it would be done on, and in which market. Throws Error, in words, for a live account. */
export async function prepareContract(
  ground: Ground,
  installation: { config: Config; keyring: Keyring },
  { id, epic }: { id: string; epic?: string | undefined },
) {
  const found = await findAccount(ground, installation, id);
  const { account } = found;
  const isLiveHost = (each: string) =>
    new URL(each).host === new URL(installation.config.accountsAt.live).host;
  const { hostname } = new URL(found.baseUrl);
  if (account.environment === 'live' || (isLiveHost(found.baseUrl) && !isLoopbackHost(hostname)))
    throw new Error(
      `${id} is a live account, and this opens and closes a position with money: it is done on demo accounts only`,
    );
  return { ...found, epic: epic ?? usualEpic[account.type] };
}
type Prepared = Awaited<ReturnType<typeof prepareContract>>;

/** Opens and closes a position of the smallest size. Throws nothing of the broker's: what it did not answer is in the report. */
export async function walkBroker(
  { clock, ids }: Ground,
  { account, credentials, baseUrl, epic }: Prepared,
  onStep: (step: string) => void,
): Promise<ContractReport> {
  const shared = { epic, clock, logger: silentLogger, loadSdk };
  /** 29 characters: the order's is this and one more, and IG takes 30. */
  const dealReference = () => ids.next('ft');
  const login = {
    identifier: 'reference',
    password: 'of the reference',
    apiKey: 'reference',
    accountId: 'REF1',
  };
  const simulator = await createSimulator({
    port: 0,
    seed: 'contract',
    clock,
    ids,
    logger: silentLogger,
    logins: [{ ...login, accountType: account.type, currency: account.currency }],
  });
  try {
    const { observed: expected } = await walkContract({
      ...shared,
      baseUrl: simulator.baseUrl,
      credentials: login,
      accountId: login.accountId,
      paceMs: 0,
      dealReference: dealReference(),
    });
    const { observed, leftOpen } = await walkContract({
      ...shared,
      baseUrl,
      credentials,
      accountId: account.brokerAccountId,
      paceMs: isLoopbackHost(new URL(baseUrl).hostname) ? 0 : paceMs,
      dealReference: dealReference(),
      onStep,
    });
    const differences = compare(expected, observed);
    return {
      format: 'ftrader-ig-contract-1',
      at: clock.now().toISOString(),
      environment: account.environment,
      epic,
      holds: !differences.some(isGrave),
      leftOpen,
      differences,
      observed,
    };
  } finally {
    await simulator.stop();
  }
}
