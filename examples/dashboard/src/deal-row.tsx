// One deal in a list: what was asked for, where it stands and why, and its life when it is opened.
import { useId } from 'react';
import type { Deal, FTraderClient } from '../../../client/index.ts';
import { profitClass } from './account-bar.tsx';
import { DealTimeline } from './deal-timeline.tsx';
import { dealOutcome, dealTerms, reasonText, statusName, verb } from './deal-words.ts';
import { dayAndTime, levelText, missing, money, signed } from './format.ts';
import { PageLink } from './page-link.tsx';

const dealHeadings: [className: string, text: string][] = [
  ['time', 'Time'],
  ['what', 'Deal'],
  ['level', 'Level'],
  ['profit', 'Result'],
  ['status', 'Status'],
  ['why', ''],
];
/** The head of a table of deals. */
export const DealHead = () => (
  <thead role="rowgroup">
    <tr role="row">
      {dealHeadings.map(([className, text]) => (
        <th key={className} role="columnheader" scope="col" className={className}>
          {text || <span className="hidden">Reason</span>}
        </th>
      ))}
    </tr>
  </thead>
);

interface RowProps {
  api: FTraderClient['api'];
  deal: Deal;
  name: string;
  isOpened: boolean;
  /** Undefined: it stays open. */
  onOpen: ((on: boolean) => void) | undefined;
}

export function DealRow({ api, deal, name, isOpened, onOpen }: RowProps) {
  const { id, createdAt, direction, size, level, profit, profitCurrency, status, reason } = deal;
  const terms = dealTerms(deal);
  const why = status === 'accepted' ? '' : reason ? reasonText(reason) : dealOutcome(deal, name);
  const [timeline, what] = [useId(), useId()];
  const time = <time dateTime={createdAt.toISOString()}>{dayAndTime(createdAt)}</time>;
  return (
    <>
      <tr role="row" data-deal={id} data-status={status}>
        <td role="cell" className="time">
          {onOpen ? (
            <button
              type="button"
              className="link"
              aria-expanded={isOpened}
              aria-controls={isOpened ? timeline : undefined}
              aria-label={`Life of the deal of ${dayAndTime(createdAt)}`}
              aria-describedby={what}
              onClick={() => onOpen(!isOpened)}
            >
              {time}
            </button>
          ) : (
            time
          )}
        </td>
        <th role="rowheader" scope="row" id={what} className="what">
          <span className={`way ${direction.toLowerCase()}`}>{verb(direction)}</span> {levelText(size)} {name}
          {terms && <small> {terms}</small>}
        </th>
        <td role="cell" className="level">
          {level === null ? missing : levelText(level)}
        </td>
        <td role="cell" className={`profit ${profitClass(profit)}`}>
          {profit === null ? '' : `${signed(money(profit))} ${profitCurrency ?? ''}`}
        </td>
        <td role="cell" className="status">
          <span className={`badge deal-${status}`}>{statusName[status]}</span>
        </td>
        <td role="cell" className="why">
          {why.charAt(0).toUpperCase() + why.slice(1)}
        </td>
      </tr>
      {isOpened && (
        <tr role="row" className="life">
          <td role="cell" id={timeline} colSpan={dealHeadings.length}>
            <DealTimeline api={api} deal={deal} />
            {onOpen && <PageLink to={{ at: 'deal', id }}>The deal’s own page</PageLink>}
          </td>
        </tr>
      )}
    </>
  );
}
