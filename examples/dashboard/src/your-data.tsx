// All that is kept of somebody, as one file.
import { useState } from 'react';
import type { FTraderClient, PersonalData } from '../../../client/index.ts';
import { saveText } from './history-csv.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';

export function YourData({ api }: { api: FTraderClient['api'] }) {
  const [said, setSaid] = useState('');
  const { busy, problem, run } = useAction();
  async function read() {
    const tables: Record<string, PersonalData['rows']> = {};
    let cursor: string | undefined;
    let rows = 0;
    do {
      const page = await api.users.exportData.query(cursor === undefined ? {} : { cursor });
      (tables[page.table] ??= []).push(...page.rows);
      rows += page.rows.length;
      setSaid(`Read ${rows} rows…`);
      cursor = page.nextCursor ?? undefined;
    } while (cursor !== undefined);
    return { tables, rows };
  }
  const save = () =>
    void run(read, ({ tables, rows }) => {
      const name = `ftrader-data-${new Date().toISOString().slice(0, 10)}.json`;
      saveText(name, JSON.stringify(tables, null, 2), 'application/json');
      setSaid(`Saved ${rows} rows as ${name}.`);
    });
  return (
    <>
      <p className="quiet">All that this server keeps of you, except what opens or proves something.</p>
      <div className="actions">
        <button type="button" aria-disabled={busy} onClick={save}>
          Save your data
        </button>
        <span className="quiet" role="status">
          {problem ? '' : said}
        </span>
      </div>
      {problem && <Problem problem={problem} />}
    </>
  );
}
