// The rules and terms of a market as rows of name and value. Pure.
import type { MarketDetails } from '../../../client/index.ts';
import { dayAndTime, kindName, levelText } from './format.ts';

export const unitName: Record<string, string> = {
  AMOUNT: 'per point',
  CONTRACTS: 'contracts',
  SHARES: 'shares',
};

type Distance = MarketDetails['dealingRules']['maxStopOrLimitDistance'];
const distance = ({ unit, value }: Distance) =>
  `${levelText(value)}${unit === 'percentage' ? ' % of the price' : ' points'}`;

/** What there is nothing to say of is left out. `spread` in points. */
export function marketFacts(market: MarketDetails, spread: string): [name: string, value: string][] {
  const { dealingRules: rules, marginFactor } = market;
  const currency = market.currencies.find(({ isDefault }) => isDefault) ?? market.currencies[0];
  const stops = market.stopsLimitsAllowed;
  const guaranteed = stops && market.guaranteedStopsAllowed;
  const facts: [string, string | null | undefined | false][] = [
    ['Spread', `${spread} points`],
    ['Smallest size', `${levelText(rules.minDealSize.value)} ${unitName[market.unit] ?? ''}`],
    [
      'Margin, from',
      marginFactor && `${marginFactor}${market.marginFactorUnit === 'percentage' ? ' %' : ' points'}`,
    ],
    ['Nearest stop', stops ? distance(rules.minNormalStopOrLimitDistance) : 'no stops here'],
    ['Farthest stop', stops && distance(rules.maxStopOrLimitDistance)],
    ['Guaranteed stop, nearest', guaranteed && distance(rules.minGuaranteedStopDistance)],
    [
      'Guaranteed stop, if hit',
      guaranteed && market.guaranteedStopPremium && `costs ${distance(market.guaranteedStopPremium)}`,
    ],
    [
      'Trailing stops',
      stops &&
        (rules.trailingStops
          ? `steps from ${rules.minStepDistance ? distance(rules.minStepDistance) : 'any size'}`
          : 'not here'),
    ],
    ['Deals at market', !rules.marketOrders && 'not here'],
    [
      'One contract',
      market.unit === 'CONTRACTS' ? market.contractSize && levelText(market.contractSize) : null,
    ],
    ['Currency', currency?.code],
    ['Kind', kindName(market.type)],
    ['Expires', market.expiry === '-' ? null : market.expiry],
    ['Last dealing', market.lastDealingAt && dayAndTime(market.lastDealingAt)],
    ['Prices', market.delayMinutes > 0 && `${market.delayMinutes} min late`],
    ['Epic', market.epic],
  ];
  return facts.flatMap(([name, value]) => (value ? [[name, value]] : []));
}
