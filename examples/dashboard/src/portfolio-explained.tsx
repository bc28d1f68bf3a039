// How a figure of a portfolio is made: its formula, and the terms, days or flows behind it, as far as somebody opens them.
import type { AskExplain, ExplainedTerm, Explanation, FTraderClient } from '../../../client/index.ts';
import { levelText, missing, money, signed } from './format.ts';
import type { Period } from './portfolio-points.ts';
import { dayText, fractionText, kindText } from './portfolio-words.ts';
import { Problem } from './problem.tsx';
import { useReading } from './reading.ts';

/** Terms, days or flows that are listed. */
const mostListed = 200;

interface ExplainedProps {
  api: FTraderClient['api'];
  figure: AskExplain['figure'];
  /** Whose, of a contribution. */
  of?: string | undefined;
  benchmark?: string | undefined;
  /** Another one, also of the same days, is read anew. */
  period: Period;
  method: AskExplain['method'];
}

export function Explained({ api, figure, of, benchmark, period, method }: ExplainedProps) {
  const { data, problem } = useReading(['portfolio.explain', figure, of, benchmark, period, method], () =>
    api.portfolio.explain.query({
      id: period.id,
      figure,
      method,
      ...(of !== undefined && { of }),
      ...(benchmark !== undefined && { benchmark }),
      limit: mostListed,
      // Value is of now, the others are of the period.
      ...(figure !== 'value' && { from: period.from, to: period.to }),
    }),
  );
  if (problem) return <Problem problem={problem} />;
  if (!data) return <p className="quiet">Reading how it is made…</p>;
  return (
    <>
      <p>
        <code>{data.formula}</code>
      </p>
      {'term' in data ? <Term term={data.term} isOpen /> : <Numbers explanation={data} />}
    </>
  );
}

/** A term and, once it is opened, what it is made of in turn. */
function Term({ term, isOpen = false }: { term: ExplainedTerm; isOpen?: boolean }) {
  const { name, minus, currency, value } = term;
  const amount =
    value === null
      ? missing
      : signed(currency === null ? levelText(value) : `${money(value)} ${currency}`, '');
  const line = (
    <>
      {minus && '− '}
      {name} <b>{amount}</b> <span className="quiet">{sourceText(term)}</span>
    </>
  );
  if (!('parts' in term) || term.parts.length === 0) return <p className="term">{line}</p>;
  return (
    <details className="term" open={isOpen}>
      <summary>{line}</summary>
      {term.parts.map((part, n) => (
        <Term key={n} term={part} />
      ))}
      {'rest' in term && term.rest && (
        <p className="term quiet">
          and {term.rest.parts ?? ''} more, which come to {term.rest.value ?? missing}
        </p>
      )}
    </details>
  );
}

function sourceText(term: ExplainedTerm): string {
  switch (term.is) {
    case 'transaction':
      return `${kindText(term.transaction.kind)} of ${dayText(term.transaction.on)}`;
    case 'taken':
      return `${term.part} of ${term.of}, by the ${kindText(term.transaction.kind)} of ${dayText(term.transaction.on)}`;
    case 'share':
      return `${term.part} of ${term.of}`;
    case 'price':
      return term.price ? `of ${dayText(term.price.on)}, ${term.price.source}` : 'is missing';
    case 'rate':
      return term.rate
        ? `${term.rate.from} to ${term.rate.to} of ${dayText(term.rate.on)}, ${term.rate.source}`
        : 'is missing';
    case 'product':
      return 'multiplied';
    case 'sum':
      return 'added up';
    case 'quotient':
      return 'divided';
    case 'largest':
      return 'the furthest from zero';
    case 'trade':
      return `${dayText(term.opened.on)} to ${dayText(term.closed.on)}`;
  }
}

type Ratio = Exclude<Explanation, { term: ExplainedTerm }>;
/** Numbers of a ratio beside its days and flows, as far as it has them. */
const numberNames = {
  mean: 'Mean of the daily returns',
  standardDeviation: 'Their standard deviation',
  riskFree: 'Risk-free return of a day',
  periodsPerYear: 'Days that make a year',
  timeWeighted: 'Time-weighted return',
  timeWeightedAnnual: 'Time-weighted, a year',
  maxDrawdown: 'Largest drawdown',
  gain: 'Gain',
  averageCapital: 'Average capital',
  days: 'Calendar days',
  daysPerYear: 'Calendar days of a year',
  covariance: 'Covariance of the daily returns',
};

function Numbers({ explanation }: { explanation: Ratio }) {
  const numbers = Object.entries(numberNames).flatMap(([name, label]) => {
    const value = (explanation as Record<string, unknown>)[name];
    return typeof value === 'number' ? [[label, String(Number(value.toPrecision(8)))] as const] : [];
  });
  return (
    <>
      {numbers.length > 0 && (
        <dl className="facts">
          {numbers.map(([label, text]) => (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{text}</dd>
            </div>
          ))}
        </dl>
      )}
      {'daily' in explanation && explanation.daily && (
        <details className="term">
          <summary>{explanation.daily.count} daily returns</summary>
          {explanation.daily.days.map(({ on, begin, inflow, end, outflow, return: of }) => (
            <p key={on} className="term">
              {dayText(on)}{' '}
              <span className="quiet">
                ({end} + {outflow}) ÷ ({begin} + {inflow}) − 1 =
              </span>{' '}
              <b>{of === null ? missing : fractionText(of)}</b>
            </p>
          ))}
          {explanation.daily.rest && <p className="term quiet">and {explanation.daily.rest.days} more</p>}
        </details>
      )}
      {'instrument' in explanation && (
        <details className="term">
          <summary>
            {explanation.instrument} on {explanation.days.length} days
          </summary>
          {explanation.days.map(({ on, price, rate, return: of }) => (
            <p key={on} className="term">
              {dayText(on)}{' '}
              <span className="quiet">
                {price ? `${price.price} ${price.currency}` : 'price is missing'}
                {rate ? ` × ${rate.rate}` : price && ', rate is missing'}
              </span>{' '}
              {of !== null && <b>{fractionText(of)}</b>}
            </p>
          ))}
          {explanation.rest && <p className="term quiet">and {explanation.rest.days} more</p>}
        </details>
      )}
      {'flows' in explanation && (
        <details className="term">
          <summary>{explanation.flows.length} flows</summary>
          {explanation.flows.map(({ on, amount, day, transactionId }, n) => (
            <p key={n} className="term">
              {dayText(on)} <b>{signed(money(amount))}</b>{' '}
              <span className="quiet">
                after {day} days{transactionId === null && ', the value at an end of the period'}
              </span>
            </p>
          ))}
          {explanation.rest && <p className="term quiet">and {explanation.rest.flows} more</p>}
        </details>
      )}
    </>
  );
}
