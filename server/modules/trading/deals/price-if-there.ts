// The price of a market for deals that must not depend on our feed: what makes a position smaller or safer goes without one.
import type { Logger } from '../../../lib/logger.ts';
import { rateInto } from '../risk/exposure.ts';
import type { BrokerAccount, MarketPrice, PriceFeed } from '../ports.ts';

/** What is known of a market; null where the feed does not tell, which is logged. */
export type PriceIfThere = (account: BrokerAccount, epic: string) => Promise<MarketPrice | null>;

export const createPriceIfThere =
  ({ prices, logger }: { prices: PriceFeed; logger: Logger }): PriceIfThere =>
  async ({ id, feed }, epic) => {
    try {
      return await prices.quote(feed, epic);
    } catch (err) {
      logger.warn({ err, account: id, epic }, 'a deal is decided without a look at its market');
      return null;
    }
  };

/** How much of the account's currency one of another is; null where no price tells, which is logged where it failed. */
export type RateIfThere = (account: BrokerAccount, currency: string) => Promise<string | null>;

export const createRateIfThere =
  ({ prices, logger }: { prices: PriceFeed; logger: Logger }): RateIfThere =>
  async (account, currency) => {
    try {
      return await rateInto(prices, account, currency);
    } catch (err) {
      logger.warn(
        { err, account: account.id, currency },
        'a deal is decided without the rate of its currency',
      );
      return null;
    }
  };
