// How the broker's clients are positioned in a market: which share of them is long, and which short.
import type { Sentiment } from '../../../client/index.ts';
import { dayAndTime, missing } from './format.ts';
import { useNow } from './now.ts';

/** It is read every few minutes; so old it is only while the broker does not answer. */
const awayAfterMs = 15 * 60_000;

export function SentimentBar({ sentiment }: { sentiment: Sentiment | undefined }) {
  const now = useNow();
  const { longPct, shortPct, readAt } = sentiment ?? {};
  if (typeof longPct !== 'number' || typeof shortPct !== 'number' || !readAt) return <>{missing}</>;
  const isOld = now - readAt.getTime() > awayAfterMs;
  return (
    <span className="sentiment">
      <span>
        <b className="way buy">{longPct} %</b> long
      </span>
      <i aria-hidden="true">
        <b style={{ width: `${longPct}%` }} />
      </i>
      <span>
        <b className="way sell">{shortPct} %</b> short
      </span>
      {isOld && <small>as of {dayAndTime(readAt)}</small>}
    </span>
  );
}
