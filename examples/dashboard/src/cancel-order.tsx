// Cancelling a working order: the button asks for a second press.
import type { MouseEvent } from 'react';
import type { Deal, FTraderClient } from '../../../client/index.ts';
import { dealOutcome, isDecided } from './deal-words.ts';
import { useIntent } from './intent.ts';
import type { ShownOrder } from './order-book.ts';
import { useArming } from './use-arming.ts';

interface CancelOrderProps {
  api: FTraderClient['api'];
  order: ShownOrder;
  /** A cancel of it that is not decided. */
  underWay: Deal | undefined;
  dealOf(id: string): Deal | undefined;
  hear(deal: Deal): void;
}

export function CancelOrder({ api, order, underWay, dealOf, hear }: CancelOrderProps) {
  const { accountId, dealId, direction, size, name } = order;
  const { armed, arm } = useArming();
  const intent = useIntent(
    (cancel: { accountId: string; dealId: string }, idempotencyKey) =>
      api.trading.cancelOrder.mutate({ ...cancel, idempotencyKey }),
    hear,
  );
  const deal = intent.outcome && (dealOf(intent.outcome.id) ?? intent.outcome);
  const open = underWay ?? (deal && !isDecided(deal.status) ? deal : undefined);
  const locked = intent.busy || open !== undefined;
  const what = `the order to ${direction === 'BUY' ? 'buy' : 'sell'} ${size} ${name}`;
  const said = open
    ? dealOutcome(open, name)
    : intent.doubtful
      ? 'No answer: it may have arrived. Asking again is safe.'
      : (intent.problem?.message ??
        (deal && deal.status !== 'accepted' ? dealOutcome(deal, name) : undefined));
  function press({ detail }: MouseEvent) {
    if (locked || (armed && detail > 1)) return; // the second half of a double click is no second thought
    if (intent.doubtful) return void intent.repeat();
    arm(!armed);
    if (armed) void intent.submit({ accountId, dealId });
  }
  return (
    <>
      <span className="closing">
        <button
          type="button"
          className={armed ? 'armed' : undefined}
          aria-disabled={locked}
          aria-label={`${intent.doubtful ? 'Ask again to cancel' : armed ? 'Press again to cancel' : 'Cancel'} ${what}`}
          onClick={press}
          onBlur={() => arm(false)}
        >
          {locked ? 'Cancelling…' : intent.doubtful ? 'Ask again' : armed ? 'Sure?' : 'Cancel'}
        </button>
      </span>
      {said && (
        <small role="status" className={open ? 'undecided' : 'down'}>
          {said}
        </small>
      )}
    </>
  );
}
