// A market as it is stored: what the broker told of it but its price. Rows of other releases are read by this schema, or not at all.
import { z } from 'zod';
import { MarketSchedule } from '../../../../shared/instruments.ts';
import { Market } from '../../../../shared/market-data.ts';
import type { DescribedMarket } from '../ports.ts';

const quote = {
  bid: true,
  offer: true,
  high: true,
  low: true,
  netChange: true,
  netChangePct: true,
  marketState: true,
} as const;

const StoredMarket = z.object({
  market: Market.omit(quote),
  marketId: z.string().nullable(),
  lastDealingAt: z.iso.datetime().nullable(),
  schedule: MarketSchedule.nullable(),
});

/** What is known of a market but its price, and when the broker told it. */
export interface Instrument extends Omit<DescribedMarket, 'market'> {
  market: z.output<typeof StoredMarket>['market'];
}

const quoteNames = new Set(Object.keys(quote));
/** Without its price. */
export const toInstrument = ({ market, ...facts }: DescribedMarket): Instrument => ({
  ...facts,
  // Spread once more: what `fromEntries` makes is slow to copy and to write, and it is copied with each answer.
  market: {
    ...(Object.fromEntries(
      Object.entries(market).filter(([name]) => !quoteNames.has(name)),
    ) as Instrument['market']),
  },
});

export const toDetails = ({ market, marketId, lastDealingAt, schedule }: Instrument): object => ({
  market,
  marketId,
  lastDealingAt: lastDealingAt?.toISOString() ?? null,
  schedule,
});

/** Undefined for what this release cannot read: it is asked for anew. */
export function fromDetails(details: unknown, readAt: Date): Instrument | undefined {
  const { data } = StoredMarket.safeParse(details);
  return (
    data && {
      ...data,
      lastDealingAt: data.lastDealingAt === null ? null : new Date(data.lastDealingAt),
      readAt,
    }
  );
}
