// The statements a database is sent in a test, and what PostgreSQL does for one of them.
import type { PoolClient } from 'pg';
import type { Database } from '../db/client.ts';

export interface Sent {
  text: string;
  values: unknown[];
}
/** What one statement costs, in rows: the plan's own figures. */
export interface Plan {
  indexes: string[];
  /** Taken from tables and indexes, those thrown away by a filter included. */
  rowsRead: number;
  sorts: boolean;
}
interface Node {
  'Node Type': string;
  'Index Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}

/** Records what is sent from now on; `take` gives it and forgets it. */
export function recordStatements({ pool }: Database) {
  let sent: Sent[] = [];
  const watched = new WeakSet<PoolClient>();
  pool.on('acquire', (client) => {
    if (watched.has(client)) return;
    watched.add(client);
    const { query } = client;
    client.query = function record(this: unknown, ...args: Parameters<typeof query>) {
      const [first, second] = args as unknown as [string | (Partial<Sent> & { text: string }), unknown];
      const { text, values = second } = typeof first === 'string' ? { text: first } : first;
      sent.push({ text, values: Array.isArray(values) ? values : [] });
      return Reflect.apply(query, client, args) as unknown;
    } as typeof query;
  });
  return {
    take(): Sent[] {
      const taken = sent;
      sent = [];
      return taken;
    },
    /** Runs it once more, in a transaction that is rolled back. */
    async explain({ text, values }: Sent): Promise<Plan> {
      const client = await pool.connect();
      try {
        await client.query('begin');
        const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Node }[] }>(
          `explain (analyze, timing off, format json) ${text}`,
          values,
        );
        return planOf(nodesOf(rows[0]!['QUERY PLAN'][0]!.Plan));
      } finally {
        await client.query('rollback');
        client.release();
      }
    },
  };
}

const nodesOf = (node: Node): Node[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];
const planOf = (nodes: Node[]): Plan => ({
  indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
  rowsRead: nodes
    .filter((node) => node['Node Type'].includes('Scan'))
    .reduce(
      (sum, node) =>
        sum + (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops'],
      0,
    ),
  sorts: nodes.some((node) => node['Node Type'].includes('Sort')),
});

/** Of transactions that lock an account: their statements, each from the lock to COMMIT. */
export function underLock(sent: readonly Sent[]): Sent[][] {
  const transactions: Sent[][] = [];
  let open: Sent[] | undefined;
  for (const each of sent) {
    if (/from account_risk\s.* for update/s.test(each.text)) transactions.push((open = []));
    open?.push(each);
    if (each.text === 'commit' || each.text === 'rollback') open = undefined;
  }
  return transactions;
}
