// A file of transactions on its way into a portfolio: chosen or pasted, looked at row by row, mended in place, then written whole.
import { useRef, useState, type FormEvent } from 'react';
import type { FTraderClient, ImportFile, ImportPreview, ImportProfile } from '../../../client/index.ts';
import { Choice } from './choice.tsx';
import { dayAndTime } from './format.ts';
import { Rest } from './rest.tsx';
import { columnName, headOf, placeOfLine, readWords, type ColumnName } from './portfolio-import-words.ts';
import { kindName, termsText } from './portfolio-words.ts';
import { useAction } from './use-action.ts';

const profiles: Record<ImportProfile, string> = {
  ftrader: 'FTrader, or a plain file',
  ig: 'IG transaction history',
  trading_212: 'Trading 212 history',
};
const decimals: Record<ImportFile['decimal'], string> = { point: '1,234.56', comma: '1.234,56' };
const dates: Record<ImportFile['dates'], string> = {
  iso: '2026-03-29',
  dmy: '29.03.2026',
  mdy: '03/29/2026',
};
const columns = Object.keys(columnName) as ColumnName[];
/** Rows of a preview that are named, of each outcome. */
const mostShown = 20;

interface ImportProps {
  api: FTraderClient['api'];
  portfolioId: string;
  onDone(said: string): void;
}

export function PortfolioImport({ api, portfolioId, onDone }: ImportProps) {
  const [csv, setCsv] = useState('');
  const [profile, setProfile] = useState<ImportProfile>('ftrader');
  const [decimal, setDecimal] = useState<ImportFile['decimal']>('point');
  const [order, setOrder] = useState<ImportFile['dates']>('iso');
  const [mapped, setMapped] = useState<Partial<Record<ColumnName, string>>>({});
  const [words, setWords] = useState('');
  const [leaveOut, setLeaveOut] = useState<readonly number[]>([]);
  const [missed, setMissed] = useState<string>();
  const [looked, setLooked] = useState<{ file: string; preview: ImportPreview }>();
  const { busy, problem, run, clear } = useAction();
  const text = useRef<HTMLTextAreaElement>(null);
  const own = profile === 'ftrader';
  const head = own ? headOf(csv) : [];
  const named = Object.entries(mapped).filter(([, heading]) => head.includes(heading));

  const fileOf = (
    out: readonly number[],
  ): Parameters<typeof api.portfolio.importPreview.mutate>[0] | undefined => {
    const read = readWords(words);
    setMissed('missed' in read ? read.missed : undefined);
    if ('missed' in read) return undefined;
    return {
      id: portfolioId,
      profile,
      csv,
      decimal,
      leaveOut: [...out],
      instruments: read.instruments,
      ...(own && {
        dates: order,
        kinds: read.kinds,
        ...(named.length > 0 && { columns: Object.fromEntries(named) }),
      }),
    };
  };
  function look(out: readonly number[]) {
    const file = fileOf(out);
    if (!file) return;
    setLeaveOut(out);
    void run(
      () => api.portfolio.importPreview.mutate(file),
      (preview) => setLooked({ file: JSON.stringify(file), preview }),
    );
  }
  function commit() {
    const file = fileOf(leaveOut);
    if (!file) return;
    if (JSON.stringify(file) !== looked?.file) return look(leaveOut); // something else than was looked at
    void run(
      () => api.portfolio.importCommit.mutate(file),
      ({ transactions }) =>
        onDone(`${transactions} ${transactions === 1 ? 'transaction is' : 'transactions are'} imported.`),
    );
  }
  const change = (next: string) => {
    setCsv(next);
    clear();
  };
  const take = (file: File | undefined) =>
    file &&
    void file.text().then((read) => {
      change(read);
      setLooked(undefined);
      setLeaveOut([]);
    });
  const show = (row: number) => {
    const { from, to } = placeOfLine(csv, row);
    const area = text.current!;
    area.focus();
    area.setSelectionRange(from, to);
    area.scrollTop = (area.scrollHeight / csv.split('\n').length) * Math.max(0, row - 3);
  };
  const error = problem?.fields?.['csv'];
  return (
    <form
      className="sheet"
      aria-label="Import"
      aria-busy={busy}
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        look(leaveOut);
      }}
    >
      <div className="fields">
        <label>
          File
          <input type="file" accept=".csv,.txt,text/csv" onChange={({ target }) => take(target.files?.[0])} />
        </label>
        <label>
          Whose file
          <Choice label="Whose file" options={profiles} chosen={profile} onChoose={setProfile} />
        </label>
        <label>
          Its numbers
          <Choice label="Its numbers" options={decimals} chosen={decimal} onChoose={setDecimal} />
        </label>
        {own && (
          <label>
            Its days
            <Choice label="Its days" options={dates} chosen={order} onChoose={setOrder} />
          </label>
        )}
      </div>
      <label>
        Text of the file
        <textarea
          ref={text}
          rows={8}
          wrap="off"
          spellCheck={false}
          placeholder="Choose a file, or paste it here"
          value={csv}
          aria-invalid={error !== undefined}
          onChange={({ target }) => change(target.value)}
        />
        {error && <span className="down">{error}</span>}
      </label>
      {head.length > 0 && (
        <details open={!(head.includes('at') && head.includes('kind'))}>
          <summary>Columns of the file</summary>
          <div className="fields">
            {columns.map((name) => (
              <label key={name}>
                {columnName[name]}
                <select
                  aria-label={columnName[name]}
                  value={mapped[name] ?? (head.includes(name) ? name : '')}
                  onChange={({ target }) => setMapped((before) => ({ ...before, [name]: target.value }))}
                >
                  <option value="">none</option>
                  {head.map((each) => (
                    <option key={each}>{each}</option>
                  ))}
                </select>
              </label>
            ))}
          </div>
        </details>
      )}
      <label>
        Names in the file, one a line
        <textarea
          rows={2}
          placeholder={own ? 'Kauf = buy\nApple Inc. = AAPL' : 'Apple Inc. = AAPL'}
          value={words}
          aria-invalid={missed !== undefined}
          onChange={({ target }) => setWords(target.value)}
        />
        {missed && <span className="down">{missed}</span>}
      </label>
      <Rest problem={problem} beside={['csv']} />
      {looked && <Preview {...{ looked: looked.preview, leaveOut, onShow: show, onLeaveOut: look }} />}
      <div className="actions">
        <button type="submit" className={looked ? undefined : 'primary'} aria-disabled={busy || csv === ''}>
          {looked ? 'Look at it again' : 'Look at it'}
        </button>
        {looked && (
          <button
            type="button"
            className="primary"
            disabled={looked.preview.refused > 0 || looked.preview.add === 0}
            aria-disabled={busy}
            onClick={commit}
          >
            Import {looked.preview.add} {looked.preview.add === 1 ? 'row' : 'rows'}
          </button>
        )}
      </div>
    </form>
  );
}

interface PreviewProps {
  looked: ImportPreview;
  leaveOut: readonly number[];
  onShow(row: number): void;
  onLeaveOut(rows: readonly number[]): void;
}
function Preview({ looked, leaveOut, onShow, onLeaveOut }: PreviewProps) {
  const { rows, add, there, refused, leftOut, unread, found } = looked;
  const wrong = found.filter(({ outcome }) => outcome === 'refused' || outcome === 'left_out');
  const fresh = found.filter(({ outcome }) => outcome === 'add');
  const leave = (row: number, out: boolean) =>
    onLeaveOut(out ? [...leaveOut, row] : leaveOut.filter((each) => each !== row));
  return (
    <div className="preview">
      <p role="status">
        <strong>
          {rows} {rows === 1 ? 'row' : 'rows'}: {add} new, {there} there already, {refused} refused, {leftOut}{' '}
          left out.
        </strong>
        {refused > 0 && ' Nothing is written while a row is refused: mend it, or leave it out.'}
      </p>
      {wrong.length > 0 && (
        <ul aria-label="Refused rows">
          {wrong.slice(0, mostShown).map(({ row, outcome, problem }) => (
            <li key={row}>
              <button type="button" className="link" onClick={() => onShow(row)}>
                Line {row}
              </button>{' '}
              {problem && <span className="down">{problem}</span>}
              <label className="check">
                <input
                  type="checkbox"
                  checked={outcome === 'left_out'}
                  onChange={({ target }) => leave(row, target.checked)}
                />
                <span>Leave line {row} out</span>
              </label>
            </li>
          ))}
          {wrong.length > mostShown && <li>and {wrong.length - mostShown} more</li>}
        </ul>
      )}
      {fresh.length > 0 && (
        <ul aria-label="New rows">
          {fresh.slice(0, mostShown).flatMap(({ row, transactions }) =>
            transactions.map(({ at, terms }, n) => (
              <li key={`${row} ${n}`}>
                <span className="quiet">
                  Line {row}, {dayAndTime(at)}
                </span>{' '}
                {kindName[terms.kind]} {termsText(terms)}
              </li>
            )),
          )}
          {fresh.length > mostShown && <li>and {fresh.length - mostShown} more</li>}
        </ul>
      )}
      {unread.length > 0 && <p className="quiet">Columns of which nothing is read: {unread.join(', ')}.</p>}
    </div>
  );
}
