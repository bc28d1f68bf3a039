// Procedures that only administrators may call.
import { DealingHalts, HaltDealing, ResumeDealing } from '../../../shared/admin.ts';
import { adminProcedure, router } from '../../trpc/init.ts';
import type { Halts } from './halts.ts';

export const createAdminRouter = ({ halts }: { halts: Halts }) =>
  router({
    haltDealing: adminProcedure
      .input(HaltDealing)
      .output(DealingHalts)
      .mutation(({ input }) => halts.halt(input)),
    resumeDealing: adminProcedure
      .input(ResumeDealing)
      .output(DealingHalts)
      .mutation(({ input }) => halts.resume(input)),
  });
