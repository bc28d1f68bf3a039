// What a portfolio is worth from day to day and how it has done: two charts over a span of days, and the figures with what they mean.
import { useCallback, useMemo, useState } from 'react';
import type { Figure, FTraderClient, Holdings, Performance } from '../../../client/index.ts';
import { profitClass } from './account-bar.tsx';
import { ChartAttribution } from './chart-attribution.tsx';
import { missing, money, signed } from './format.ts';
import { LineChart } from './line-chart.tsx';
import { portfolioPoints, type Period } from './portfolio-points.ts';
import { dayText, figureName, figureText, fractionText, spanName, type Span } from './portfolio-words.ts';
import { Problem, type ProblemText } from './problem.tsx';
import { TicketChoice } from './ticket-choice.tsx';
import { useRead } from './use-read.ts';

const spans = Object.entries(spanName) as [Span, string][];
const names = Object.keys(figureName) as (keyof typeof figureName)[];

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
}

export function PortfolioPerformance({
  api,
  holdings,
  stale,
  period,
  figures,
  span,
  onSpan,
}: PerformanceProps) {
  const { valueBase, baseCurrency, running } = holdings;
  const readPoints = useCallback(() => portfolioPoints(api, period), [api, period]);
  const points = useRead(readPoints);
  const values = useMemo(() => points.data?.map(({ on, value: at }) => ({ on, at })) ?? [], [points.data]);
  const returns = useMemo(() => points.data?.map(({ on, return: at }) => ({ on, at })) ?? [], [points.data]);
  const { data } = figures;
  return (
    <section className="book" aria-labelledby="performance-title">
      <div className="book-head">
        <h2 id="performance-title">Value and performance</h2>
        <TicketChoice label="Period" options={spans} chosen={span} locked={false} onChoose={onSpan} />
      </div>
      <dl className="facts worth">
        <Fact
          name="Value"
          of="value"
          text={valueBase === null ? null : `${signed(money(valueBase), '')} ${baseCurrency}`}
          note={[
            running?.amount != null && `${signed(money(running.amount))} of it running profit`,
            running?.amount === null && `running profit is not known: ${running.reason ?? ''}`,
            stale && 'not up to date',
          ]
            .filter(Boolean)
            .join(', ')}
        />
        <Fact
          name={`Gain since ${dayText(period.from)}`}
          of="gain"
          text={data?.gain == null ? null : `${signed(money(data.gain))} ${baseCurrency}`}
          className={profitClass(data?.gain ?? null)}
        />
        <Fact
          name="Paid in, less paid out"
          of="flows"
          text={data?.flows == null ? null : `${signed(money(data.flows))} ${baseCurrency}`}
        />
      </dl>
      <div className="pair-of-charts">
        <Chart title={`Value, ${baseCurrency}`} of="value" points={values} text={(at) => money(String(at))} />
        <Chart title="Return, time-weighted" of="return" points={returns} text={fractionText} signed />
      </div>
      <ChartAttribution />
      {(points.problem ?? figures.problem) && <Problem problem={(points.problem ?? figures.problem)!} />}
      {data && <Figures performance={data} />}
    </section>
  );
}

interface FactProps {
  name: string;
  of: string;
  text: string | null;
  note?: string;
  className?: string;
}
const Fact = ({ name, of, text, note, className }: FactProps) => (
  <div>
    <dt>{name}</dt>
    <dd data-figure={of} className={className}>
      {text ?? missing}
    </dd>
    {note && <small>{note}</small>}
  </div>
);

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

function Figures({ performance }: { performance: Performance }) {
  const [opened, setOpened] = useState<keyof typeof figureName>();
  return (
    <ul className="figures" aria-label="Figures">
      {names.map((name) => {
        const figure = performance.figures[name];
        const text = figureText(name, figure);
        const isOpened = opened === name;
        return [
          <li key={name}>
            <button
              type="button"
              aria-expanded={isOpened}
              onClick={() => setOpened(isOpened ? undefined : name)}
            >
              <span>{figureName[name]}</span>
              <b data-figure={name}>{text ?? missing}</b>
              {figure.reason && <small>{figure.reason}</small>}
              {name === 'maxDrawdown' && <small>{drawdownText(performance)}</small>}
            </button>
          </li>,
          isOpened && (
            <li key={`${name} meaning`} className="meaning">
              <Meaning figure={figure} />
            </li>
          ),
        ];
      })}
    </ul>
  );
}

function Meaning({ figure: { definition, convention, annualised } }: { figure: Figure }) {
  return (
    <>
      <p>
        <code>{definition}</code>
      </p>
      <p>{convention}</p>
      <p className="quiet">{annualised === null ? 'Of the whole period.' : `Of a year: ${annualised}.`}</p>
    </>
  );
}

function drawdownText({ drawdown }: Performance): string {
  if (!drawdown?.peakOn || !drawdown.troughOn) return '';
  const until = drawdown.recoveredOn ? `recovered ${dayText(drawdown.recoveredOn)}` : 'not recovered yet';
  return `${dayText(drawdown.peakOn)} to ${dayText(drawdown.troughOn)}, ${until}`;
}
