// Fills a migrated database with one account's years, by generated SQL.
import type pg from 'pg';
import { epics, people, type Size } from './growth-protocol.ts';

const { ann, bob } = people;
const epicOf = (n: string) => `'CS.D.GROW' || lpad((${n} % ${epics.length})::text, 2, '0') || '.CFD.IP'`;
const idOf = (prefix: string, n: string) => `'${prefix}' || lpad((${n})::text, 12, '0')`;
/** Rows follow each other by a minute; the last is of now. */
const instantOf = (n: string, total: number) => `now() - (${total} - ${n}) * interval '1 minute'`;

/** Deals: an opening for each position, closes for the rest: one for each closed position, and the last thousand of the first open one. */
function dealsSql({ deals, closed, open }: Size): string {
  const openings = closed + open;
  const closes = deals - openings;
  const many = Math.min(1_000, Math.floor(closes / 4));
  const position = `case when i <= ${openings} then i when i > ${deals - many} then ${closed + 1} else i - ${openings} end`;
  const isClose = `i > ${openings}`;
  const refused = `(${isClose} and i % 97 = 0)`;
  return `
    insert into deals (id, user_id, account_id, environment, kind, idempotency_key, request_hash, status, reason, reference_of,
      deal_reference, deal_id, epic, expiry, name, direction, size, currency, level, profit, profit_currency, position_size,
      position_version, created_at, status_at, decided_at)
    select ${idOf('deal_', 'i')}, '${ann.userId}', '${ann.accountId}', 'simulated', case when ${isClose} then 'close' else 'open' end,
      'key-' || i, 'hash', case when ${refused} then 'rejected' else 'accepted' end,
      case when not ${refused} then null when i % 2 = 0 then '{"code":"never_reached_broker"}'::jsonb
        else '{"code":"broker_refused","brokerCode":"MARKET_CLOSED"}'::jsonb end,
      case when ${isClose} then 'brokers' else 'ours' end, case when ${isClose} then 'BR-' else 'FT-' end || i,
      ${idOf('DI', `${position}`)}, ${epicOf(`(${position})`)}, '-', 'Market', case when ${isClose} then 'SELL' else 'BUY' end, 1,
      'USD', 1.17, case when ${isClose} then 1.5 end, case when ${isClose} then 'GBP' end, case when ${isClose} then 2 end, 1,
      ${instantOf('i', deals)}, ${instantOf('i', deals)}, ${instantOf('i', deals)}
    from generate_series(1, ${deals}) as i`;
}

function positionsSql(accountId: string, from: number, to: number, isOpen: boolean): string {
  return `
    insert into positions (account_id, deal_id, deal_reference, epic, expiry, name, direction, size, level, currency, contract_size,
      source, version, opened_at, closed_at, updated_at, environment)
    select '${accountId}', ${idOf('DI', 'i')}, 'FT-' || i, ${epicOf('i')}, '-', 'Market', 'BUY', ${isOpen ? 2 : 0}, 1.17, 'USD', 100000,
      'ftrader', 1, ${instantOf('i', to)}, ${isOpen ? 'null' : instantOf('i', to)}, ${instantOf('i', to)}, 'simulated'
    from generate_series(${from}, ${to}) as i`;
}

const eventsSql = ({ events }: Size) => `
  insert into user_events (user_id, stream, "offset", type, at, account_id, environment, data)
  select '${ann.userId}', 'trading', i, 'deal.accepted', ${instantOf('i', events)}, '${ann.accountId}', 'simulated',
    jsonb_build_object('id', ${idOf('deal_', 'i')}, 'accountId', '${ann.accountId}', 'environment', 'simulated', 'kind', 'open',
      'status', 'accepted', 'reason', null, 'dealReference', 'FT-' || i, 'dealId', ${idOf('DI', 'i')}, 'epic', ${epicOf('i')},
      'direction', 'BUY', 'size', '1', 'stopLevel', null, 'limitLevel', null, 'level', '1.17006', 'profit', null,
      'profitCurrency', null, 'createdAt', '2026-01-05T09:00:00.000Z', 'statusAt', '2026-01-05T09:00:00.000Z',
      'decidedAt', '2026-01-05T09:00:00.000Z')
  from generate_series(1, ${events}) as i`;

const notificationsSql = ({ notifications }: Size) => `
  insert into notifications (id, user_id, at, kind, severity, title, body, account_id, dispatched_at)
  select ${idOf('ntf_', 'i')}, '${ann.userId}', ${instantOf('i', notifications)}, 'deal.accepted', 'info', 'Bought', 'Bought 1 Market at 1.17006.',
    '${ann.accountId}', now()
  from generate_series(1, ${notifications}) as i`;

/** Three people with an account each; what they have is in growth-protocol.ts. */
export async function seed(sql: pg.Client, size: Size): Promise<void> {
  for (const { userId, accountId } of Object.values(people)) {
    await sql.query(
      `insert into users (id, email, password_hash, name, created_at) values ($1, $1 || '@bench.local', '-', $1, now())`,
      [userId],
    );
    await sql.query(
      `insert into broker_accounts (id, user_id, environment, broker_account_id, name, currency, credentials, is_default, created_at)
       values ($1, $2, 'simulated', 'S' || $1, 'Simulated', 'GBP', '-', true, now())`,
      [accountId, userId],
    );
    await sql.query(
      `insert into account_risk (account_id, environment, cash, margin, running_profit, funds_at) values ($1, 'simulated', 10000, 0, 0, now())`,
      [accountId],
    );
  }
  await sql.query(dealsSql(size));
  await sql.query(positionsSql(ann.accountId, 1, size.closed, false));
  await sql.query(positionsSql(ann.accountId, size.closed + 1, size.closed + size.open, true));
  await sql.query(positionsSql(bob.accountId, 1, size.closed, false));
  await sql.query(eventsSql(size));
  await sql.query(notificationsSql(size));
  await sql.query(
    `insert into user_event_heads (user_id, stream, head) values ($1, 'trading', $2), ($1, 'notifications', 0)`,
    [ann.userId, size.events],
  );
  await sql.query('vacuum analyze');
}
