// What a portfolio is worth from day to day and how it has done: two charts over a span of days, and the figures with what they mean.
import { useMemo, useState } from 'react';
import type { FTraderClient, Holdings, Performance } from '../../../client/index.ts';
import { profitClass } from './account-bar.tsx';
import { ChartAttribution } from './chart-attribution.tsx';
import { money, signed } from './format.ts';
import { LineChart } from './line-chart.tsx';
import { benchmarkCards, contributionCards, PortfolioFigures, ratioCards } from './portfolio-figures.tsx';
import { portfolioPoints, type Period } from './portfolio-points.ts';
import { dayText, fractionText, spanName, type Span } from './portfolio-words.ts';
import { Problem, type ProblemText } from './problem.tsx';
import { TicketChoice } from './ticket-choice.tsx';
import { useReading } from './reading.ts';

const spans = Object.entries(spanName) as [Span, string][];

interface PerformanceProps {
  api: FTraderClient['api'];
  holdings: Holdings;
  /** Some of its prices are not of now. */
  stale: boolean;
  /** Another one, also of the same days, is read anew. */
  period: Period;
  figures: { data: Performance | undefined; problem: ProblemText | undefined };
  span: Span;
  onSpan(span: Span): void;
  /** An instrument or epic to compare with; none at ''. */
  onCompare(benchmark: string): void;
}

export function PortfolioPerformance({
  api,
  holdings,
  stale,
  period,
  figures,
  span,
  onSpan,
  onCompare,
}: PerformanceProps) {
  const { valueBase, baseCurrency, method, running } = holdings;
  const points = useReading(['portfolio.valuations', period], () => portfolioPoints(api, period));
  const values = useMemo(() => points.data?.map(({ on, value: at }) => ({ on, at })) ?? [], [points.data]);
  const returns = useMemo(() => points.data?.map(({ on, return: at }) => ({ on, at })) ?? [], [points.data]);
  const { data } = figures;
  const [compared, setCompared] = useState('');
  const inBase = (amount: string | null | undefined, plus = '') =>
    amount == null ? undefined : `${signed(money(amount), plus)} ${baseCurrency}`;
  return (
    <section className="book" aria-labelledby="performance-title">
      <div className="book-head">
        <h2 id="performance-title">Value and performance</h2>
        <TicketChoice label="Period" options={spans} chosen={span} locked={false} onChoose={onSpan} />
      </div>
      <PortfolioFigures
        label="Value"
        cards={[
          {
            name: 'value',
            label: 'Value',
            text: inBase(valueBase),
            notes: [
              running?.amount != null ? `${signed(money(running.amount))} of it running profit` : '',
              running?.amount === null ? `running profit is not known: ${running.reason ?? ''}` : '',
              stale ? 'not up to date' : '',
            ].filter(Boolean),
          },
          {
            name: 'gain',
            label: `Gain since ${dayText(period.from)}`,
            text: inBase(data?.gain, '+'),
            className: profitClass(data?.gain ?? null),
          },
          { name: 'flows', label: 'Paid in, less paid out', text: inBase(data?.flows, '+') },
        ]}
        {...{ api, period, method }}
      />
      <div className="pair-of-charts">
        <Chart title={`Value, ${baseCurrency}`} of="value" points={values} text={(at) => money(String(at))} />
        <Chart title="Return, time-weighted" of="return" points={returns} text={fractionText} signed />
      </div>
      <ChartAttribution />
      {(points.problem ?? figures.problem) && <Problem problem={(points.problem ?? figures.problem)!} />}
      {data && <PortfolioFigures label="Figures" cards={ratioCards(data)} {...{ api, period, method }} />}
      {data && data.contributions.length > 0 && (
        <>
          <h3>What each holding added</h3>
          <PortfolioFigures
            label="Contributions"
            cards={contributionCards(data)}
            {...{ api, period, method }}
          />
        </>
      )}
      <form
        className="book-head"
        aria-label="Benchmark"
        onSubmit={(event) => {
          event.preventDefault();
          onCompare(compared.trim());
        }}
      >
        <h3>{data?.benchmark ? `Beside ${data.benchmark.instrument}` : 'Beside a benchmark'}</h3>
        <input
          aria-label="Instrument or epic to compare with"
          placeholder="Instrument or epic"
          list="benchmarks"
          maxLength={60}
          value={compared}
          onChange={({ target }) => setCompared(target.value)}
        />
        <datalist id="benchmarks">
          {holdings.holdings.map(({ instrument }) => (
            <option key={instrument} value={instrument} />
          ))}
        </datalist>
        <button type="submit">Compare</button>
      </form>
      {data?.benchmark && (
        <PortfolioFigures
          label="Benchmark figures"
          cards={benchmarkCards(data.benchmark)}
          {...{ api, period, method }}
        />
      )}
    </section>
  );
}

interface ChartProps {
  title: string;
  of: string;
  points: readonly { on: string; at: number | null }[];
  signed?: boolean;
  text(at: number): string;
}
function Chart({ title, of, points, text, signed: isSigned = false }: ChartProps) {
  const known = points.filter(({ at }) => at !== null);
  const last = known.at(-1);
  return (
    <figure>
      <figcaption>{title}</figcaption>
      <div className="chart-place">
        <LineChart points={points} text={text} signed={isSigned} />
        {points.length > 0 && known.length === 0 && (
          <p className="chart-none quiet">Not known on any day: see what is missing.</p>
        )}
      </div>
      <p className="hidden" data-testid={`${of}-summary`}>
        {last ? `${known.length} days; on ${dayText(last.on)} it is ${text(last.at!)}.` : 'Nothing yet.'}
      </p>
    </figure>
  );
}
