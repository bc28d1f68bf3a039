// The broker's own words in a list: what was done on the account by whomever, and what moved its cash.
import type { AccountTransaction, ActivityEntry } from '../../../client/index.ts';
import { profitClass } from './account-bar.tsx';
import { verb } from './deal-words.ts';
import { dayAndTime, levelText, missing, money, signed } from './format.ts';
import { activityWords, transactionWords } from './history-words.ts';

const Time = ({ at }: { at: Date }) => (
  <td role="cell" className="time">
    <time dateTime={at.toISOString()} title={at.toISOString()}>
      {dayAndTime(at)}
    </time>
  </td>
);

export function ActivityRow({ entry }: { entry: ActivityEntry }) {
  const { id, at, direction, size, name, epic, level, status, source } = entry;
  return (
    <tr role="row" data-entry={id}>
      <Time at={at} />
      <th role="rowheader" scope="row" className="what">
        {direction && <span className={`way ${direction.toLowerCase()}`}>{verb(direction)}</span>}{' '}
        {size && levelText(size)} {name ?? epic ?? ''} <small>{activityWords(entry)}</small>
      </th>
      <td role="cell" className="level">
        {level === null ? missing : levelText(level)}
      </td>
      <td role="cell" className="profit" />
      <td role="cell" className="status">
        <span className={`badge deal-${status}`}>{status.charAt(0).toUpperCase() + status.slice(1)}</span>
      </td>
      <td role="cell" className="why">
        {source === 'external' ? 'Not from here' : ''}
      </td>
    </tr>
  );
}

export function TransactionRow({ transaction }: { transaction: AccountTransaction }) {
  const { id, at, name, amount, currency, closeLevel, brokerType, reference } = transaction;
  return (
    <tr role="row" data-entry={id}>
      <Time at={at} />
      <th role="rowheader" scope="row" className="what">
        {name} <small>{transactionWords(transaction)}</small>
      </th>
      <td role="cell" className="level">
        {closeLevel === null ? missing : levelText(closeLevel)}
      </td>
      <td role="cell" className={`profit ${profitClass(amount)}`}>
        {signed(money(amount))} {currency}
      </td>
      <td role="cell" className="status">
        <span className="badge">{brokerType}</span>
      </td>
      <td role="cell" className="why">
        Reference {reference}
      </td>
    </tr>
  );
}
