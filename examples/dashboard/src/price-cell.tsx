// A level to deal at: a cell that is a button, and flashes when its level moved.
import type { Direction } from '../../../client/index.ts';
import { verb } from './deal-words.ts';
import { levelText } from './format.ts';
import { Level } from './level.tsx';

interface PriceCellProps {
  side: Direction;
  name: string;
  text: string | null | undefined;
  scalingFactor: string | undefined;
  move: number;
  seq: number | undefined;
  /** Without it the price is only shown. */
  onPress: (() => void) | undefined;
}

export function PriceCell({ side, name, text, scalingFactor, move, seq, onPress }: PriceCellProps) {
  const level = (
    // The key makes the animation start anew with each move.
    <span key={move === 0 ? 0 : seq} className={`level ${['fell', '', 'rose'][move + 1]}`}>
      <Level text={text} scalingFactor={scalingFactor} />
    </span>
  );
  return (
    <td role="cell" className={`price ${side === 'SELL' ? 'bid' : 'offer'}`}>
      {onPress ? (
        <button
          type="button"
          className={side.toLowerCase()}
          aria-label={`${verb(side)} ${name}, ${text ? levelText(text) : 'no price'}`}
          onClick={onPress}
        >
          <small aria-hidden="true">{verb(side)}</small>
          {level}
        </button>
      ) : (
        level
      )}
    </td>
  );
}
