// A day of the cash beside the broker's balance: both sums, and each difference with its reason and the rows of both sides.
import { useState } from 'react';
import type { FTraderClient, Statement } from '../../../client/index.ts';
import { profitClass } from './account-bar.tsx';
import { Field } from './field.tsx';
import { dayAndTime, missing, money, signed } from './format.ts';
import type { Period } from './portfolio-points.ts';
import { dayText, differenceText, kindText, noBrokerText } from './portfolio-words.ts';
import { Problem } from './problem.tsx';
import { useReading } from './reading.ts';

/** Of one portfolio: that of an account is the account's. `period` anew: read anew. */
export function PortfolioStatement({ api, period }: { api: FTraderClient['api']; period: Period }) {
  const [on, setOn] = useState(period.to);
  const { data, problem } = useReading(['portfolio.statement', period, on], () =>
    api.portfolio.statement.query({ id: period.id, on }),
  );
  return (
    <section className="book" aria-labelledby="statement-title">
      <div className="book-head">
        <h2 id="statement-title">Daily statement</h2>
        <Field
          label="Day of the statement"
          name="statement-day"
          type="date"
          min={period.startsOn}
          max={period.to}
          value={on}
          error={undefined}
          onChange={({ target }) => target.value && setOn(target.value)}
        />
      </div>
      {problem && <Problem problem={problem} />}
      {data?.noBroker && <p className="quiet">{noBrokerText[data.noBroker]}</p>}
      {data && <Sums statement={data} />}
      {data?.differences && <Differences statement={data} rows={data.differences.rows} />}
    </section>
  );
}

const amountText = (amount: string) => signed(money(amount), '');

function Sums({ statement: { on, ours, broker, differences } }: { statement: Statement }) {
  // The account has one currency; cash of others is ours alone.
  const sums = ours.cash.length > 0 ? ours.cash : [{ currency: '', opening: '0', closing: '0' }];
  const row = (name: string, side: { opening: string; closing: string } | null) => (
    <tr role="row" key={name}>
      <th role="rowheader" scope="row" className="market">
        {name}
      </th>
      {(['opening', 'closing'] as const).map((at) => (
        <td key={at} role="cell" data-heading={at === 'opening' ? 'Begin of the day' : 'End of the day'}>
          {side ? amountText(side[at]) : missing}
        </td>
      ))}
    </tr>
  );
  return (
    <table role="table" aria-label={`Statement of ${dayText(on)}`} className="holdings">
      <thead role="rowgroup">
        <tr role="row">
          {['Cash', 'Begin of the day', 'End of the day'].map((text, n) => (
            <th key={text} role="columnheader" scope="col" className={n === 0 ? 'market' : undefined}>
              {text}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {sums.map((each) => row(`Our ledger ${each.currency}`.trim(), each))}
        {broker && row('The broker', broker)}
        {differences && row('Difference', differences)}
      </tbody>
    </table>
  );
}

type Rows = NonNullable<Statement['differences']>['rows'];
function Differences({ statement: { ours, broker }, rows }: { statement: Statement; rows: Rows }) {
  if (rows.length === 0) return <p className="quiet">Every movement of the day agrees to the cent.</p>;
  const ourText = (id: string) => {
    const row = ours.movements.find(({ transactionId }) => transactionId === id);
    return row
      ? `${dayAndTime(row.at)}, ${kindText(row.kind)} ${amountText(row.amount)} ${row.currency}`
      : id;
  };
  const theirText = (id: string) => {
    const row = broker?.movements.find((each) => each.id === id);
    return row ? `${dayAndTime(row.at)}, ${row.name} ${amountText(row.amount)}` : id;
  };
  return (
    <ul className="notice" aria-label="Differences">
      {rows.map(({ what, ours: own, theirs, difference }) => (
        <li key={[what, ...own, ...theirs].join(' ')}>
          {differenceText[what]} <b className={profitClass(difference)}>{signed(money(difference))}</b>
          {own.map((id) => (
            <p key={id} className="term">
              <span className="quiet">Ours</span> {ourText(id)} <small>{id}</small>
            </p>
          ))}
          {theirs.map((id) => (
            <p key={id} className="term">
              <span className="quiet">Broker</span> {theirText(id)} <small>{id}</small>
            </p>
          ))}
        </li>
      ))}
    </ul>
  );
}
