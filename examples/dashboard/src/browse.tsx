// Finding markets by kind: the broker's categories, and the markets of the one that is pressed, a page at a time.
import { useEffect, useState } from 'react';
import type { FTraderClient, ListedMarket, MarketCategory } from '../../../client/index.ts';
import { readOnce } from './follow.ts';
import { Problem, problemOf, type ProblemText } from './problem.tsx';

interface BrowseProps {
  api: FTraderClient['api'];
  feed: string | undefined;
  listed: readonly string[];
  full: boolean;
  onAdd(epic: string): void;
}
interface Shown {
  category: string;
  markets: readonly ListedMarket[];
  nextCursor: string | null;
}

export function Browse({ api, feed, listed, full, onAdd }: BrowseProps) {
  const [categories, setCategories] = useState<readonly MarketCategory[]>();
  const [chosen, setChosen] = useState<string>();
  const [shown, setShown] = useState<Shown>();
  const [problem, setProblem] = useState<ProblemText>();
  useEffect(
    () =>
      readOnce(
        () => api.marketData.navigate.query(chosen === undefined ? { feed } : { feed, category: chosen }),
        (found) => {
          setProblem(undefined);
          setCategories(found.categories);
          if (chosen !== undefined)
            setShown({ category: chosen, markets: found.markets, nextCursor: found.nextCursor });
        },
        setProblem,
      ),
    [api, feed, chosen],
  );
  const more = (before: Shown, cursor: string) =>
    void api.marketData.navigate.query({ feed, category: before.category, cursor }).then(
      ({ markets, nextCursor }) =>
        setShown((now) =>
          now === before ? { ...before, markets: [...before.markets, ...markets], nextCursor } : now,
        ),
      (error: unknown) => setProblem(problemOf(error)),
    );
  const current = shown?.category === chosen ? shown : undefined;
  return (
    <>
      <h2>Markets by kind</h2>
      {problem && <Problem problem={problem} />}
      <div className="categories" role="group" aria-label="Kind">
        {categories?.map(({ id, name }) => (
          <button key={id} type="button" aria-pressed={id === chosen} onClick={() => setChosen(id)}>
            {name}
          </button>
        ))}
      </div>
      {!problem && (!categories || (chosen !== undefined && !current)) && (
        <p className="quiet" role="status">
          Asking the broker…
        </p>
      )}
      {full && <p className="notice">The list is full: remove a market first.</p>}
      {current && (
        <ul aria-label="Markets of this kind">
          {current.markets.map(({ epic, name, expiry }) => (
            <li key={epic}>
              <span>
                {name} <small>{expiry === '-' ? epic : `${epic}, ${expiry}`}</small>
              </span>
              <button
                type="button"
                aria-label={listed.includes(epic) ? `${name} is in the list` : `Add ${name}`}
                aria-disabled={full || listed.includes(epic)}
                onClick={() => full || listed.includes(epic) || onAdd(epic)}
              >
                {listed.includes(epic) ? '✓' : 'Add'}
              </button>
            </li>
          ))}
        </ul>
      )}
      {current && current.nextCursor !== null && (
        <button type="button" onClick={() => more(current, current.nextCursor!)}>
          More
        </button>
      )}
    </>
  );
}
