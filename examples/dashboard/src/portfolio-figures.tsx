// Figures of a portfolio as cards: each opens what it means and how it is made.
import { useState } from 'react';
import type {
  AskExplain,
  BenchmarkComparison,
  Figure,
  FTraderClient,
  Performance,
} from '../../../client/index.ts';
import { missing, money, signed } from './format.ts';
import { profitClass } from './account-bar.tsx';
import { Explained } from './portfolio-explained.tsx';
import type { Period } from './portfolio-points.ts';
import { benchmarkName, dayText, figureName, figureText, fractionText } from './portfolio-words.ts';

export interface FigureCard {
  name: AskExplain['figure'];
  /** Whose, of a contribution. */
  of?: string;
  /** What it is compared with. */
  benchmark?: string;
  label: string;
  text: string | undefined;
  notes?: readonly string[];
  className?: string;
  /** Of a ratio: its convention. */
  figure?: Figure;
}

/** The ratios of a period, null ones with their reason. */
export const ratioCards = (performance: Performance): FigureCard[] =>
  (Object.keys(figureName) as (keyof typeof figureName)[]).map((name) => {
    const figure = performance.figures[name];
    const notes = [figure.reason ?? '', name === 'maxDrawdown' ? drawdownText(performance) : ''];
    return {
      name,
      figure,
      label: figureName[name],
      text: figureText(name, figure),
      notes: notes.filter(Boolean),
    };
  });

/** What each holding added, the most first. */
export const contributionCards = ({ contributions, baseCurrency }: Performance): FigureCard[] =>
  contributions
    .toSorted((a, b) => Number(b.gain) - Number(a.gain))
    .map(({ of, gain, share }) => ({
      name: 'contribution',
      of,
      label: { cash: 'Exchange rates on cash', other: 'Interest and costs of no holding' }[of] ?? of,
      text: `${signed(money(gain), '+')} ${baseCurrency}`,
      className: profitClass(gain),
      notes: share === null ? [] : [`${fractionText(share)} of the average capital`],
    }));

export const benchmarkCards = ({ instrument, figures }: BenchmarkComparison): FigureCard[] =>
  (Object.keys(benchmarkName) as (keyof typeof benchmarkName)[]).map((name) => ({
    name: `benchmark${name[0]!.toUpperCase()}${name.slice(1)}` as AskExplain['figure'],
    benchmark: instrument,
    figure: figures[name],
    label: benchmarkName[name],
    text: figureText(name, figures[name]),
    notes: figures[name].reason ? [figures[name].reason] : [],
  }));

interface FiguresProps {
  api: FTraderClient['api'];
  label: string;
  cards: readonly FigureCard[];
  period: Period;
  method: AskExplain['method'];
}

export function PortfolioFigures({ api, label, cards, period, method }: FiguresProps) {
  const [opened, setOpened] = useState<string>();
  return (
    <ul className="figures" aria-label={label}>
      {cards.map(({ name, of, benchmark, label: title, text, notes = [], className, figure }) => {
        const key = of === undefined ? name : `${name} ${of}`;
        const isOpened = opened === key;
        return [
          <li key={key}>
            <button
              type="button"
              aria-expanded={isOpened}
              onClick={() => setOpened(isOpened ? undefined : key)}
            >
              <span>{title}</span>
              <b data-figure={key} className={className}>
                {text ?? missing}
              </b>
              {notes.map((note) => (
                <small key={note}>{note}</small>
              ))}
            </button>
          </li>,
          isOpened && (
            <li key={`${key} meaning`} className="meaning">
              {figure && <p>{figure.convention}</p>}
              {figure && (
                <p className="quiet">
                  {figure.annualised === null ? 'Of the whole period.' : `Of a year: ${figure.annualised}.`}
                </p>
              )}
              <Explained figure={name} {...{ api, of, benchmark, period, method }} />
            </li>
          ),
        ];
      })}
    </ul>
  );
}

function drawdownText({ drawdown }: Performance): string {
  if (!drawdown?.peakOn || !drawdown.troughOn) return '';
  const until = drawdown.recoveredOn ? `recovered ${dayText(drawdown.recoveredOn)}` : 'not recovered yet';
  return `${dayText(drawdown.peakOn)} to ${dayText(drawdown.troughOn)}, ${until}`;
}
