// The ticket: one market, one direction, what is typed, and the button that deals at once or places an order. What became of it is said below the button, so that nothing
// that can be pressed moves when it is.
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { decimal } from '../../../shared/decimal.ts';
import type { Account, Deal, Direction, FTraderClient, Market } from '../../../client/index.ts';
import { accountName, environmentName } from './account-words.ts';
import { useQuote } from './board.ts';
import { dealTitle, isDecided, verb } from './deal-words.ts';
import { marketStateName } from './format.ts';
import { useIntent } from './intent.ts';
import type { PriceBoard } from './prices.ts';
import { Problem } from './problem.tsx';
import { TicketFields } from './ticket-fields.tsx';
import { readTicket, type Missed, type TicketOrder } from './ticket-order.ts';
import { TicketOutcome } from './ticket-outcome.tsx';
import { TicketPlan } from './ticket-plan.tsx';
import { TicketPreview } from './ticket-preview.tsx';
import { TicketSides } from './ticket-sides.tsx';
import { emptyTicket, type TicketText } from './ticket-text.ts';

/** What the ticket says now of its own deal; busy while it is on its way. */
export interface Saying {
  busy: boolean;
  deal: Deal | undefined;
}

interface TicketProps {
  api: FTraderClient['api'];
  account: Account;
  /** There are others: which one is dealt on is said at the button. */
  several: boolean;
  board: PriceBoard;
  market: Market;
  direction: Direction;
  live: boolean;
  /** What the account has to deal with, once known. */
  available: string | undefined;
  /** The newest of a deal this ticket sent. */
  dealOf(id: string): Deal | undefined;
  hear(deal: Deal): void;
  onSay(saying: Saying | undefined): void;
  onDirection(direction: Direction): void;
  onClose(): void;
}

const kindOf = ({ at, request }: TicketOrder) =>
  at === 'order' ? 'place_order' : 'forceOpen' in request && request.forceOpen === false ? 'net' : 'open';

/** Draw it with the epic as `key`: another market is another ticket. */
export function Ticket({
  api,
  account,
  several,
  board,
  market,
  direction: asked,
  live,
  available,
  dealOf,
  hear,
  onSay,
  onDirection,
  onClose,
}: TicketProps) {
  const quote = useQuote(board, market.epic);
  const [text, setText] = useState<TicketText>({
    ...emptyTicket,
    size: decimal.canonical(market.dealingRules.minDealSize.value),
  });
  /** From the first press on, what is missing is said for as long as it is. */
  const [pressed, setPressed] = useState(false);
  const intent = useIntent(
    (order: TicketOrder, idempotencyKey) =>
      order.at === 'market'
        ? api.trading.openPosition.mutate({ ...order.request, idempotencyKey })
        : api.trading.placeOrder.mutate({ ...order.request, idempotencyKey }),
    hear,
  );
  const direction = intent.doubtful?.request.direction ?? asked;
  const deal = intent.outcome && (dealOf(intent.outcome.id) ?? intent.outcome);
  const id = useId();
  const panel = useRef<HTMLDivElement>(null);
  const sizeField = useRef<HTMLInputElement>(null);
  // Where a field would call up a keyboard over half the screen, the panel itself is enough.
  const focusFirst = () =>
    (matchMedia('(hover: none)').matches ? panel : sizeField).current?.focus({ preventScroll: true });
  useEffect(focusFirst, []);
  useEffect(() => onSay({ busy: intent.busy, deal }), [onSay, intent.busy, deal]);
  useEffect(() => () => onSay(undefined), [onSay]);

  const tick = quote?.tick;
  const level = (direction === 'BUY' ? tick?.offer : tick?.bid) ?? null;
  const state = tick?.marketState ?? market.marketState;
  const waiting = deal !== undefined && !isDecided(deal.status);
  const isDone = deal?.status === 'accepted';
  const locked = intent.busy || intent.doubtful !== undefined || waiting;
  /** What became of the last order is not about the next one. */
  const edit =
    <T,>(set: (value: T) => void) =>
    (value: T) => {
      set(value);
      if (deal) intent.clear();
    };

  const written = readTicket(text, { accountId: account.id, epic: market.epic, direction, quoted: level });
  const missed: Missed = pressed && 'missed' in written ? written.missed : {};
  function submit(event: FormEvent) {
    event.preventDefault();
    if (intent.busy || waiting || isDone) return;
    if (intent.doubtful) return void intent.repeat();
    setPressed('missed' in written);
    if ('order' in written) void intent.submit(written.order);
  }
  return (
    <div
      className="ticket"
      role="dialog"
      ref={panel}
      tabIndex={-1}
      aria-labelledby={`${id}-title`}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
    >
      <div className="card-head">
        <h2 id={`${id}-title`}>{market.name}</h2>
        {state !== 'tradeable' && <span className="badge warn">{marketStateName(state)}</span>}
        {account.environment === 'live' && <span className="badge env live">live</span>}
        <button type="button" className="plain" aria-label="Close the ticket" onClick={onClose}>
          ×
        </button>
      </div>
      <TicketSides
        {...{ market, quote, direction, locked }}
        isLive={live && tick?.stale !== true}
        onDirection={edit(onDirection)}
      />
      <form onSubmit={submit} aria-busy={intent.busy} noValidate>
        <TicketFields
          {...{ id, market, direction, text, locked, sizeField }}
          quoted={level}
          wrong={{ ...intent.problem?.fields, ...missed }}
          onText={edit(setText)}
        />
        <TicketPlan {...{ api, account, market, direction, text, available }} quoted={level} />
        <TicketPreview api={api} order={locked || isDone || !('order' in written) ? null : written.order} />
        {deal && (waiting || isDone) ? (
          <div className="pair">
            <button
              type="button"
              aria-disabled={waiting}
              onClick={() => {
                if (waiting) return;
                intent.clear();
                focusFirst();
              }}
            >
              New deal
            </button>
            <button type="button" className="primary" autoFocus onClick={onClose}>
              {waiting ? 'Follow it in the list' : 'Done'}
            </button>
          </div>
        ) : (
          <button
            type="submit"
            className={`deal ${direction.toLowerCase()} ${account.environment}`}
            aria-disabled={intent.busy}
          >
            {intent.busy
              ? 'Dealing…'
              : intent.doubtful
                ? 'Ask again for the same deal'
                : text.at === 'market'
                  ? `${verb(direction)} at market`
                  : `Place ${text.at} order to ${verb(direction).toLowerCase()}`}
            {(several || account.environment !== 'simulated') && (
              <small>
                {' '}
                <b>{environmentName[account.environment]}</b> {accountName(account)}
              </small>
            )}
          </button>
        )}
      </form>
      {deal && <TicketOutcome api={api} deal={deal} name={market.name} />}
      {intent.problem && !intent.doubtful && <Problem problem={intent.problem} />}
      {intent.doubtful && (
        <div className="problem" role="alert">
          <p>
            No answer from FTrader: this deal may or may not have arrived. Asking again is safe, it is never
            dealt twice.
          </p>
          <p className="quiet">
            {dealTitle(
              {
                kind: kindOf(intent.doubtful),
                direction,
                size: intent.doubtful.request.size,
              },
              market.name,
            )}
            . Before you discard it, look at your deals below.
          </p>
          <button type="button" className="link" onClick={intent.clear}>
            Discard it
          </button>
        </div>
      )}
      {(!live || tick?.stale) && (
        <p className="notice" role="status">
          {live
            ? `This price is stale: nothing deals on it. ${tick?.staleReason?.message ?? ''}`.trim()
            : 'The connection is lost: prices are not live.'}
        </p>
      )}
    </div>
  );
}
