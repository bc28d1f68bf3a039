// The door of administration: what only an administrator may do.
import { createAuditPages } from './audit.ts';
import type { Accounts, AuditLog, BackgroundJobs, Dealing, People, Streams, Users } from './ports.ts';
import { adminRest } from './rest.ts';
import { createAdminRouter } from './router.ts';
import { createFeedsRead } from './feeds.ts';
import { createHalts } from './halts.ts';
import { createJobCalls } from './jobs.ts';
import { createUserReads } from './users.ts';

export const adminFace = {
  about: 'For administrators.',
  createRouter: createAdminRouter,
  rest: adminRest,
};

export const createAdminModule = (deps: {
  dealing: Dealing;
  users: Users;
  people: People;
  accounts: Accounts;
  jobs: BackgroundJobs;
  audit: AuditLog;
  streams: Streams;
}) => ({
  router: createAdminRouter({
    halts: createHalts(deps),
    users: createUserReads(deps),
    people: deps.people,
    requireFreshLogin: (principal) => deps.users.requireFreshLogin(principal),
    jobs: createJobCalls(deps.jobs),
    audit: createAuditPages(deps.audit),
    feeds: createFeedsRead(deps.streams),
  }),
});
