// Background jobs that failed, and trying one again.
import { useMemo, useState } from 'react';
import type { FTraderClient, KeptJob } from '../../../client/index.ts';
import { AdminPages, pagesOf } from './admin-table.tsx';
import { ArmedButton } from './armed-button.tsx';
import { dayAndTime, missing } from './format.ts';
import { Problem } from './problem.tsx';
import { useStepUp } from './use-step-up.tsx';

export function AdminJobs({ api }: { api: FTraderClient['api'] }) {
  const [version, setVersion] = useState(0);
  const { busy, problem, run, proof } = useStepUp(api);
  const query = useMemo(
    () => ({
      version,
      ...pagesOf<KeptJob>(async (page) => {
        const { jobs, nextCursor } = await api.admin.listJobs.query({ ...page, state: 'failed' });
        return { rows: jobs, nextCursor };
      }),
    }),
    [api, version],
  );
  return (
    <>
      {problem && <Problem problem={problem} />}
      {proof}
      <AdminPages
        label="Failed jobs"
        query={query}
        none="No job has failed."
        keyOf={({ id }) => id}
        columns={{
          Job: ({ name, error }) => (
            <>
              {name} <small>{error}</small>
            </>
          ),
          Failed: ({ completedAt }) => (completedAt ? dayAndTime(completedAt) : missing),
          Tries: ({ retryCount }) => retryCount + 1,
          Steps: ({ id, name }) => (
            <div className="actions">
              <ArmedButton
                text="Try again"
                sure="Sure? Try again"
                does={`try ${name} again`}
                disabled={busy}
                onPress={() =>
                  void run(
                    () => api.admin.redriveJob.mutate({ id }),
                    () => setVersion(version + 1),
                  )
                }
              />
            </div>
          ),
        }}
      />
    </>
  );
}
