// Open positions with what they would bring if closed now, and closing them, whole or in part.
import { useEffect, useRef, useState } from 'react';
import { decimal } from '../../../shared/decimal.ts';
import type { Deal, FTraderClient, Position } from '../../../client/index.ts';
import { profitClass, profitText } from './account-bar.tsx';
import { dealOutcome, isDecided, verb } from './deal-words.ts';
import { missing } from './format.ts';
import { askedBack, typedDecimal } from './typed-decimal.ts';
import { useIntent } from './intent.ts';

/** A first press on Close waits this long for the second. */
const confirmMs = 5_000;
const headings: [className: string, text: string][] = [
  ['market', 'Market'],
  ['size', 'Size'],
  ['open', 'Opened at'],
  ['current', 'Now'],
  ['profit', 'P&L'],
  ['stops', 'Stop / limit'],
  ['close', 'Close'],
];

interface PositionsProps {
  api: FTraderClient['api'];
  positions: readonly Position[] | undefined;
  currency: string;
  live: boolean;
  dealOf(id: string): Deal | undefined;
  /** A close of this position that is not decided. */
  closing(dealId: string): Deal | undefined;
  hear(deal: Deal): void;
}

export function Positions({ positions, currency, live, ...row }: PositionsProps) {
  return (
    <section className="book" aria-labelledby="positions-title">
      <h2 id="positions-title">
        Positions {positions && positions.length > 0 && <span className="quiet">{positions.length}</span>}
      </h2>
      {!positions || positions.length === 0 ? (
        <p className="none">
          {positions
            ? 'No open position. Press a bid to sell or an offer to buy.'
            : 'Reading your positions…'}
        </p>
      ) : (
        <table role="table" aria-label="Positions" className={`positions${live ? '' : ' not-live'}`}>
          <thead role="rowgroup">
            <tr role="row">
              {headings.map(([className, text]) => (
                <th key={className} role="columnheader" scope="col" className={className}>
                  {text}
                  {className === 'profit' && `, ${currency}`}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {positions.map((position) => (
              <PositionRow key={position.dealId} position={position} {...row} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function PositionRow({
  api,
  position,
  dealOf,
  closing,
  hear,
}: { position: Position } & Omit<PositionsProps, 'positions' | 'currency' | 'live'>) {
  const {
    dealId,
    name,
    epic,
    direction,
    size,
    level,
    stopLevel,
    limitLevel,
    source,
    runningProfit,
    priceStale,
  } = position;
  return (
    <tr role="row" data-position={dealId} className={priceStale ? 'stale' : undefined}>
      <th role="rowheader" scope="row" className="market">
        <span>{name}</span>
        <small>{source === 'external' ? 'opened elsewhere' : epic}</small>
      </th>
      <td role="cell" className="size">
        <span className={`way ${direction.toLowerCase()}`}>{verb(direction)}</span> {size}
      </td>
      <td role="cell" className="open">
        {level}
      </td>
      <td role="cell" className="current">
        {(direction === 'BUY' ? position.bid : position.offer) ?? missing}
        {priceStale && <span className="badge warn">Stale</span>}
      </td>
      <td role="cell" className={`profit ${profitClass(runningProfit)}`}>
        {profitText(runningProfit)}
      </td>
      <td role="cell" className="stops">
        {stopLevel ?? missing} / {limitLevel ?? missing}
      </td>
      <td role="cell" className="close">
        <CloseForm api={api} position={position} underWay={closing(dealId)} dealOf={dealOf} hear={hear} />
      </td>
    </tr>
  );
}

/** The size is the whole position unless another is typed; the button asks for a second press. */
function CloseForm({
  api,
  position: { accountId, dealId, size, name },
  underWay,
  dealOf,
  hear,
}: { position: Position; underWay: Deal | undefined } & Pick<PositionsProps, 'api' | 'dealOf' | 'hear'>) {
  const [typed, setTyped] = useState<string>();
  const [armed, setArmed] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const intent = useIntent(
    (close: { accountId: string; dealId: string; size?: string }, idempotencyKey) =>
      api.trading.closePosition.mutate({ ...close, idempotencyKey }),
    hear,
  );
  useEffect(() => () => clearTimeout(timer.current), []);
  const arm = (on: boolean) => {
    clearTimeout(timer.current);
    setArmed(on);
    if (on) timer.current = setTimeout(() => setArmed(false), confirmMs);
  };
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

  function press() {
    if (intent.doubtful) return void intent.repeat(); // as it was: the position may be smaller by now
    if (!armed || part === undefined) return arm(true);
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
          disabled={intent.busy || intent.doubtful !== undefined || open !== undefined}
          onChange={(event) => {
            setTyped(event.target.value);
            arm(false);
          }}
          onFocus={(event) => event.target.select()}
        />
        <button
          type="button"
          className={armed ? 'armed' : undefined}
          disabled={part === undefined || intent.busy || open !== undefined}
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
