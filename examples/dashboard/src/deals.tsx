// The latest deals of the account, each with where it stands: also those that are not decided, and why others were not done.
import type { Deal } from '../../../client/index.ts';
import { profitClass } from './account-bar.tsx';
import { dealOutcome, dealWords, reasonText, statusName, verb } from './deal-words.ts';
import { dayAndTime, levelText, missing, money, signed } from './format.ts';

const headings: [className: string, text: string][] = [
  ['time', 'Time'],
  ['what', 'Deal'],
  ['level', 'Level'],
  ['profit', 'Result'],
  ['status', 'Status'],
  ['why', ''],
];

export function Deals({
  deals,
  nameOf,
}: {
  deals: readonly Deal[] | undefined;
  nameOf(epic: string): string;
}) {
  return (
    <section className="book" aria-labelledby="deals-title">
      <h2 id="deals-title">Latest deals</h2>
      {!deals || deals.length === 0 ? (
        <p className="none">{deals ? 'No deal yet.' : 'Reading your deals…'}</p>
      ) : (
        <table role="table" aria-label="Latest deals" className="deals">
          <thead role="rowgroup">
            <tr role="row">
              {headings.map(([className, text]) => (
                <th key={className} role="columnheader" scope="col" className={className}>
                  {text || <span className="hidden">Reason</span>}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {deals.map((deal) => (
              <DealRow key={deal.id} deal={deal} name={nameOf(deal.epic)} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function DealRow({ deal, name }: { deal: Deal; name: string }) {
  const { id, createdAt, kind, direction, size, level, profit, profitCurrency, status, reason } = deal;
  const { purpose } = dealWords[kind];
  const why = status === 'accepted' ? '' : reason ? reasonText(reason) : dealOutcome(deal, name);
  return (
    <tr role="row" data-deal={id} data-status={status}>
      <td role="cell" className="time">
        <time dateTime={createdAt.toISOString()}>{dayAndTime(createdAt)}</time>
      </td>
      <th role="rowheader" scope="row" className="what">
        <span className={`way ${direction.toLowerCase()}`}>{verb(direction)}</span> {levelText(size)} {name}
        {purpose && <small> {purpose}</small>}
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
  );
}
