// What is known of deals afterwards: their confirms, and the sizes of the last moments that count together. Deals nothing.
import type { DealingDesk } from '../desk/dealing-desk.ts';
import { decisionsOf } from '../engine/state.ts';
import { repeatDealing } from '../engine/repeat-dealing.ts';
import { IgError, type Endpoint } from './server.ts';

export function dealEndpoints({ desk, nowMs }: { desk: DealingDesk; nowMs(): number }): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/confirms/:dealReference',
      versions: [1],
      kind: 'N',
      access: 'session',
      deals: 'confirm',
      handle(call) {
        const confirm = desk.confirm(call.caller().accountId, call.params['dealReference']!);
        if (!confirm) throw new IgError(404, 'error.confirms.deal-not-found');
        return { body: confirm };
      },
    },
    {
      method: 'GET',
      path: '/repeat-dealing-window',
      versions: [1],
      kind: 'N',
      access: 'session',
      handle(call) {
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
      },
    },
  ];
}
