// One market's line: its quote as it comes, redrawn alone. The age has its own clock.
import { memo, useCallback, useSyncExternalStore } from 'react';
import type { Direction, Market, Tick } from '../../../client/index.ts';
import { verb } from './deal-words.ts';
import {
  direction,
  duration,
  marketStateName,
  mid,
  missing,
  percent,
  position,
  signed,
  spreadPoints,
} from './format.ts';
import { useNow } from './now.ts';
import type { PriceBoard } from './prices.ts';

/** A price older than this is drawn in grey: still the last one, but no longer news. */
const quietAfterMs = 10_000;

type Press = (epic: string, direction: Direction) => void;
interface RowProps {
  board: PriceBoard;
  epic: string;
  market: Market | undefined;
  onRemove(epic: string): void;
  onPress: Press | undefined;
}

export const PriceRow = memo(function PriceRow({ board, epic, market, onRemove, onPress }: RowProps) {
  const quote = useSyncExternalStore(
    useCallback((listener) => board.onQuote(epic, listener), [board, epic]),
    () => board.quote(epic),
  );
  const tick = quote?.tick;
  const state = tick?.marketState ?? market?.marketState;
  const name = market?.name ?? epic;
  const trend = direction('0', tick?.netChangePct ?? null);
  return (
    <tr role="row" data-epic={epic} className={tick?.stale ? 'stale' : undefined}>
      <th role="rowheader" scope="row" className="market">
        <span>{name}</span>
        <small>{epic}</small>
      </th>
      <td role="cell" className="trend">
        <Sparkline mids={quote?.mids ?? []} />
      </td>
      <Price
        className="bid"
        text={tick?.bid}
        move={quote?.bidMove ?? 0}
        seq={tick?.seq}
        side="SELL"
        name={name}
        onPress={market && onPress && (() => onPress(epic, 'SELL'))}
      />
      <Price
        className="offer"
        text={tick?.offer}
        move={quote?.offerMove ?? 0}
        seq={tick?.seq}
        side="BUY"
        name={name}
        onPress={market && onPress && (() => onPress(epic, 'BUY'))}
      />
      <td role="cell" className="spread">
        {tick ? spreadPoints(tick.bid, tick.offer, market?.scalingFactor) : missing}
      </td>
      <td role="cell" className={`change ${['down', '', 'up'][trend + 1]}`}>
        <span>{percent(tick?.netChangePct ?? null)}</span>
        <small>{tick?.netChange ? signed(tick.netChange) : ''}</small>
      </td>
      <td role="cell" className="range">
        {tick && <DayRange tick={tick} />}
      </td>
      <td role="cell" className="state">
        {state && (
          <span className={`badge ${state === 'tradeable' ? 'open' : 'shut'}`}>{marketStateName(state)}</span>
        )}
      </td>
      <td role="cell" className="age">
        {tick ? <Age tick={tick} /> : <span className="quiet">waiting</span>}
      </td>
      <td role="cell" className="remove">
        <button
          type="button"
          aria-label={`Remove ${name}`}
          title={`Remove ${name}`}
          onClick={() => onRemove(epic)}
        >
          ×
        </button>
      </td>
    </tr>
  );
});

interface PriceProps {
  className: string;
  text: string | null | undefined;
  move: number;
  seq: number | undefined;
  side: Direction;
  name: string;
  onPress: (() => void) | undefined;
}
/** A level to deal at, which flashes when it moved: the key makes the animation start anew with each move. */
function Price({ className, text, move, seq, side, name, onPress }: PriceProps) {
  const level = (
    <span key={move === 0 ? 0 : seq} className={['fell', '', 'rose'][move + 1]}>
      {text ?? missing}
    </span>
  );
  return (
    <td role="cell" className={`price ${className}`}>
      {onPress ? (
        <button
          type="button"
          className={side.toLowerCase()}
          aria-label={`${verb(side)} ${name}, ${text ?? 'no price'}`}
          onClick={onPress}
        >
          {level}
        </button>
      ) : (
        level
      )}
    </td>
  );
}

function Age({ tick }: { tick: Tick }) {
  const ms = useNow() - tick.receivedAt.getTime();
  return (
    <>
      {tick.stale && <span className="badge warn">Stale</span>}
      <time
        dateTime={tick.receivedAt.toISOString()}
        title={`quoted ${tick.at.toISOString()}`}
        className={ms > quietAfterMs ? 'quiet' : undefined}
      >
        {duration(ms)}
      </time>
    </>
  );
}

function DayRange({ tick: { low, high, bid, offer } }: { tick: Tick }) {
  const place = position(low, high, mid(bid, offer));
  return (
    <span className="day-range">
      <small>{low ?? missing}</small>
      <i aria-hidden="true">{place !== null && <b style={{ left: `${(place * 100).toFixed(1)}%` }} />}</i>
      <small>{high ?? missing}</small>
    </span>
  );
}

/** Until there are this many points the line does not reach the left edge. */
const fewPoints = 30;

/** The last mids as a line, newest at the right edge; its height is the range of what is shown. */
function Sparkline({ mids }: { mids: readonly number[] }) {
  const [low, high] = [Math.min(...mids), Math.max(...mids)];
  const y = (value: number) => (high > low ? 22 - ((value - low) / (high - low)) * 20 : 12);
  const step = 100 / (Math.max(mids.length, fewPoints) - 1);
  const points = mids.map(
    (value, index) => `${(100 - (mids.length - 1 - index) * step).toFixed(1)},${y(value).toFixed(1)}`,
  );
  return (
    <svg className="sparkline" viewBox="0 0 100 24" preserveAspectRatio="none" aria-hidden="true">
      {points.length > 1 && <polyline points={points.join(' ')} vectorEffect="non-scaling-stroke" />}
    </svg>
  );
}
