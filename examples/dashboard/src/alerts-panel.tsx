// The alerts on one market, below its chart.
import type { FTraderClient } from '../../../client/index.ts';
import { AlertBook, type OpenAlert } from './alert-book.tsx';
import { AlertForm, type AlertSeed } from './alert-form.tsx';
import { alertWords, dormantWords } from './alert-words.ts';
import { useQuote } from './board.ts';
import type { PriceBoard } from './prices.ts';
import type { KnownAlerts } from './use-alerts.ts';

export interface AlertsPanelProps {
  api: FTraderClient['api'];
  market: { epic: string; name: string };
  feed: string | undefined;
  alerts: KnownAlerts;
  board: PriceBoard;
  open: OpenAlert<AlertSeed> | undefined;
  onOpen(open: OpenAlert<AlertSeed> | undefined): void;
  said: string;
  onSaid(said: string): void;
  /** Puts a new one into the chart, to be moved there. */
  onPlace(): void;
}

export default function AlertsPanel({ api, market, feed, board, onPlace, ...book }: AlertsPanelProps) {
  return (
    <AlertBook
      {...book}
      api={api}
      label={`Alerts on ${market.name}`}
      wordsOf={({ condition }) => alertWords(condition)}
      form={(props) => <AlertForm key={props.seed?.level} {...{ api, market, feed, board }} {...props} />}
      dormant={dormantWords(useQuote(board, market.epic)?.tick)}
      tools={
        <>
          <button type="button" onClick={onPlace}>
            Place one in the chart
          </button>
          <span className="quiet">or press the chart at a price; an alert’s line can be dragged</span>
        </>
      }
    />
  );
}
