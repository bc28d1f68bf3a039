// Open positions with what they would bring if closed now.
import { useLayoutEffect, useRef, type ReactNode } from 'react';
import type { Deal, Position } from '../../../client/index.ts';
import { profitClass, profitText } from './account-bar.tsx';
import { go } from './go.ts';
import { CloseForm, type CloseFormProps } from './close-form.tsx';
import { verb } from './deal-words.ts';
import { levelText, missing } from './format.ts';
import { BellIcon } from './icon.tsx';
import { LevelField } from './level-field.tsx';

const headings: [className: string, text: string][] = [
  ['market', 'Market'],
  ['size', 'Size'],
  ['open', 'Opened at'],
  ['current', 'Now'],
  ['profit', 'P&L'],
  ['stops', 'Stop / limit'],
  ['close', 'Close'],
];

interface PositionsProps extends Pick<CloseFormProps, 'api' | 'dealOf' | 'hear'> {
  positions: readonly Position[] | undefined;
  currency: string;
  live: boolean;
  /** What is done to all of them, beside the title and below it. */
  tools: ReactNode;
  progress: ReactNode;
  /** A close or change of this position that is not decided. */
  changing(dealId: string, kind: 'close' | 'amend'): Deal | undefined;
  /** Somebody wants to be told of the P&L of this position. */
  onAlert(dealId: string): void;
}

export function Positions({ positions, currency, live, tools, progress, ...row }: PositionsProps) {
  const title = useRef<HTMLHeadingElement>(null);
  const list = useRef<HTMLTableSectionElement>(null);
  const shown = positions?.map(({ dealId }) => dealId).join();
  const focused = useRef<number>(undefined); // the row that holds the focus
  // A position that is closed takes its row along: whoever closed it by keyboard goes on at the one that takes its place.
  useLayoutEffect(() => {
    const at = focused.current;
    if (at === undefined || document.activeElement !== document.body) return;
    const row = list.current?.rows[Math.min(at, list.current.rows.length - 1)];
    (row?.querySelector<HTMLElement>('.closing button') ?? title.current)?.focus({ preventScroll: true });
  }, [shown]);
  return (
    <section
      className="book positions-book"
      aria-labelledby="positions-title"
      onFocus={(event) => {
        focused.current = event.target.closest('tr')?.sectionRowIndex;
      }}
      onBlur={() => {
        focused.current = undefined; // not heard of a row that is taken away
      }}
    >
      <div className="book-head">
        <h2 id="positions-title" ref={title} tabIndex={-1}>
          Positions {positions && positions.length > 0 && <span className="quiet">{positions.length}</span>}
        </h2>
        {tools}
      </div>
      {progress}
      {!positions || positions.length === 0 ? (
        <p className="none">
          {positions ? 'No open position. Press Sell or Buy at a price.' : 'Reading your positions…'}
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
          <tbody role="rowgroup" ref={list}>
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
  changing,
  hear,
  onAlert,
}: { position: Position } & Pick<PositionsProps, 'api' | 'dealOf' | 'changing' | 'hear' | 'onAlert'>) {
  const { accountId, dealId, name, epic, direction, size, level, source, runningProfit, priceStale } =
    position;
  const now = direction === 'BUY' ? position.bid : position.offer;
  const field = (what: 'stopLevel' | 'limitLevel', label: string) => (
    <LevelField
      label={`${label} of ${name}`}
      heading={label}
      none="none"
      value={position[what]}
      underWay={changing(dealId, 'amend')}
      send={(level, idempotencyKey) =>
        api.trading.amendPosition.mutate({ accountId, dealId, [what]: level, idempotencyKey })
      }
      {...{ name, dealOf, hear }}
    />
  );
  return (
    <tr role="row" data-position={dealId} className={priceStale ? 'stale' : undefined}>
      <th role="rowheader" scope="row" className="market">
        <button type="button" className="name" title={epic} onClick={() => go({ at: 'market', epic })}>
          {name}
        </button>
        {source === 'external' && <small>opened elsewhere</small>}
      </th>
      <td role="cell" className="size">
        <span className={`way ${direction.toLowerCase()}`}>{verb(direction)}</span> {levelText(size)}
      </td>
      <td role="cell" className="open">
        {levelText(level)}
      </td>
      <td role="cell" className="current">
        {now === null ? missing : levelText(now)}
        {priceStale && <span className="badge warn">Stale</span>}
      </td>
      <td role="cell" className={`profit ${profitClass(runningProfit)}`}>
        <button
          type="button"
          className="plain"
          aria-label={`Set an alert on the P&L of ${name}`}
          title="Set an alert on its P&L"
          onClick={() => onAlert(dealId)}
        >
          <BellIcon />
        </button>
        {profitText(runningProfit)}
      </td>
      <td role="cell" className="stops">
        <span className="protection">
          {field('stopLevel', 'Stop')}
          {field('limitLevel', 'Limit')}
        </span>
      </td>
      <td role="cell" className="close">
        <CloseForm
          api={api}
          position={position}
          underWay={changing(dealId, 'close')}
          dealOf={dealOf}
          hear={hear}
        />
      </td>
    </tr>
  );
}
