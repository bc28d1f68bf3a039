// Saves what is filtered as a CSV file: says how far it is, can be stopped, and says what was saved.
import { useEffect, useRef, useState } from 'react';
import type { Account } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';
import { csvFileName } from './csv.ts';
import { historyCsv, saveText } from './history-csv.ts';
import type { HistoryFilter } from './history-filter.ts';
import type { HistoryRow } from './history-queries.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import type { HistoryQuery } from './use-history.ts';

interface CsvButtonProps {
  account: Account;
  filter: HistoryFilter;
  query: HistoryQuery<HistoryRow>;
}

export function CsvButton({ account, filter, query }: CsvButtonProps) {
  const [said, setSaid] = useState('');
  const { busy, problem, run, clear } = useAction();
  const reading = useRef<AbortController>(undefined);
  useEffect(() => {
    setSaid('');
    return () => reading.current?.abort(); // what is asked for now is something else
  }, [query]);
  const { part: what, from, to } = filter;
  const name = csvFileName({ what, account: accountLabel(account), from, to });
  const save = () => {
    const controller = (reading.current = new AbortController());
    void run(
      () =>
        historyCsv(what, query, {
          onRows: (rows) => setSaid(`Read ${rows} rows…`),
          signal: controller.signal,
        }).catch((error: unknown) => {
          if (controller.signal.aborted) return undefined;
          setSaid(''); // it reads no more
          throw error;
        }),
      (file) => {
        setSaid('');
        if (!file || controller.signal.aborted) return;
        saveText(name, file.text);
        setSaid(
          file.isWhole
            ? `Saved ${file.rows} ${file.rows === 1 ? 'row' : 'rows'} as ${name}.`
            : `Saved the newest ${file.rows} rows as ${name}; there are more: choose fewer days.`,
        );
      },
    );
  };
  return (
    <div className="csv">
      <button
        type="button"
        onClick={() => {
          if (!busy) return save();
          reading.current?.abort();
          clear();
        }}
      >
        {busy ? 'Stop reading' : 'Save as CSV'}
      </button>
      <span role="status" className="quiet">
        {said}
      </span>
      {problem && <Problem problem={problem} />}
    </div>
  );
}
