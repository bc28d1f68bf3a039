// One market closer up: where it stands today, how it moved since the page was opened, and by which rules it deals.
import type { ReactNode } from 'react';
import type { Direction, FTraderClient, MarketDetails as Details } from '../../../client/index.ts';
import { useQuote } from './board.ts';
import { DayRange } from './day-range.tsx';
import { direction, levelText, marketStateName, missing, percent, signed, spreadPoints } from './format.ts';
import { Level } from './level.tsx';
import { marketFacts } from './market-facts.ts';
import { MarketHoursText, ReadAt } from './market-hours.tsx';
import type { PriceBoard } from './prices.ts';
import { SentimentBar } from './sentiment-bar.tsx';
import { Sparkline } from './sparkline.tsx';
import { useMarket } from './use-market.ts';

interface MarketDetailsProps {
  api: FTraderClient['api'];
  /** Whose market it is. */
  feed: string | undefined;
  board: PriceBoard;
  market: Details;
  live: boolean;
  /** Whose prices the account deals at, when these are another feed's. */
  onDeal: ((epic: string, direction: Direction) => void) | undefined;
  /** It was asked for by name: a phone shows it over the list. */
  isAsked: boolean;
  /** Stands here where there is no room for it elsewhere, in place of the last moves. */
  chart: ReactNode;
  onClose(): void;
}

export function MarketDetails({
  api,
  feed,
  board,
  market: known,
  live,
  onDeal,
  isAsked,
  chart,
  onClose,
}: MarketDetailsProps) {
  const { details: market, sentiment } = useMarket(api, feed, known);
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
      {live && tick?.stale && tick.staleReason && <p className="why">{tick.staleReason.message}</p>}
      <ReadAt readAt={market.readAt} />
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
      {chart ?? (
        <figure>
          <Sparkline mids={quote?.mids ?? []} />
          <figcaption className="quiet">The last moves since this page was opened</figcaption>
        </figure>
      )}
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
        {market.hours && (
          <div className="wide">
            <dt>Hours</dt>
            <dd className="hours">
              <MarketHoursText hours={market.hours} />
            </dd>
          </div>
        )}
        <div className="wide">
          <dt>Clients of the broker in it</dt>
          <dd>
            <SentimentBar sentiment={sentiment} />
          </dd>
        </div>
        {marketFacts(market, tick ? spreadPoints(tick.bid, tick.offer, market.scalingFactor) : missing).map(
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
