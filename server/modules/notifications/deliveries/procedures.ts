// The procedures of deliveries: shape, permission, one call.
import {
  Delivery,
  DeliveryList,
  ListDeliveries,
  Redeliver,
  TestChannel,
} from '../../../../shared/webhooks.ts';
import { sessionProcedure } from '../../../trpc/init.ts';
import { recorded } from '../../../trpc/recorded.ts';
import type { DeliveryService } from './service.ts';

export const deliveryProcedures = (deliveries: DeliveryService) => ({
  testChannel: sessionProcedure
    .input(TestChannel)
    .output(Delivery)
    .mutation(({ ctx, input, signal }) => deliveries.test(ctx.principal.user.id, input, signal)),
  listDeliveries: sessionProcedure
    .input(ListDeliveries)
    .output(DeliveryList)
    .query(({ ctx, input }) => deliveries.list(ctx.principal.user.id, input)),
  redeliver: sessionProcedure
    .input(Redeliver)
    .output(Delivery)
    .mutation(
      recorded(
        { before: ({ ctx, input }) => deliveries.get(ctx.principal.user.id, input.id) },
        ({ ctx, input }) => deliveries.redeliver(ctx.principal.user.id, input.id),
      ),
    ),
});
