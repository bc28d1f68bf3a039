// Figures of a portfolio as cards: each opens what it means and how it is made.
import { useState } from 'react';
import type { AskExplain, Figure, FTraderClient, Performance } from '../../../client/index.ts';
import { missing } from './format.ts';
import { Explained } from './portfolio-explained.tsx';
import type { Period } from './portfolio-points.ts';
import { dayText, figureName, figureText } from './portfolio-words.ts';

export interface FigureCard {
  name: AskExplain['figure'];
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

interface FiguresProps {
  api: FTraderClient['api'];
  label: string;
  cards: readonly FigureCard[];
  period: Period;
  method: AskExplain['method'];
}

export function PortfolioFigures({ api, label, cards, period, method }: FiguresProps) {
  const [opened, setOpened] = useState<FigureCard['name']>();
  return (
    <ul className="figures" aria-label={label}>
      {cards.map(({ name, label: of, text, notes = [], className, figure }) => {
        const isOpened = opened === name;
        return [
          <li key={name}>
            <button
              type="button"
              aria-expanded={isOpened}
              onClick={() => setOpened(isOpened ? undefined : name)}
            >
              <span>{of}</span>
              <b data-figure={name} className={className}>
                {text ?? missing}
              </b>
              {notes.map((note) => (
                <small key={note}>{note}</small>
              ))}
            </button>
          </li>,
          isOpened && (
            <li key={`${name} meaning`} className="meaning">
              {figure && <p>{figure.convention}</p>}
              {figure && (
                <p className="quiet">
                  {figure.annualised === null ? 'Of the whole period.' : `Of a year: ${figure.annualised}.`}
                </p>
              )}
              <Explained key={name} figure={name} {...{ api, period, method }} />
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
