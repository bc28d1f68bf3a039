// For administrators, a section each: users, stopping all dealing, jobs and schedules, feeds, and the audit log.
import type { Account, FTraderClient } from '../../../client/index.ts';
import { AdminAudit } from './admin-audit.tsx';
import { AdminFeeds } from './admin-feeds.tsx';
import { AdminHalts } from './admin-halts.tsx';
import { AdminJobs } from './admin-jobs.tsx';
import { AdminSchedules } from './admin-schedules.tsx';
import { AdminUsers } from './admin-users.tsx';
import { PageLink } from './page-link.tsx';
import { Section } from './section.tsx';

interface AdminViewProps {
  api: FTraderClient['api'];
  /** Who looks. */
  self: string;
  account: Account | undefined;
}

export default function AdminView({ api, self, account }: AdminViewProps) {
  return (
    <main className="history you admin" aria-labelledby="admin-title">
      <div className="card-head">
        <h1 id="admin-title">Administration</h1>
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      <Section title="Users">
        <AdminUsers {...{ api, self }} />
      </Section>
      <Section title="Dealing">
        <AdminHalts {...{ api, account }} />
      </Section>
      <Section title="Failed jobs">
        <AdminJobs api={api} />
      </Section>
      <Section title="Schedules">
        <AdminSchedules api={api} />
      </Section>
      <Section title="Feeds and accounts">
        <AdminFeeds api={api} />
      </Section>
      <Section title="Audit log">
        <AdminAudit api={api} />
      </Section>
    </main>
  );
}
