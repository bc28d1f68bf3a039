// Finding a market to add: a search box with a list of what the broker offers (the combobox pattern of WAI-ARIA).
import { useEffect, useId, useState, type KeyboardEvent } from 'react';
import type { FTraderClient, MarketSummary } from '../../../client/index.ts';
import { steppedTo, useFoundMarkets } from './use-found-markets.ts';

export function Search({
  api,
  feed,
  listed,
  full,
  onAdd,
}: {
  api: FTraderClient['api'];
  feed: string | undefined;
  listed: readonly string[];
  full: boolean;
  onAdd(epic: string): void;
}) {
  const [text, setText] = useState('');
  const [active, setActive] = useState(0);
  const [open, setOpen] = useState(false);
  const id = useId();
  const query = text.trim();

  const { markets, problem, busy } = useFoundMarkets(api, feed, query);
  useEffect(() => setActive(0), [query]);

  const pick = ({ epic }: MarketSummary) => {
    if (full || listed.includes(epic)) return;
    onAdd(epic);
    setText('');
    setOpen(false);
  };
  function onKeyDown(event: KeyboardEvent) {
    const next = steppedTo(event.key, active, markets.length);
    if (next !== undefined) setActive(next);
    else if (event.key === 'Enter' && markets[active]) pick(markets[active]);
    else if (event.key === 'Escape') setText('');
    else return;
    event.preventDefault();
  }
  return (
    <div
      className="search"
      onBlur={(event) => event.currentTarget.contains(event.relatedTarget) || setOpen(false)}
    >
      <input
        type="search"
        role="combobox"
        placeholder="Add a market"
        aria-label="Add a market"
        maxLength={60}
        value={text}
        aria-expanded={open && query !== ''}
        aria-controls={id}
        aria-autocomplete="list"
        autoComplete="off"
        spellCheck={false}
        aria-activedescendant={markets[active] && `${id}-${active}`}
        onFocus={() => setOpen(true)}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setText(event.target.value);
          setOpen(true);
        }}
      />
      {open && query && (
        <div className="found">
          <ul role="listbox" id={id} aria-label="Markets found">
            {markets.map((market, index) => (
              <li
                key={market.epic}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === active}
                aria-disabled={listed.includes(market.epic)}
                onPointerDown={(event) => {
                  event.preventDefault();
                  pick(market);
                }}
              >
                <span>
                  {market.name} <small>{market.epic}</small>
                </span>
                <small>
                  {listed.includes(market.epic) ? 'in the list' : market.expiry === '-' ? '' : market.expiry}
                </small>
              </li>
            ))}
          </ul>
          <p role="status">
            {busy
              ? 'Searching…'
              : problem
                ? problem.message
                : full
                  ? 'The list is full: remove a market first.'
                  : markets.length === 0
                    ? 'No market fits.'
                    : ''}
          </p>
        </div>
      )}
    </div>
  );
}
