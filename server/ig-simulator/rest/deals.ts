// What is known of deals afterwards: their confirms, and the sizes of the last moments that count together. Deals nothing.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { decisionsOf } from '../engine/state.ts';
import { repeatDealing } from '../engine/repeat-dealing.ts';
import { endpoint, IgError, type Endpoint } from './endpoint.ts';

export function dealEndpoints({ desk, nowMs }: { desk: DealingDesk; nowMs(): number }): Endpoint[] {
  return [
    endpoint('GET /confirms/:dealReference', [1], { deals: 'confirm' }, (call) => {
      const confirm = desk.confirm(call.caller().accountId, call.params['dealReference']!);
      if (!confirm) throw new IgError(404, 'error.confirms.deal-not-found');
      return { body: confirm };
    }),
    endpoint('GET /repeat-dealing-window', [1], {}, (call) => {
      const { accountId } = call.caller();
      return {
        body: {
          accountId,
          requestStartTime: nowMs(),
          repeatDealingEntryList: repeatDealing(
            decisionsOf(desk.state(), accountId),
            nowMs(),
            call.query.get('epic') ?? undefined,
          ),
        },
      };
    }),
  ];
}
