// Procedures anyone may call to see what runs here.
import { SystemStatus, SystemTime } from '../../../shared/system.ts';
import { publicProcedure, router } from '../../trpc/init.ts';
import type { SystemService } from './service.ts';

export const createSystemRouter = ({ system }: { system: SystemService }) =>
  router({
    status: publicProcedure.output(SystemStatus).query(({ ctx }) => system.status(ctx)),
    time: publicProcedure.output(SystemTime).query(() => ({ now: system.now() })),
  });
