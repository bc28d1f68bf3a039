// The gateway role: the streams of feeds and accounts, from whichever process holds their leases.
import { createGateway } from '../ig/index.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';

/** Resolves without waiting for IG. */
export async function startGateway(
  { lifecycle, logger, clock, ids, database, bus }: Ground,
  { clients, accounts, accountChanges, accountClients }: Brokers,
): Promise<void> {
  const gateway = createGateway({
    clients,
    accounts: { all: accounts.all, changes: accountChanges, clients: accountClients },
    database,
    bus,
    clock,
    ids,
    logger,
  });
  lifecycle.onClose('gateway', () => gateway.stop());
  await gateway.start();
}
