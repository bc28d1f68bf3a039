// What a portfolio holds by a method of cost basis, how its value is spread over that and the cash, and what is missing to value it.
import { useState } from 'react';
import type {
  CashBalance,
  CostMethod,
  FTraderClient,
  Holding,
  Holdings,
  Missing,
} from '../../../client/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { profitClass, profitText } from './account-bar.tsx';
import { Choice } from './choice.tsx';
import { levelText, missing, money, signed } from './format.ts';
import { PriceForm } from './portfolio-forms.tsx';
import { dayText, methodName, missingDays, type MissingDays } from './portfolio-words.ts';

interface HoldingsProps {
  holdings: Holdings;
  method: CostMethod;
  onMethod(method: CostMethod): void;
}

export function PortfolioHoldings({
  holdings: { holdings, cash, baseCurrency },
  method,
  onMethod,
}: HoldingsProps) {
  return (
    <section className="book" aria-labelledby="holdings-title">
      <div className="book-head">
        <h2 id="holdings-title">
          Holdings <small>gains in {baseCurrency}</small>
        </h2>
        <Choice label="Cost basis" options={methodName} chosen={method} onChoose={onMethod} />
      </div>
      {holdings.length > 0 && (
        <table role="table" aria-label="Holdings" className="holdings">
          <thead role="rowgroup">
            <tr role="row">
              {[
                'Instrument',
                'Units',
                'Average price',
                'Price',
                'Value',
                'Unrealised',
                'Realised',
                'Income',
              ].map((text) => (
                <th
                  key={text}
                  role="columnheader"
                  scope="col"
                  className={text === 'Instrument' ? 'market' : undefined}
                >
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {holdings.map((each) => (
              <HoldingRow key={each.instrument} holding={each} base={baseCurrency} />
            ))}
          </tbody>
        </table>
      )}
      {holdings.length + cash.length === 0 ? (
        <p className="none">Nothing is held.</p>
      ) : (
        <Allocation {...{ holdings, cash, baseCurrency }} />
      )}
    </section>
  );
}

const priceText = (price: string): string => levelText(decimal.round(price, 6, 'half-even'));

function HoldingRow({ holding, base }: { holding: Holding; base: string }) {
  const { instrument, currency, quantity, averagePrice, price, value, valueBase } = holding;
  const { unrealisedBase, realisedBase, incomeBase } = holding;
  const gain = (heading: string, amount: string | null) => (
    <td role="cell" className={profitClass(amount)} data-heading={heading}>
      {profitText(amount)}
    </td>
  );
  return (
    <tr role="row" data-instrument={instrument}>
      <th role="rowheader" scope="row" className="market">
        {instrument} <small>{currency}</small>
      </th>
      <td role="cell" data-heading="Units">
        {signed(levelText(quantity), '')}
      </td>
      <td role="cell" data-heading="Average price">
        {averagePrice === null ? missing : priceText(averagePrice)}
      </td>
      <td role="cell" data-heading="Price">
        {price ? priceText(price.price) : missing}
        {price && <small> {dayText(price.on)}</small>}
      </td>
      <td role="cell" data-heading="Value">
        {valueBase === null ? missing : `${signed(money(valueBase), '')} ${base}`}
        {currency !== base && value !== null && (
          <small>
            {' '}
            {signed(money(value), '')} {currency}
          </small>
        )}
      </td>
      {gain('Unrealised', unrealisedBase)}
      {gain('Realised', realisedBase)}
      {gain('Income', incomeBase)}
    </tr>
  );
}

/** Shares of the whole; what is owed has a share below zero. */
function Allocation({
  holdings,
  cash,
  baseCurrency,
}: {
  holdings: readonly Holding[];
  cash: readonly CashBalance[];
  baseCurrency: string;
}) {
  const parts = [
    ...holdings
      .filter(({ quantity }) => /[1-9]/.test(quantity))
      .map(({ instrument, valueBase }) => ({ name: instrument, amount: valueBase })),
    ...cash.map(({ currency, amountBase }) => ({ name: `Cash ${currency}`, amount: amountBase })),
  ];
  const known = parts.map(({ amount }) => Number(amount ?? 0));
  const sum = (all: readonly number[]) => all.reduce((before, each) => before + each, 0);
  const [whole, magnitude] = [sum(known), sum(known.map(Math.abs))];
  return (
    <ul className="allocation" aria-label="Allocation">
      {parts
        .toSorted((a, b) => Number(b.amount ?? 0) - Number(a.amount ?? 0))
        .map(({ name, amount }) => (
          <li key={name}>
            <span>{name}</span>
            <i aria-hidden="true">
              <b
                className={amount?.startsWith('-') ? 'owed' : undefined}
                style={{
                  width: `${magnitude > 0 ? (Math.abs(Number(amount ?? 0)) / magnitude) * 100 : 0}%`,
                }}
              />
            </i>
            <span>
              {amount === null ? 'not known' : `${signed(money(amount), '')} ${baseCurrency}`}
              {amount !== null && whole > 0 && (
                <small> {signed(((Number(amount) / whole) * 100).toFixed(1), '')} %</small>
              )}
            </span>
          </li>
        ))}
    </ul>
  );
}

/** What is missing, named one by one; the rest is counted. */
const mostNamed = 8;

interface PricesProps {
  api: FTraderClient['api'];
  holdings: Holdings;
  /** Of the period that is shown. */
  missing: readonly Missing[];
  onChanged(said: string): void;
}

export function PortfolioPrices({ api, holdings, missing: ofPeriod, onChanged }: PricesProps) {
  const [start, setStart] = useState<MissingDays & { currency: string }>();
  const [open, setOpen] = useState(false);
  const all = missingDays([...holdings.missing, ...ofPeriod]);
  const currencyOf = ({ what, of }: MissingDays) =>
    (what === 'price' && holdings.holdings.find(({ instrument }) => instrument === of)?.currency) ||
    holdings.baseCurrency;
  return (
    <section className="book" aria-labelledby="prices-title">
      <div className="book-head">
        <h2 id="prices-title">Prices and rates</h2>
        <button
          type="button"
          aria-expanded={open}
          onClick={() => {
            setStart(undefined);
            setOpen(!open);
          }}
        >
          Enter a price
        </button>
      </div>
      {all.length === 0 ? (
        <p className="quiet">Nothing is missing for the period that is shown.</p>
      ) : (
        <div className="notice">
          <p>What is missing for the value or the period. One counts on its day and for seven days more.</p>
          <ul>
            {all.slice(0, mostNamed).map((each) => (
              <li key={`${each.what} ${each.of}`}>
                <button
                  type="button"
                  className="link"
                  onClick={() => {
                    setStart({ ...each, currency: currencyOf(each) });
                    setOpen(true);
                  }}
                >
                  {each.what === 'price' ? 'Price' : 'Rate'} of {each.of}
                </button>{' '}
                {each.days === 1
                  ? dayText(each.last)
                  : `on ${each.days} days, ${dayText(each.first)} to ${dayText(each.last)}`}
              </li>
            ))}
          </ul>
          {all.length > mostNamed && <p>and {all.length - mostNamed} more</p>}
        </div>
      )}
      {open && (
        <PriceForm
          key={start ? `${start.what} ${start.of} ${start.last}` : ''}
          {...{ api, start }}
          base={holdings.baseCurrency}
          today={holdings.on}
          onDone={onChanged}
        />
      )}
    </section>
  );
}
