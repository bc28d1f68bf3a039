// Markets and prices over the login of a connected account: the client of its feed, on the session and at the pace of its dealing.
import type { BrokerAccount } from '../modules/accounts/ports.ts';
import type { AccountClients } from './accounts/clients.ts';
import { createIgClient, type IgClient } from './prices/client.ts';
import type { Link } from './rest/link.ts';

/** Gives the client of an account's present credentials: the same one as long as these stay. Throws as `AccountClients.of` does. */
export type PricesOf = (account: BrokerAccount) => Promise<IgClient>;

export function createLoginPrices({ linkOf }: Pick<AccountClients, 'linkOf'>): PricesOf {
  const made = new WeakMap<Link, IgClient>();
  return async (account) => {
    const link = await linkOf(account);
    const known = made.get(link);
    if (known) return known;
    const client = createIgClient(link);
    made.set(link, client);
    return client;
  };
}
