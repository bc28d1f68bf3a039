// The currency a market is dealt in. Pure.
import { AppError } from '../../../lib/app-error.ts';
import type { MarketPrice } from '../ports.ts';

/** The currency asked for, else the market's own. Throws request.invalid for one the market is not dealt in. */
export function currencyOf({ market }: MarketPrice, asked: string | undefined): string {
  const codes = market.currencies.map(({ code }) => code);
  if (asked !== undefined && !codes.includes(asked))
    throw new AppError('request.invalid', {
      fields: { currency: `must be ${codes.join(' or ')}, in which ${market.epic} is dealt` },
    });
  const currency = asked ?? market.currencies.find(({ isDefault }) => isDefault)?.code ?? codes[0];
  if (currency === undefined)
    throw new AppError('broker.unavailable', { detail: `${market.epic} names no currency` });
  return currency;
}
