// One account at its broker for a command: found in the database, opened with the installation's keys, looked at from this machine.
import type { Config } from '../config.ts';
import { examineAccount, loadSdk, type Finding } from '../ig/index.ts';
import type { Keyring } from '../lib/seal.ts';
import { openAccount } from '../modules/accounts/index.ts';
import type { Ground } from './ground.ts';

/** The account `id` (ours, or the broker's own) and where its broker is. Throws Error, in words. */
export async function findAccount(
  { database }: Ground,
  { config, keyring }: { config: Config; keyring: Keyring },
  id: string,
) {
  const feeds = config.ig ? [{ feed: config.ig.environment, serves: config.ig.accountType }] : [];
  const opened = await openAccount({ db: database.db, sealer: keyring, feeds }, id);
  const { environment } = opened.account;
  const baseUrl =
    environment === 'simulated'
      ? config.ig?.environment === 'simulated'
        ? config.ig.baseUrl
        : undefined
      : config.accountsAt[environment];
  if (baseUrl === undefined)
    throw new Error(
      `${id} is an account of the simulator inside npm start, which only that process reaches: test it there (POST /api/accounts/${opened.account.id}/test)`,
    );
  return { ...opened, baseUrl };
}

export async function* doctorAccount(
  ground: Ground,
  installation: { config: Config; keyring: Keyring },
  id: string,
): AsyncGenerator<Finding> {
  const { database, clock, logger } = ground;
  const found = await findAccount(ground, installation, id);
  yield* examineAccount({ ...found, database, sealer: installation.keyring, clock, logger, loadSdk });
}
