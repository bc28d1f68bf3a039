// For administrators, a section each: users, stopping all dealing, jobs and schedules, feeds, and the audit log.
import type { Account, FTraderClient } from '../../../client/index.ts';
import { adminParts, type AdminPart } from './address.ts';
import { AdminAudit } from './admin-audit.tsx';
import { AdminFeeds } from './admin-feeds.tsx';
import { AdminHalts } from './admin-halts.tsx';
import { AdminJobs } from './admin-jobs.tsx';
import { AdminSchedules } from './admin-schedules.tsx';
import { AdminUsers } from './admin-users.tsx';
import { PageLink } from './page-link.tsx';
import { PartLinks, Section } from './section.tsx';
import { ViewTitle } from './view-title.tsx';

interface AdminViewProps {
  api: FTraderClient['api'];
  /** Who looks. */
  self: string;
  account: Account | undefined;
  /** Which section the address asks for. */
  part: AdminPart | undefined;
}

export default function AdminView({ api, self, account, part }: AdminViewProps) {
  const section = (name: AdminPart) => ({ title: adminParts[name], isAsked: name === part });
  return (
    <main className="history you admin" aria-labelledby="admin-title">
      <div className="card-head">
        <ViewTitle id="admin-title" view="admin" tab={part ? adminParts[part] : 'Administration'}>
          Administration
        </ViewTitle>
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      <PartLinks label="Sections" parts={adminParts} asked={part} to={(to) => ({ at: 'admin', part: to })} />
      <Section {...section('users')}>
        <AdminUsers {...{ api, self }} />
      </Section>
      <Section {...section('dealing')}>
        <AdminHalts {...{ api, account }} />
      </Section>
      <Section {...section('jobs')}>
        <AdminJobs api={api} />
      </Section>
      <Section {...section('schedules')}>
        <AdminSchedules api={api} />
      </Section>
      <Section {...section('feeds')}>
        <AdminFeeds api={api} />
      </Section>
      <Section {...section('audit')}>
        <AdminAudit api={api} />
      </Section>
    </main>
  );
}
