// The procedures of signals: shape, permission, one call.
import { Done } from '../../../shared/auth.ts';
import {
  CreatedSignal,
  CreateSignal,
  ReceiveSignal,
  Signal,
  SignalAsked,
  SignalList,
  SignalOutcome,
  UpdateSignal,
} from '../../../shared/signals.ts';
import { pick } from '../../lib/pick.ts';
import { inTwoSteps } from '../../trpc/call.ts';
import { publicProcedure, router, sessionProcedure } from '../../trpc/init.ts';
import { recorded } from '../../trpc/recorded.ts';
import type { ReceiveSignals } from './receive.ts';
import type { SignalService } from './service.ts';

export const createSignalsRouter = ({
  signals,
  receive,
}: {
  signals: SignalService;
  receive: ReceiveSignals;
}) =>
  router({
    list: sessionProcedure
      .output(SignalList)
      .query(async ({ ctx }) => ({ signals: await signals.list(ctx.principal.user.id) })),
    create: sessionProcedure
      .input(CreateSignal)
      .output(CreatedSignal)
      .mutation(({ ctx, input }) => signals.create(ctx.principal, input)),
    update: sessionProcedure
      .input(UpdateSignal)
      .output(Signal)
      .mutation(
        recorded(
          { before: ({ ctx, input }) => signals.get(ctx.principal.user.id, input.id) },
          ({ ctx, input }) => signals.update(ctx.principal, input),
        ),
      ),
    delete: sessionProcedure
      .input(SignalAsked)
      .output(Done)
      .mutation(
        recorded(
          { before: ({ ctx, input }) => signals.get(ctx.principal.user.id, input.id) },
          async ({ ctx, input }) => {
            await signals.delete(ctx.principal.user.id, input.id);
            return { ok: true as const };
          },
        ),
      ),
    receive: publicProcedure
      .input(ReceiveSignal)
      .output(SignalOutcome)
      .mutation(
        recorded(
          {
            after: ({ deal, target, previews, ...said }) => ({
              ...said,
              deal: deal && pick(deal, ['id', 'status', 'reason', 'dealId', 'replayed']),
              target: target && pick(target, ['id', 'status', 'replayed']),
              previews: previews?.map((each) => pick(each, ['wouldBe', 'reason'])),
            }),
          },
          inTwoSteps(
            ({ ctx, input }) => receive.admit(input, (who) => ctx.identify?.(who)),
            (_call, admitted) => receive.act(admitted),
          ),
        ),
      ),
  });
