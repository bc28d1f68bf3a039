// When a market deals and what comes next of it; and since when that is not news where the broker is away.
import type { MarketDetails, MarketHours } from '../../../client/index.ts';
import { dayAndTime } from './format.ts';
import { nextText, sessionsText } from './hours-words.ts';
import { useNow } from './now.ts';

/** Details are read hourly; so old they are only while the broker does not answer. */
const awayAfterMs = 70 * 60_000;

export function MarketHoursText({ hours }: { hours: MarketHours }) {
  const now = useNow();
  const next = nextText(hours, new Date(now), Intl.DateTimeFormat().resolvedOptions().timeZone);
  return (
    <>
      {next && <span>{next}</span>}
      <small>{sessionsText(hours)}</small>
    </>
  );
}

/** Nothing while the broker is there. */
export function ReadAt({ readAt }: Pick<MarketDetails, 'readAt'>) {
  const now = useNow();
  if (now - readAt.getTime() < awayAfterMs) return null;
  return (
    <p className="why" role="status">
      The broker is away: hours and rules are as it told them{' '}
      <time dateTime={readAt.toISOString()}>{dayAndTime(readAt)}</time>.
    </p>
  );
}
