// What a ticket will do when its button is pressed, in one sentence. Pure.
import type { Direction } from '../../../client/index.ts';
import { dayAndTime, levelText } from './format.ts';
import type { DealAt, StopKind } from './ticket-text.ts';

interface Planned {
  at: DealAt;
  direction: Direction;
  size: string;
  name: string;
  entry: string;
  stop: string | null;
  stopKind: StopKind;
  /** In points, of a stop that trails; what is not typed yet is left out. */
  trail: { distance: string | undefined; step: string | undefined };
  limit: string | null;
  /** The worst fill that it takes; null: any. */
  worst: string | null;
  goodTillAt: Date | undefined;
  /** It nets what is open the other way. */
  against: boolean;
}

/** A stop or limit that is no level yet is counted by the broker from the level of the fill, so those of a market deal are `about`. */
export function ticketSentence({
  at,
  direction,
  size,
  name,
  entry,
  stop,
  stopKind,
  trail,
  limit,
  worst,
  goodTillAt,
  against,
}: Planned): string {
  const isBuy = direction === 'BUY';
  const about = at === 'market' ? 'about ' : '';
  const { distance, step } = trail;
  const stopWords: Record<StopKind, string> = {
    normal: `its stop at ${about}${levelText(stop ?? '')}`,
    guaranteed: `its guaranteed stop at ${about}${levelText(stop ?? '')}`,
    trailing: `a stop that follows ${distance} points behind${step ? ` in steps of ${step}` : ''}`,
  };
  const ends = [stop && stopWords[stopKind], limit && `its limit at ${about}${levelText(limit)}`]
    .filter(Boolean)
    .join(' and ');
  const what = `${levelText(size)} ${name}`;
  const protection = ends === '' ? '' : `, with ${ends}`;
  const atOnce = `at once, at about ${levelText(entry)}${worst === null ? '' : ` and no worse than ${levelText(worst)}`}`;
  if (against)
    return `${isBuy ? 'Buys' : 'Sells'} ${what} ${atOnce}, against what is ${isBuy ? 'sold' : 'bought'}: it closes or reduces that, oldest first, and opens a position only where there is none. A larger size is not dealt.`;
  if (at === 'market') return `${isBuy ? 'Buys' : 'Sells'} ${what} ${atOnce}${protection}.`;
  const falls = (at === 'limit') === isBuy;
  const until = goodTillAt ? `until ${dayAndTime(goodTillAt)}` : 'until it is cancelled';
  return `Rests ${until}, and ${isBuy ? 'buys' : 'sells'} ${what} when the ${isBuy ? 'offer' : 'bid'} ${
    falls ? 'falls' : 'rises'
  } to ${levelText(entry)}${protection}.`;
}
