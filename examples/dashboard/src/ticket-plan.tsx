// What the ticket will do, and what it takes and risks, said before one deals.
import { memo } from 'react';
import type { Account, Direction, FTraderClient, Market } from '../../../client/index.ts';
import { levelText, missing, money, signed } from './format.ts';
import { ticketFigures } from './ticket-figures.ts';
import { instantOf, levelsOf } from './ticket-order.ts';
import { isAgainst, stopKindOf, type TicketText } from './ticket-text.ts';
import { ticketSentence } from './ticket-words.ts';
import { typedDecimal } from './typed-decimal.ts';
import { useRate } from './use-rate.ts';

interface PlanProps {
  api: FTraderClient['api'];
  account: Account;
  market: Market;
  direction: Direction;
  text: TicketText;
  /** What it would deal at now. */
  quoted: string | null;
  /** Of the account. */
  available: string | undefined;
}

export const TicketPlan = memo(function TicketPlan({
  api,
  account,
  market,
  direction,
  text,
  quoted,
  available,
}: PlanProps) {
  const size = typedDecimal(text.size);
  const { entry, stop, limit, worst } = levelsOf(text, direction, quoted, market);
  const stopKind = stopKindOf(text);
  const guaranteed = stopKind === 'guaranteed' && stop !== null;
  const from = (market.currencies.find(({ isDefault }) => isDefault) ?? market.currencies[0])?.code;
  const rate = useRate(api, account.feed, from, account.currency);
  const planned = size !== undefined && entry !== null ? { direction, size, entry, stop } : undefined;
  const figures = planned && ticketFigures(planned, market, rate);
  const against = isAgainst(text);
  const amount = (figure: string | null | undefined) =>
    figure == null ? missing : signed(money(figure), '');
  const rows: [name: string, value: string, title: string][] = [
    [
      'Margin, about',
      against ? 'as it opens' : amount(guaranteed ? null : figures?.margin),
      against
        ? 'what it closes sets margin free'
        : guaranteed
          ? 'the broker does not tell beforehand what a guaranteed stop takes'
          : available === undefined
            ? ''
            : `${money(available)} is available`,
    ],
    ['One point', amount(figures?.pointValue), 'what a move of one point brings or costs'],
    [
      'Exposure',
      against ? 'as it opens' : amount(figures?.exposure),
      against ? 'what it closes makes it smaller' : 'size × level',
    ],
    [
      'Loss at the stop',
      stop === null ? 'no stop' : amount(figures?.lossAtStop),
      stop === null
        ? ''
        : `at ${levelText(stop)}; ${guaranteed ? 'no more, and the premium' : 'more where the market jumps over it'}`,
    ],
  ];
  const goodTillAt = instantOf(text.goodTill);
  return (
    <div className="plan">
      <dl aria-label={`Figures in ${account.currency}`}>
        {rows.map(([name, value, title]) => (
          <div key={name} title={title || undefined}>
            <dt>{name}</dt>
            <dd>
              {value}
              {/\d/.test(value) && <small> {account.currency}</small>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="quiet" data-testid="plan">
        {planned
          ? ticketSentence({
              ...planned,
              at: text.at,
              name: market.name,
              limit,
              worst,
              stopKind,
              trail: { distance: typedDecimal(text.stop), step: typedDecimal(text.step) },
              against,
              goodTillAt: goodTillAt ?? undefined,
            })
          : text.at === 'market'
            ? 'It deals at once, at the price of the moment.'
            : whatItWaitsFor(text.at, direction)}
      </p>
    </div>
  );
});

const whatItWaitsFor = (at: 'limit' | 'stop', direction: Direction): string =>
  `A ${at} order to ${direction === 'BUY' ? 'buy' : 'sell'} waits for a price ${
    (at === 'limit') === (direction === 'BUY') ? 'below' : 'above'
  } this one: give its level.`;
