// What is left of the broker’s allowance for an account: a bar for each part of it, who spent it, and when it is whole again.
import type { Account, AllowanceBucket, FTraderClient } from '../../../client/index.ts';
import { boundedBuckets, bucketName, leftOf, spentBy } from './allowance-words.ts';
import { dayAndTime } from './format.ts';
import { useReading } from './reading.ts';

/** Nothing tells of it, and it changes with every request: what is shown is so old at most. */
const readEveryMs = 10_000;

export function AccountAllowance({ api, account: { id } }: { api: FTraderClient['api']; account: Account }) {
  // Whoever follows the account says what is wrong with it.
  const { data: buckets = [] } = useReading(
    ['accounts.allowance', id],
    async () => boundedBuckets(await api.accounts.allowance.query({ id })),
    { everyMs: () => readEveryMs },
  );
  if (buckets.length === 0) return null;
  return (
    <section className="allowance" aria-label="Allowance at the broker">
      <h3>Allowance at the broker</h3>
      <ul role="list">
        {buckets.map((bucket) => (
          <Bucket key={bucket.scope} {...bucket} />
        ))}
      </ul>
    </section>
  );
}

function Bucket({ scope, limit, left, spent, wholeAt, refusedAt }: AllowanceBucket) {
  const whole = limit ?? 0;
  const rest = left ?? 0;
  const time = (at: Date) => <time dateTime={at.toISOString()}>{dayAndTime(at)}</time>;
  return (
    <li data-bucket={scope} className={rest === 0 ? 'exhausted' : undefined}>
      <p>
        <span>{bucketName[scope]}</span> <strong>{leftOf(rest, whole)}</strong>
      </p>
      <div
        className="bar"
        role="meter"
        aria-label={bucketName[scope]}
        aria-valuemin={0}
        aria-valuemax={whole}
        aria-valuenow={rest}
        aria-valuetext={leftOf(rest, whole)}
      >
        <i style={{ width: `${whole > 0 ? (rest / whole) * 100 : 0}%` }} />
      </div>
      {spent.length > 0 && <p className="quiet">In the last minute: {spentBy(spent)}.</p>}
      {wholeAt && <p className="quiet">Whole again at {time(wholeAt)}.</p>}
      {refusedAt && <p className="quiet">The broker last said no at {time(refusedAt)}.</p>}
    </li>
  );
}
