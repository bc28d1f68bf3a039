// What pg-boss stored while the database's clock was ahead, brought back to now. It waits until the clock gets there, and so does our work.
import { clocksDifferMs } from '../lib/instants.ts';

const soon = `now() + interval '${clocksDifferMs} ms'`;
/** When its passes last ran, over all processes: dated ahead, none runs, schedules included. */
const passes = {
  version: ['cron_on', 'bam_on', 'flow_on', 'reindex_on'],
  queue: ['monitor_claim_on', 'monitor_on', 'maintain_on'],
};

/** Statements without parameters, to be run now and then; they change nothing while all is well. */
export const pullBack: readonly string[] = [
  ...Object.entries(passes).map(
    ([table, columns]) => `update pgboss.${table}
      set ${columns.map((column) => `${column} = least(${column}, now())`).join(', ')}
      where greatest(${columns.join(', ')}) > ${soon}`,
  ),
  // Its start counts from when it was created, or from its last run.
  `update pgboss.job set start_after = now()
    where state < 'active' and start_after > ${soon} and coalesce(started_on, created_on) > ${soon}`,
  // A worker that died is told by how long its job has run.
  `update pgboss.job set started_on = now(), heartbeat_on = least(heartbeat_on, now())
    where state = 'active' and started_on > ${soon}`,
];
