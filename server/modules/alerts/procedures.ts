// The procedures of alerts, which are part of notifications: shape, permission, one call.
import {
  AlertList,
  CreateAlert,
  DeleteAlert,
  DeletedAlert,
  ListAlerts,
  SetAlert,
  UpdateAlert,
} from '../../../shared/alerts.ts';
import { sessionProcedure } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import type { AlertService } from './service.ts';

export const alertProcedures = (alerts: AlertService) => ({
  listAlerts: sessionProcedure
    .input(ListAlerts)
    .output(AlertList)
    .query(({ ctx, input }) => alerts.listAlerts(ctx.principal.user.id, input)),
  createAlert: sessionProcedure
    .input(CreateAlert)
    .output(SetAlert)
    .mutation(({ ctx, input }) => alerts.createAlert(ctx.principal.user, input)),
  updateAlert: sessionProcedure
    .input(UpdateAlert)
    .output(SetAlert)
    .mutation(
      recorded(
        { before: ({ ctx, input }) => alerts.plainAlert(ctx.principal.user.id, input.id) },
        ({ ctx, input }) => alerts.updateAlert(ctx.principal.user, input),
      ),
    ),
  deleteAlert: sessionProcedure
    .input(DeleteAlert)
    .output(DeletedAlert)
    .mutation(
      recorded(
        { before: ({ ctx, input }) => alerts.plainAlert(ctx.principal.user.id, input.id) },
        ({ ctx, input }) => alerts.deleteAlert(ctx.principal.user.id, input.id),
      ),
    ),
});
