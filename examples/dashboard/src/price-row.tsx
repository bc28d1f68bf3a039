// One market's line: its quote as it comes, redrawn alone. The age has its own clock. What is as usual is not said.
import { memo } from 'react';
import type { Direction, Market } from '../../../client/index.ts';
import { Age } from './age.tsx';
import { useQuote } from './board.ts';
import { DayRange } from './day-range.tsx';
import { direction, levelText, marketStateName, missing, percent, signed, spreadPoints } from './format.ts';
import { PriceCell } from './price-cell.tsx';
import type { PriceBoard } from './prices.ts';
import { Sparkline } from './sparkline.tsx';

interface RowProps {
  board: PriceBoard;
  epic: string;
  market: Market | undefined;
  isChosen: boolean;
  onRemove(epic: string): void;
  onChoose(epic: string): void;
  onPress: ((epic: string, direction: Direction) => void) | undefined;
}

export const PriceRow = memo(function PriceRow({
  board,
  epic,
  market,
  isChosen,
  onRemove,
  onChoose,
  onPress,
}: RowProps) {
  const quote = useQuote(board, epic);
  const tick = quote?.tick;
  const state = tick?.marketState ?? market?.marketState;
  const name = market?.name ?? epic;
  const trend = direction('0', tick?.netChangePct ?? null);
  const cell = {
    name,
    scalingFactor: market?.scalingFactor,
    seq: tick?.seq,
  };
  // Also before the market's details are there: the ticket then opens with them, and no row grows when they come.
  const press = (side: Direction) => onPress && (() => onPress(epic, side));
  return (
    <tr
      role="row"
      data-epic={epic}
      className={`${tick?.stale ? 'stale' : ''}${isChosen ? ' chosen' : ''}`.trim() || undefined}
    >
      <th role="rowheader" scope="row" className="market">
        <button
          type="button"
          className="name"
          title={`${name} (${epic})`}
          aria-pressed={isChosen}
          onClick={() => onChoose(epic)}
        >
          {name}
        </button>
        {state && state !== 'tradeable' && <span className="badge warn">{marketStateName(state)}</span>}
      </th>
      <td role="cell" className="trend">
        <Sparkline mids={quote?.mids ?? []} />
      </td>
      <PriceCell side="SELL" text={tick?.bid} move={quote?.bidMove ?? 0} onPress={press('SELL')} {...cell} />
      <td role="cell" className="spread">
        {tick ? spreadPoints(tick.bid, tick.offer, market?.scalingFactor) : missing}
      </td>
      <PriceCell
        side="BUY"
        text={tick?.offer}
        move={quote?.offerMove ?? 0}
        onPress={press('BUY')}
        {...cell}
      />
      <td role="cell" className={`change ${['down', '', 'up'][trend + 1]}`}>
        <span>{percent(tick?.netChangePct ?? null)}</span>
        <small>{tick?.netChange ? signed(levelText(tick.netChange)) : ''}</small>
      </td>
      <td role="cell" className="range">
        {tick && <DayRange tick={tick} />}
      </td>
      <td role="cell" className="age">
        {tick ? <Age tick={tick} /> : <span className="quiet">waiting</span>}
      </td>
      <td role="cell" className="remove">
        <button
          type="button"
          aria-label={`Remove ${name}`}
          title={`Remove ${name} from the list`}
          onClick={() => onRemove(epic)}
        >
          ×
        </button>
      </td>
    </tr>
  );
});
