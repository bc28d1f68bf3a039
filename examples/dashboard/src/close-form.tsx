// Closing a position, whole or in part.
import { useState, type MouseEvent } from 'react';
import { decimal } from '../../../shared/decimal.ts';
import type { Deal, FTraderClient, Position } from '../../../client/index.ts';
import { dealOutcome, isDecided } from './deal-words.ts';
import { useIntent } from './intent.ts';
import { askedBack, typedDecimal } from './typed-decimal.ts';
import { useArming } from './use-arming.ts';

export interface CloseFormProps {
  api: FTraderClient['api'];
  position: Position;
  /** A close of it that is not decided. */
  underWay: Deal | undefined;
  dealOf(id: string): Deal | undefined;
  hear(deal: Deal): void;
}

/** The size is the whole position unless another is typed; the button asks for a second press. */
export function CloseForm({
  api,
  position: { accountId, dealId, size, name },
  underWay,
  dealOf,
  hear,
}: CloseFormProps) {
  const [typed, setTyped] = useState<string>();
  const { armed, arm } = useArming();
  const intent = useIntent(
    (close: { accountId: string; dealId: string; size?: string }, idempotencyKey) =>
      api.trading.closePosition.mutate({ ...close, idempotencyKey }),
    hear,
  );
  const part = intent.doubtful
    ? (intent.doubtful.size ?? size)
    : typed === undefined
      ? size
      : typedDecimal(typed);
  const whole = part !== undefined && decimal.compare(part, size) === 0;
  const deal = intent.outcome && (dealOf(intent.outcome.id) ?? intent.outcome);
  const open = underWay ?? (deal && !isDecided(deal.status) ? deal : undefined);
  const said = open
    ? dealOutcome(open, name)
    : intent.doubtful
      ? 'No answer: it may have arrived. Asking again is safe.'
      : (askedBack(typed ?? '') ??
        intent.problem?.message ??
        (deal && deal.status !== 'accepted' ? dealOutcome(deal, name) : undefined));

  function press({ detail }: MouseEvent) {
    if (intent.busy || open || part === undefined) return;
    if (armed && detail > 1) return; // the second half of a double click is no second thought
    if (intent.doubtful) return void intent.repeat(); // as it was: the position may be smaller by now
    if (!armed) return arm(true);
    arm(false);
    setTyped(undefined);
    void intent.submit({ accountId, dealId, ...(!whole && { size: part }) });
  }
  return (
    <>
      <span className="closing">
        <input
          inputMode="decimal"
          autoComplete="off"
          maxLength={20}
          aria-label={`Size of ${name} to close`}
          aria-invalid={part === undefined}
          value={intent.doubtful?.size ?? typed ?? size}
          readOnly={intent.busy || intent.doubtful !== undefined || open !== undefined}
          aria-disabled={intent.busy || intent.doubtful !== undefined || open !== undefined}
          onChange={(event) => {
            setTyped(event.target.value);
            arm(false);
          }}
          onFocus={(event) => event.target.select()}
        />
        <button
          type="button"
          className={armed ? 'armed' : undefined}
          aria-disabled={part === undefined || intent.busy || open !== undefined}
          onClick={press}
          onBlur={() => arm(false)}
          aria-label={
            intent.doubtful
              ? `Ask again to close ${part} ${name}`
              : armed
                ? `Press again to close ${part} ${name}`
                : `Close ${part ?? ''} ${name}`
          }
        >
          {intent.busy || open
            ? 'Closing…'
            : intent.doubtful
              ? 'Ask again'
              : armed
                ? whole
                  ? 'Sure? All'
                  : `Sure? ${part}`
                : whole
                  ? 'Close'
                  : 'Close part'}
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
