// The door of administration: what only an administrator may do.
import type { Dealing, Users } from './ports.ts';
import { adminRest } from './rest.ts';
import { createAdminRouter } from './router.ts';
import { createHalts } from './halts.ts';

export const adminFace = {
  about: 'For administrators.',
  createRouter: createAdminRouter,
  rest: adminRest,
};

export const createAdminModule = (deps: { dealing: Dealing; users: Users }) => ({
  router: createAdminRouter({ halts: createHalts(deps) }),
});
