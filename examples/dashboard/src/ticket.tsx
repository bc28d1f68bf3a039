// The ticket: one market, one direction, a size, and the button that deals. What became of it is said below the button, so that nothing
// that can be pressed moves when it is.
import { useEffect, useId, useRef, useState, type FormEvent } from 'react';
import { decimal } from '../../../shared/decimal.ts';
import type { Account, Deal, Direction, FTraderClient, Market } from '../../../client/index.ts';
import { accountName, environmentName } from './account-words.ts';
import { useQuote } from './board.ts';
import { dealTitle, isDecided, verb } from './deal-words.ts';
import { levelText, marketStateName } from './format.ts';
import { useIntent } from './intent.ts';
import { unitName } from './market-details.tsx';
import type { PriceBoard } from './prices.ts';
import { Problem } from './problem.tsx';
import { TicketField } from './ticket-field.tsx';
import { TicketOutcome } from './ticket-outcome.tsx';
import { TicketSides } from './ticket-sides.tsx';
import { askedBack, typedDecimal } from './typed-decimal.ts';

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
  /** The newest of a deal this ticket sent. */
  dealOf(id: string): Deal | undefined;
  hear(deal: Deal): void;
  onSay(saying: Saying | undefined): void;
  onDirection(direction: Direction): void;
  onClose(): void;
}

type Order = Omit<Parameters<FTraderClient['api']['trading']['openPosition']['mutate']>[0], 'idempotencyKey'>;

/** Draw it with the epic as `key`: another market is another ticket. */
export function Ticket({
  api,
  account,
  several,
  board,
  market,
  direction: asked,
  live,
  dealOf,
  hear,
  onSay,
  onDirection,
  onClose,
}: TicketProps) {
  const quote = useQuote(board, market.epic);
  const { minDealSize, minNormalStopOrLimitDistance: nearest } = market.dealingRules;
  const [size, setSize] = useState(decimal.canonical(minDealSize.value));
  const [stop, setStop] = useState('');
  const [limit, setLimit] = useState('');
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const intent = useIntent(
    (order: Order, idempotencyKey) => api.trading.openPosition.mutate({ ...order, idempotencyKey }),
    hear,
  );
  const direction = intent.doubtful?.direction ?? asked;
  const deal = intent.outcome && (dealOf(intent.outcome.id) ?? intent.outcome);
  const id = useId();
  const panel = useRef<HTMLElement>(null);
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
  const distances = [
    { name: 'Stop', field: 'stopDistancePoints', typed: stop, set: setStop, sign: -1 },
    { name: 'Limit', field: 'limitDistancePoints', typed: limit, set: setLimit, sign: 1 },
  ] as const;
  const fields = { ...intent.problem?.fields, ...wrong };
  const nearestText = `at least ${nearest.value}${nearest.unit === 'percentage' ? ' % of the price' : ' points'}`;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (intent.busy || waiting || isDone) return;
    if (intent.doubtful) return void intent.repeat();
    const order = { size: typedDecimal(size), stop: typedDecimal(stop), limit: typedDecimal(limit) };
    const missed = {
      ...(order.size === undefined && { size: askedBack(size) ?? 'Give a size, such as 1 or 0.5' }),
      ...(stop.trim() !== '' &&
        order.stop === undefined && { stopDistancePoints: askedBack(stop) ?? 'Give a distance in points' }),
      ...(limit.trim() !== '' &&
        order.limit === undefined && {
          limitDistancePoints: askedBack(limit) ?? 'Give a distance in points',
        }),
    };
    setWrong(missed);
    if (order.size === undefined || Object.keys(missed).length > 0) return;
    void intent.submit({
      accountId: account.id,
      epic: market.epic,
      direction,
      size: order.size,
      ...(order.stop !== undefined && { stopDistancePoints: order.stop }),
      ...(order.limit !== undefined && { limitDistancePoints: order.limit }),
    });
  }
  /** About where a stop or limit will lie: the broker counts from the level of the fill. */
  function levelAt(typed: string, sign: 1 | -1): string | undefined {
    const points = typedDecimal(typed);
    if (points === undefined || level === null) return undefined;
    const away = decimal.divide(points, market.scalingFactor, market.decimalPlaces, 'half-up');
    return `about ${levelText((sign === 1) === (direction === 'BUY') ? decimal.add(level, away) : decimal.subtract(level, away))}`;
  }
  return (
    <aside
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
        <TicketField
          id={`${id}-size`}
          label={`Size${unitName[market.unit] ? `, ${unitName[market.unit]}` : ''}`}
          value={size}
          disabled={locked}
          error={fields.size}
          hint={`minimum ${minDealSize.value}`}
          onChange={edit(setSize)}
          inputRef={sizeField}
        />
        {market.stopsLimitsAllowed && (
          <div className="pair">
            {distances.map(({ name, field, typed, set, sign }) => (
              <TicketField
                key={field}
                id={`${id}-${field}`}
                label={`${name}, points`}
                placeholder="none"
                value={typed}
                disabled={locked}
                error={fields[field]}
                hint={levelAt(typed, sign) ?? nearestText}
                onChange={edit(set)}
              />
            ))}
          </div>
        )}
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
                : `${verb(direction)} at market`}
            {(several || account.environment !== 'simulated') && (
              <small>
                {' '}
                <b>{environmentName[account.environment]}</b> {accountName(account)}
              </small>
            )}
          </button>
        )}
      </form>
      {deal && <TicketOutcome deal={deal} name={market.name} />}
      {intent.problem && !intent.doubtful && <Problem problem={intent.problem} />}
      {intent.doubtful && (
        <div className="problem" role="alert">
          <p>
            No answer from FTrader: this deal may or may not have arrived. Asking again is safe, it is never
            dealt twice.
          </p>
          <p className="quiet">
            {dealTitle({ kind: 'open', direction, size: intent.doubtful.size }, market.name)}. Before you
            discard it, look at your deals below.
          </p>
          <button type="button" className="link" onClick={intent.clear}>
            Discard it
          </button>
        </div>
      )}
      {(!live || tick?.stale) && (
        <p className="notice" role="status">
          {live
            ? 'This price is stale: nothing deals on it.'
            : 'The connection is lost: prices are not live.'}
        </p>
      )}
    </aside>
  );
}
