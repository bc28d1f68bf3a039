// A plain table of what administrators see: rows that are there already, or those of a list that is read page by page.
import { useRef, type ReactNode } from 'react';
import { Problem } from './problem.tsx';
import { useHistory, type HistoryPage } from './use-history.ts';

export type Columns<Row> = Record<string, (row: Row) => ReactNode>;
interface AdminTableProps<Row> {
  label: string;
  /** What stands in each column, by its heading; the first one names the row. */
  columns: Columns<Row>;
  rows: readonly Row[];
  keyOf(row: Row): string;
}

export function AdminTable<Row>({ label, columns, rows, keyOf }: AdminTableProps<Row>) {
  const all = Object.entries(columns);
  return (
    <table role="table" aria-label={label}>
      <thead role="rowgroup">
        <tr role="row">
          {all.map(([heading]) => (
            <th key={heading} role="columnheader" scope="col">
              {heading}
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr key={keyOf(row)} role="row">
            {all.map(([heading, of], at) =>
              at === 0 ? (
                <th key={heading} role="rowheader" scope="row">
                  {of(row)}
                </th>
              ) : (
                <td key={heading} role="cell" data-heading={heading}>
                  {of(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A page of what a list answers. */
export type ReadPage<Row> = (page: { cursor?: string; limit: number }) => Promise<HistoryPage<Row>>;
/** For `AdminPages`, which is to be given the same one for as long as the same is asked for. */
export const pagesOf = <Row,>(read: ReadPage<Row>) => ({
  read: (cursor: string | undefined, limit: number) =>
    read({ limit, ...(cursor !== undefined && { cursor }) }),
  fits: () => true,
});

export function AdminPages<Row>({
  query,
  none,
  ...table
}: Omit<AdminTableProps<Row>, 'rows'> & { query: ReturnType<typeof pagesOf<Row>>; none: string }) {
  const { rows: read, busy, problem, hasMore, more, again } = useHistory<Row>(query);
  const before = useRef(read); // stays until the next is there: nothing jumps with a change
  if (read.length > 0 || !busy) before.current = read;
  const rows = before.current;
  return (
    <>
      {rows.length > 0 && <AdminTable {...table} rows={rows} />}
      {problem && <Problem problem={problem} onRetry={rows.length === 0 ? again : more} />}
      {rows.length === 0 && !problem && (
        <p className="none" role="status" aria-busy={busy}>
          {busy ? 'Reading…' : none}
        </p>
      )}
      {hasMore && !problem && rows.length > 0 && (
        <button type="button" className="more" aria-disabled={busy} onClick={() => busy || more()}>
          {busy ? 'Reading…' : 'More of them'}
        </button>
      )}
    </>
  );
}
