// Procedures that only administrators may call.
import { DealingHalts, HaltDealing, ResumeDealing } from '../../../shared/admin.ts';
import { adminProcedure, router } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import type { Halts } from './halts.ts';

export const createAdminRouter = ({ halts }: { halts: Halts }) =>
  router({
    haltDealing: adminProcedure
      .input(HaltDealing)
      .output(DealingHalts)
      .mutation(recorded({ before: () => halts.list() }, ({ input }) => halts.halt(input))),
    resumeDealing: adminProcedure
      .input(ResumeDealing)
      .output(DealingHalts)
      .mutation(recorded({ before: () => halts.list() }, ({ input }) => halts.resume(input))),
  });
