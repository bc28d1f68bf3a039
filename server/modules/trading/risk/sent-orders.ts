// The orders that an account has sent lately, as its deals tell: for a limit on them that is set while they count. From then on they are counted as they are sent.
import type { OrderCount } from '../../../../drizzle/schema/index.ts';
import { run, statement } from '../../../db/statement.ts';
import type { Tx } from '../../../db/transaction.ts';
import { countedMs, type CountedIn } from './order-counts.ts';

const mine = `account_id = $1 and ($3::text is null or epic = $3) and raises_risk and status <> 'denied'`;
const seconds = statement(
  'orders_sent_seconds',
  `select floor(extract(epoch from created_at))::bigint as second, count(*) from deals where created_at > $2 and ${mine} group by 1 order by 1`,
  ([second, orders]): [number, number] => [Number(second), Number(orders)],
);
const today = statement(
  'orders_sent_today',
  `select count(*) from deals where created_at >= $2 and ${mine}`,
  ([orders]) => Number(orders),
);

/** Of an account, or of one market in it, since `dayFrom`. */
export async function ordersSent(
  tx: Tx,
  { accountId, epic, dayFrom, now }: { accountId: string; epic: CountedIn; dayFrom: Date; now: Date },
): Promise<OrderCount> {
  const since = new Date(now.getTime() - countedMs).toISOString();
  const [lately, [total]] = await Promise.all([
    run(tx, seconds, [accountId, since, epic]),
    run(tx, today, [accountId, dayFrom.toISOString(), epic]),
  ]);
  return { seconds: lately, today: total ?? 0 };
}
