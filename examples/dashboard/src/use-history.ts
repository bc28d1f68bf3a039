// One list of the history, page by page: read until enough of what is asked for is there, and no further before somebody asks.
import { useCallback, useEffect, useRef, useState } from 'react';
import { problemOf, type ProblemText } from './problem.tsx';

export interface HistoryPage<Row> {
  rows: readonly Row[];
  nextCursor: string | null;
  /** How far the broker's own history is known; of our deals nothing is missing. */
  since?: Date | null;
  asOf?: Date | null;
}
/** What is asked for: pages of rows, and which of them fit. */
export interface HistoryQuery<Row> {
  read(cursor: string | undefined, limit: number): Promise<HistoryPage<Row>>;
  fits(row: Row): boolean;
}

/** Rows in a page, and as many more as one press brings at least. */
const pageRows = 100;
const shownRows = 50;
/** Pages read for one press: where few rows fit, whoever looks for them decides whether to go on. */
const maxPages = 10;

interface Read<Row> {
  /** Those that fit, newest first. */
  rows: readonly Row[];
  /** Also those that do not. */
  looked: number;
  next: string | null | undefined; // undefined: nothing was read
  ends: Pick<HistoryPage<Row>, 'since' | 'asOf'>;
  busy: boolean;
  problem?: ProblemText;
}
const nothing = { rows: [], looked: 0, next: undefined, ends: {}, busy: false };

/** Give it the same `query` for as long as the same is asked for. */
export function useHistory<Row>(query: HistoryQuery<Row>) {
  const [state, setState] = useState<Read<Row>>(nothing);
  const asked = useRef(0); // pages of what was asked for before are nothing to what is asked for now
  const go = useCallback(
    async (from: Read<Row>) => {
      const mine = ++asked.current;
      const { problem: _problem, ...before } = from;
      let at: Read<Row> = { ...before, busy: true };
      const wanted = at.rows.length + shownRows;
      try {
        for (let pages = 0; pages < maxPages && at.next !== null && at.rows.length < wanted; pages++) {
          setState(at);
          const page = await query.read(at.next, pageRows);
          if (mine !== asked.current) return;
          at = {
            ...at,
            rows: [...at.rows, ...page.rows.filter((row) => query.fits(row))],
            looked: at.looked + page.rows.length,
            next: page.nextCursor,
            ...(at.next === undefined && { ends: page }),
          };
        }
        setState({ ...at, busy: false });
      } catch (error) {
        if (mine === asked.current) setState({ ...at, busy: false, problem: problemOf(error) });
      }
    },
    [query],
  );
  useEffect(() => {
    void go(nothing);
    return () => void asked.current++;
  }, [go]);
  const { next, ...shown } = state;
  return {
    ...shown,
    hasMore: next !== null,
    more: () => void go(state),
    again: () => void go(nothing),
  };
}
