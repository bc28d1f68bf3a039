// Where the price stands between the day's low and high.
import type { Tick } from '../../../client/index.ts';
import { levelText, mid, missing, position } from './format.ts';

export function DayRange({ tick: { low, high, bid, offer } }: { tick: Tick }) {
  const place = position(low, high, mid(bid, offer));
  return (
    <span className="day-range">
      <small>{low === null ? missing : levelText(low)}</small>
      <i aria-hidden="true">{place !== null && <b style={{ left: `${(place * 100).toFixed(1)}%` }} />}</i>
      <small>{high === null ? missing : levelText(high)}</small>
    </span>
  );
}
