// What of the history is wanted: which part, which days, and of what market, kind and outcome.
import { useId, useState } from 'react';
import { Choice } from './choice.tsx';
import {
  historyParts,
  kindsOf,
  noHistoryFilter,
  outcomesOf,
  spanMissed,
  type HistoryFilter,
  type HistoryPart,
} from './history-filter.ts';
import { TicketChoice } from './ticket-choice.tsx';

const parts = Object.entries(historyParts) as [HistoryPart, string][];
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

interface HistoryFiltersProps {
  filter: HistoryFilter;
  onFilter(filter: HistoryFilter): void;
}

/** A market is looked for when it is typed: with Enter, or when its field is left. */
export function HistoryFilters({ filter, onFilter }: HistoryFiltersProps) {
  const [market, setMarket] = useState(filter.market);
  const id = useId();
  const { part, from, to, kind, outcome } = filter;
  const missed = spanMissed(filter);
  const look = () => market.trim() !== filter.market && onFilter({ ...filter, market: market.trim() });
  const day = (which: 'from' | 'to', label: string) => (
    <label>
      {label}
      <input
        type="date"
        value={filter[which]}
        aria-invalid={missed !== undefined}
        aria-describedby={`${id}-days`}
        onChange={({ target }) => onFilter({ ...filter, [which]: target.value })}
      />
    </label>
  );
  return (
    <form
      className="sheet"
      role="search"
      aria-label="What of the history is shown"
      onSubmit={(event) => {
        event.preventDefault();
        look();
      }}
    >
      <TicketChoice
        label="Which history"
        options={parts}
        chosen={part}
        locked={false}
        // What was chosen of one part means nothing to the next; days and market do.
        onChoose={(next) => onFilter({ ...noHistoryFilter, from, to, market: filter.market, part: next })}
      />
      <div className="fields">
        {day('from', 'From')}
        {day('to', 'To')}
        <label>
          Market
          <input
            type="search"
            value={market}
            placeholder="any: name or epic"
            autoComplete="off"
            onChange={({ target }) => setMarket(target.value)}
            onBlur={look}
          />
        </label>
        <label>
          Kind
          <Choice
            label="Kind"
            options={kindsOf[part]}
            chosen={kind}
            onChoose={(next) => onFilter({ ...filter, kind: next })}
          />
        </label>
        <label>
          Outcome
          <Choice
            label="Outcome"
            options={outcomesOf[part]}
            chosen={outcome}
            onChoose={(next) => onFilter({ ...filter, outcome: next })}
          />
        </label>
      </div>
      <p id={`${id}-days`} className={missed ? 'down' : 'quiet'} role={missed && 'alert'}>
        {missed ?? `Days in ${zone}, both included.`}
      </p>
    </form>
  );
}
