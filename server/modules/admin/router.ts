// Procedures that only administrators may call.
import { DealingHalts, HaltDealing, ResumeDealing } from '../../../shared/admin.ts';
import {
  AdminUserDetail,
  AdminUserList,
  ListUsers,
  OneUser,
  RevokeSessions,
  SetRole,
  UserChange,
} from '../../../shared/admin-users.ts';
import { AuditList, ListAudit } from '../../../shared/admin-audit.ts';
import { AdminFeeds } from '../../../shared/admin-feeds.ts';
import { JobList, KeptJob, ListJobs, RedriveJob, ScheduleList } from '../../../shared/admin-jobs.ts';
import type { Principal } from '../../trpc/context.ts';
import { adminProcedure, router } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import type { Halts } from './halts.ts';
import type { AuditPages } from './audit.ts';
import type { FeedsRead } from './feeds.ts';
import type { JobCalls } from './jobs.ts';
import type { People, Users } from './ports.ts';
import type { UserReads } from './users.ts';

export interface AdminParts {
  halts: Halts;
  users: UserReads;
  people: People;
  requireFreshLogin: Users['requireFreshLogin'];
  jobs: JobCalls;
  audit: AuditPages;
  feeds: FeedsRead;
}

export function createAdminRouter({
  halts,
  users,
  people,
  requireFreshLogin,
  jobs,
  audit,
  feeds,
}: AdminParts) {
  /** What grants something, or takes it from somebody, asks for a recent proof. What stops dealing never does: nothing may delay it. */
  const proved =
    <Call extends { ctx: { principal: Principal } }, Output>(act: (call: Call) => Promise<Output>) =>
    async (call: Call): Promise<Output> => {
      await requireFreshLogin(call.ctx.principal);
      return act(call);
    };
  const asItStands = ({ input }: { input: { id: string } }) => people.get(input.id);
  return router({
    listUsers: adminProcedure
      .input(ListUsers)
      .output(AdminUserList)
      .query(({ input }) => users.list(input)),
    getUser: adminProcedure
      .input(OneUser)
      .output(AdminUserDetail)
      .query(({ input }) => users.get(input.id)),
    setRole: adminProcedure
      .input(SetRole)
      .output(UserChange)
      .mutation(
        recorded(
          { before: asItStands },
          proved(({ input }) => people.setRole(input.id, input.role === 'admin')),
        ),
      ),
    disableUser: adminProcedure
      .input(OneUser)
      .output(UserChange)
      .mutation(
        recorded(
          { before: asItStands },
          proved(({ ctx, input }) => people.disable(input.id, ctx.principal.user.id)),
        ),
      ),
    enableUser: adminProcedure
      .input(OneUser)
      .output(UserChange)
      .mutation(
        recorded(
          { before: asItStands },
          proved(({ input }) => people.enable(input.id)),
        ),
      ),
    revokeSessions: adminProcedure
      .input(RevokeSessions)
      .output(UserChange)
      .mutation(
        recorded(
          { before: asItStands },
          proved(({ input }) => people.revokeSessions(input.id, input)),
        ),
      ),
    haltDealing: adminProcedure
      .input(HaltDealing)
      .output(DealingHalts)
      .mutation(recorded({ before: () => halts.list() }, ({ input }) => halts.halt(input))),
    resumeDealing: adminProcedure
      .input(ResumeDealing)
      .output(DealingHalts)
      .mutation(
        recorded(
          { before: () => halts.list() },
          proved(({ input }) => halts.resume(input)),
        ),
      ),
    listJobs: adminProcedure
      .input(ListJobs)
      .output(JobList)
      .query(({ input }) => jobs.list(input)),
    redriveJob: adminProcedure
      .input(RedriveJob)
      .output(KeptJob)
      .mutation(({ input }) => jobs.redrive(input.id)),
    listSchedules: adminProcedure.output(ScheduleList).query(() => jobs.schedules()),
    listAudit: adminProcedure
      .input(ListAudit)
      .output(AuditList)
      .query(({ input }) => audit.list(input)),
    feeds: adminProcedure.output(AdminFeeds).query(() => feeds.get()),
  });
}
