// What runs by the clock: when it last did, and when it will.
import type { FTraderClient } from '../../../client/index.ts';
import { AdminTable } from './admin-table.tsx';
import { dayAndTime, missing } from './format.ts';
import { Problem } from './problem.tsx';
import { useReading } from './reading.ts';

export function AdminSchedules({ api }: { api: FTraderClient['api'] }) {
  const { data, problem } = useReading(['admin.listSchedules'], () => api.admin.listSchedules.query());
  return (
    <>
      {problem && <Problem problem={problem} />}
      {data && (
        <AdminTable
          label="Schedules"
          rows={data.schedules}
          keyOf={({ name }) => name}
          columns={{
            Job: ({ name }) => name,
            When: ({ cron, zone }) => `${cron} ${zone}`,
            'Last run': ({ lastRun }) => (lastRun ? `${lastRun.state}, ${dayAndTime(lastRun.at)}` : missing),
            Next: ({ nextRunAt }) => (nextRunAt ? dayAndTime(nextRunAt) : missing),
          }}
        />
      )}
    </>
  );
}
