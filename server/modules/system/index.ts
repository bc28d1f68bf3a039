// The door of the system module: its procedures, and the readiness that the probes ask for.
import { systemRest } from './rest.ts';
import { createSystemRouter } from './router.ts';
import { createSystemService, type SystemDeps } from './service.ts';

export {
  createGroundParts,
  type AccountCounts,
  type FeedCounts,
  type Part,
  type Readiness,
  type SystemDeps,
} from './service.ts';
export type SystemModule = ReturnType<typeof createSystemModule>;

export const systemFace = {
  about: 'What runs here.',
  createRouter: createSystemRouter,
  rest: systemRest,
};

export function createSystemModule(deps: SystemDeps) {
  const system = createSystemService(deps);
  return { router: createSystemRouter({ system }), ...system };
}
