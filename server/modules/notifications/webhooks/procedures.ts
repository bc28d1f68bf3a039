// The procedures of webhooks: shape, permission, one call.
import { Done } from '../../../../shared/auth.ts';
import {
  CreateWebhook,
  UpdateWebhook,
  Webhook,
  WebhookAsked,
  WebhookList,
  WebhookWithSecret,
} from '../../../../shared/webhooks.ts';
import { sessionProcedure } from '../../../trpc/init.ts';
import { recorded } from '../../../trpc/recorded.ts';
import type { WebhookService } from './service.ts';

export const webhookProcedures = (webhooks: WebhookService) => ({
  listWebhooks: sessionProcedure
    .output(WebhookList)
    .query(async ({ ctx }) => ({ webhooks: await webhooks.list(ctx.principal.user.id) })),
  createWebhook: sessionProcedure
    .input(CreateWebhook)
    .output(WebhookWithSecret)
    .mutation(({ ctx, input }) => webhooks.create(ctx.principal.user.id, input)),
  updateWebhook: sessionProcedure
    .input(UpdateWebhook)
    .output(Webhook)
    .mutation(
      recorded(
        { before: ({ ctx, input }) => webhooks.record(ctx.principal.user.id, input.id) },
        ({ ctx, input }) => webhooks.update(ctx.principal.user.id, input),
      ),
    ),
  deleteWebhook: sessionProcedure
    .input(WebhookAsked)
    .output(Done)
    .mutation(
      recorded(
        { before: ({ ctx, input }) => webhooks.record(ctx.principal.user.id, input.id) },
        async ({ ctx, input }) => {
          await webhooks.delete(ctx.principal.user.id, input.id);
          return { ok: true as const };
        },
      ),
    ),
  rotateWebhookSecret: sessionProcedure
    .input(WebhookAsked)
    .output(WebhookWithSecret)
    .mutation(({ ctx, input }) => webhooks.rotateSecret(ctx.principal.user.id, input.id)),
});
