// One market closer up: where it stands today, how it moved since the page was opened, and by which rules it deals.
import type { Direction, Market } from '../../../client/index.ts';
import { useQuote } from './board.ts';
import { DayRange } from './day-range.tsx';
import {
  direction,
  kindName,
  levelText,
  marketStateName,
  missing,
  percent,
  signed,
  spreadPoints,
} from './format.ts';
import { Level } from './level.tsx';
import type { PriceBoard } from './prices.ts';
import { Sparkline } from './sparkline.tsx';

interface MarketDetailsProps {
  board: PriceBoard;
  market: Market;
  live: boolean;
  /** Whose prices the account deals at, when these are another feed's. */
  onDeal: ((epic: string, direction: Direction) => void) | undefined;
  /** It was asked for by name: a phone shows it over the list. */
  isAsked: boolean;
  onClose(): void;
}

export const unitName: Record<string, string> = {
  AMOUNT: 'per point',
  CONTRACTS: 'contracts',
  SHARES: 'shares',
};

export function MarketDetails({ board, market, live, onDeal, isAsked, onClose }: MarketDetailsProps) {
  const quote = useQuote(board, market.epic);
  const tick = quote?.tick;
  const state = tick?.marketState ?? market.marketState;
  const trend = direction('0', tick?.netChangePct ?? null);
  const isStale = !live || tick?.stale === true;
  return (
    <section
      className={`market-details${isAsked ? ' asked' : ''}${isStale ? ' stale' : ''}`}
      aria-labelledby="market-title"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && isAsked) onClose();
      }}
    >
      <div className="card-head">
        <h2 id="market-title" tabIndex={-1}>
          {market.name}
        </h2>
        {state !== 'tradeable' && <span className="badge warn">{marketStateName(state)}</span>}
        {isStale && <span className="badge warn">{live ? 'Stale' : 'Not live'}</span>}
        <button type="button" className="plain close-sheet" aria-label="Close" onClick={onClose}>
          ×
        </button>
      </div>
      <div className="now">
        <p className="mid">
          <Level text={tick?.bid} scalingFactor={market.scalingFactor} />
          <span className="quiet"> / </span>
          <Level text={tick?.offer} scalingFactor={market.scalingFactor} />
        </p>
        <p className={['down', '', 'up'][trend + 1]}>
          {tick?.netChange ? `${signed(levelText(tick.netChange))} ` : ''}(
          {percent(tick?.netChangePct ?? null)}) <small>since its day began</small>
        </p>
      </div>
      <figure>
        <Sparkline mids={quote?.mids ?? []} />
        <figcaption className="quiet">The last moves since this page was opened</figcaption>
      </figure>
      {onDeal && (
        <div className="pair deal-here">
          {(['SELL', 'BUY'] as const).map((side) => (
            <button
              key={side}
              type="button"
              className={side.toLowerCase()}
              onClick={() => onDeal(market.epic, side)}
            >
              {side === 'SELL' ? 'Sell…' : 'Buy…'}
            </button>
          ))}
        </div>
      )}
      <dl className="facts">
        <div className="wide">
          <dt>Today, low to high</dt>
          <dd>{tick ? <DayRange tick={tick} /> : missing}</dd>
        </div>
        {factsOf(market, tick ? spreadPoints(tick.bid, tick.offer, market.scalingFactor) : missing).map(
          ([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </section>
  );
}

function factsOf(market: Market, spread: string): [name: string, value: string][] {
  const { dealingRules: rules, marginFactor } = market;
  const distance = ({ unit, value }: { unit: string; value: string }) =>
    `${levelText(value)}${unit === 'percentage' ? ' % of the price' : ' points'}`;
  const currency = market.currencies.find(({ isDefault }) => isDefault) ?? market.currencies[0];
  const facts: [string, string | null | undefined][] = [
    ['Spread', `${spread} points`],
    ['Smallest size', `${levelText(rules.minDealSize.value)} ${unitName[market.unit] ?? ''}`],
    [
      'Margin, from',
      marginFactor && `${marginFactor}${market.marginFactorUnit === 'percentage' ? ' %' : ' points'}`,
    ],
    [
      'Nearest stop',
      market.stopsLimitsAllowed ? distance(rules.minNormalStopOrLimitDistance) : 'no stops here',
    ],
    [
      'One contract',
      market.unit === 'CONTRACTS' ? market.contractSize && levelText(market.contractSize) : null,
    ],
    ['Currency', currency?.code],
    ['Kind', kindName(market.type)],
    ['Expires', market.expiry === '-' ? null : market.expiry],
    ['Prices', market.delayMinutes > 0 ? `${market.delayMinutes} min late` : null],
    ['Epic', market.epic],
  ];
  return facts.flatMap(([name, value]) => (value ? [[name, value]] : []));
}
