// The door of administration: what only an administrator may do.
import type { Accounts, Dealing, People, Users } from './ports.ts';
import { adminRest } from './rest.ts';
import { createAdminRouter } from './router.ts';
import { createHalts } from './halts.ts';
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
}) => ({
  router: createAdminRouter({
    halts: createHalts(deps),
    users: createUserReads(deps),
    people: deps.people,
  }),
});
