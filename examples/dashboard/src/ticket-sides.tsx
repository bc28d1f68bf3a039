// Both prices of the ticket's market: the one to deal at is pressed.
import type { Direction, Market } from '../../../client/index.ts';
import { verb } from './deal-words.ts';
import { spreadPoints } from './format.ts';
import { Level } from './level.tsx';
import type { ShownPrice } from './prices.ts';

const sides = [
  ['SELL', 'bid'],
  ['BUY', 'offer'],
] as const;

interface SidesProps {
  market: Market;
  quote: ShownPrice | undefined;
  direction: Direction;
  isLive: boolean;
  locked: boolean;
  onDirection(direction: Direction): void;
}

export function TicketSides({ market, quote, direction, isLive, locked, onDirection }: SidesProps) {
  const tick = quote?.tick;
  return (
    <div className={`sides${isLive ? '' : ' stale'}`} role="group" aria-label="Direction">
      {sides.map(([side, which]) => (
        <button
          key={side}
          type="button"
          className={side.toLowerCase()}
          aria-pressed={direction === side}
          aria-disabled={locked}
          onClick={() => locked || onDirection(side)}
        >
          <span>{verb(side)}</span>
          <b className="level">
            <Level text={tick?.[which]} scalingFactor={market.scalingFactor} />
          </b>
        </button>
      ))}
      <small title="Spread in points">
        {spreadPoints(tick?.bid ?? null, tick?.offer ?? null, market.scalingFactor)}
      </small>
    </div>
  );
}
