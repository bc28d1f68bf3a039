// The price plane of a process that shows or uses prices: markets from the broker, ticks from the bus.
import { createBrokerWatchlists, createIgCatalogue, createLoginPrices } from '../ig/index.ts';
import { createPriceHub } from '../realtime/hub.ts';
import type { Brokers } from './broker.ts';
import type { Ground } from './ground.ts';

export type Prices = ReturnType<typeof composePrices>;

/** The hub shows nothing before it is started. */
export function composePrices(
  { lifecycle, bus, clock, ids, logger }: Ground,
  { clients, accounts, accountClients }: Brokers,
) {
  const hub = createPriceHub({ bus, clock, logger: logger.child({ part: 'hub' }), source: ids.next('api') });
  lifecycle.onClose('price hub', () => hub.close());
  const pricesOf = createLoginPrices(accountClients);
  const catalogue = createIgCatalogue({
    clients,
    async loginFeed(feed) {
      const account = await accounts.ofFeed(feed);
      return account && pricesOf(account);
    },
    clock,
    logger: logger.child({ part: 'catalogue' }),
  });
  return { hub, catalogue, watchlists: createBrokerWatchlists(pricesOf) };
}
