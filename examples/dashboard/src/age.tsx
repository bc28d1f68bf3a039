// How old a price is, by the server's clock. Said aloud only once it is no longer news.
import type { Tick } from '../../../client/index.ts';
import { duration, missing } from './format.ts';
import { useAge } from './now.ts';

/** A price older than this is no longer news. */
const oldAfterMs = 10_000;

export function Age({ tick }: { tick: Tick }) {
  const ms = useAge(tick.receivedAt);
  return (
    <>
      {tick.stale && (
        <span className="badge warn" title={tick.staleReason?.message}>
          Stale
        </span>
      )}
      <time
        dateTime={tick.receivedAt.toISOString()}
        title={`quoted ${tick.at.toISOString()}`}
        className={ms !== null && ms > oldAfterMs ? undefined : 'quiet'}
      >
        {ms === null ? missing : duration(ms)}
      </time>
    </>
  );
}
