// Whether the markets that are to have limits of their own exist: a limit of none would hold for nothing, and look as if it did.
import type { SetRiskLimits } from '../../../../shared/risk-limits.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { BrokerAccount, PriceFeed } from '../ports.ts';
import { isBound } from './change.ts';
import type { RiskStore } from './store.ts';

interface BoundedMarketsDeps {
  prices: Pick<PriceFeed, 'markets'>;
  riskStore: Pick<RiskStore, 'find'>;
}

/**
 * Throws market_data.unknown_epic, by the place in the request, for markets that get their first limit and are none of the account's
 * feed. What has limits already is not asked about, so that they can be changed and taken away; and while the broker does not answer
 * nothing is: limits can be set then too.
 */
export const createCheckBoundedMarkets =
  ({ prices, riskStore }: BoundedMarketsDeps) =>
  async ({ id, feed }: BrokerAccount, epics: NonNullable<SetRiskLimits['epics']>): Promise<void> => {
    if (!epics.some(isBound)) return;
    const has = new Set((await riskStore.find(id))?.epicLimits.map(({ epic }) => epic));
    const isNew = (limits: (typeof epics)[number]) => isBound(limits) && !has.has(limits.epic);
    const asked = epics.filter(isNew).map(({ epic }) => epic);
    const known = asked.length > 0 ? await knownAmong(prices, feed, asked) : undefined;
    if (!known) return;
    const unknown = epics.flatMap((limits, index) =>
      isNew(limits) && !known.has(limits.epic)
        ? [[`epics[${index}].epic`, `is ${limits.epic}, which is no market of the feed ${feed}`] as const]
        : [],
    );
    if (unknown.length > 0)
      throw new AppError('market_data.unknown_epic', { fields: Object.fromEntries(unknown) });
  };

/** Undefined while the broker does not tell. */
async function knownAmong(
  prices: Pick<PriceFeed, 'markets'>,
  feed: string,
  epics: readonly string[],
): Promise<Set<string> | undefined> {
  try {
    return new Set((await prices.markets(feed, epics, { forDeal: true })).map(({ epic }) => epic));
  } catch (error) {
    if (error instanceof AppError && error.code.startsWith('broker.')) return undefined;
    throw error;
  }
}
