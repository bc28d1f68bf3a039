// Prices that are quoted in hundredths of a currency, and the money they are. Pure.
import { decimal } from '../../../../shared/decimal.ts';

/** What a price is quoted in → the money that is paid, of which it is a hundredth. */
const hundredths: Readonly<Record<string, string>> = {
  GBX: 'GBP',
  USX: 'USD',
  EUX: 'EUR',
  ZAC: 'ZAR',
  ILA: 'ILS',
};

export const isHundredth = (currency: string) => Object.hasOwn(hundredths, currency);
/** The currency in which a price quoted in `currency` is paid. */
export const moneyOf = (currency: string) => hundredths[currency] ?? currency;
/** A price quoted in `currency`, as money: 1599 GBX is 15.99 (GBP). Exact. */
export const priceInMoney = (price: string, currency: string) =>
  isHundredth(currency) ? decimal.multiply(price, '0.01') : decimal.canonical(price);
