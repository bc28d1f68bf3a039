// The portfolios of whoever is signed in: one of them with its value, its holdings, its ledger and its files.
import { useMemo, useState } from 'react';
import type { CostMethod, FTraderClient, Portfolio, TaxYear } from '../../../client/index.ts';
import { go } from './go.ts';
import { ArmedButton } from './armed-button.tsx';
import { Choice } from './choice.tsx';
import { csvFileName } from './csv.ts';
import { saveText } from './history-csv.ts';
import { PageLink } from './page-link.tsx';
import { NewPortfolioForm } from './portfolio-forms.tsx';
import { PortfolioHoldings, PortfolioPrices } from './portfolio-holdings.tsx';
import { PortfolioImport } from './portfolio-import.tsx';
import { PortfolioPerformance } from './portfolio-performance.tsx';
import { PortfolioStatement } from './portfolio-statement.tsx';
import { PortfolioTransactions } from './portfolio-transactions.tsx';
import { firstDay, type Span } from './portfolio-words.ts';
import { Problem } from './problem.tsx';
import { useAction } from './use-action.ts';
import { useLivePortfolio } from './use-live-portfolio.ts';
import { useReading } from './reading.ts';
import { ViewTitle } from './view-title.tsx';

/** As many as the server gives at once. */
const mostListed = 500;

interface PortfolioViewProps {
  api: FTraderClient['api'];
  /** Which one; left out: the newest. */
  chosen: string | undefined;
  /** Suggested for a new one. */
  currency: string;
}

export default function PortfolioView({ api, chosen, currency }: PortfolioViewProps) {
  const [making, setMaking] = useState(false);
  const { data, problem, again } = useReading(['portfolio.list'], () =>
    api.portfolio.list.query({ limit: mostListed }),
  );
  const list = data?.portfolios;
  const portfolio = list?.find(({ id }) => id === chosen) ?? list?.[0];
  const isForm = making || list?.length === 0;
  return (
    <main className="history portfolio" aria-labelledby="portfolio-title">
      <div className="card-head">
        <ViewTitle id="portfolio-title" view="portfolio" tab={portfolio?.name ?? 'Portfolio'}>
          Portfolio
        </ViewTitle>
        {list && portfolio && (
          <>
            <Choice
              label="Which portfolio"
              options={Object.fromEntries(list.map(({ id, name }) => [id, name]))}
              chosen={portfolio.id}
              onChoose={(id) => go({ at: 'portfolio', id })}
            />
            <button type="button" aria-expanded={isForm} onClick={() => setMaking(!making)}>
              New portfolio
            </button>
          </>
        )}
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      {problem && <Problem problem={problem} />}
      {!list && !problem && (
        <p className="none" role="status">
          Reading your portfolios…
        </p>
      )}
      {isForm && (
        <>
          {list?.length === 0 && (
            <p className="none">
              No portfolio yet. The first deal on an account makes one by itself; make your own for what you
              hold elsewhere.
            </p>
          )}
          <NewPortfolioForm
            {...{ api, currency }}
            onDone={({ id }) => {
              setMaking(false);
              void again();
              go({ at: 'portfolio', id });
            }}
            onCancel={making && list?.length !== 0 ? () => setMaking(false) : undefined}
          />
        </>
      )}
      {portfolio && (
        <OnePortfolio key={portfolio.id} {...{ api, portfolio }} onDeleted={() => void again()} />
      )}
    </main>
  );
}

interface OneProps {
  api: FTraderClient['api'];
  portfolio: Portfolio;
  onDeleted(): void;
}
function OnePortfolio({ api, portfolio, onDeleted }: OneProps) {
  const { id, startsOn } = portfolio;
  const [version, setVersion] = useState(0);
  const [said, setSaid] = useState('');
  const [method, setMethod] = useState<CostMethod>('fifo');
  const [span, setSpan] = useState<Span>('year_to_date');
  const [benchmark, setBenchmark] = useState('');
  const [importing, setImporting] = useState(false);
  const {
    data: read,
    problem,
    again,
  } = useReading(['portfolio.holdings', id, method], () => api.portfolio.holdings.query({ id, method }));
  const readAgain = () => {
    setVersion((before) => before + 1); // of its ledger
    void again();
  };
  const { holdings, stale } = useLivePortfolio(api, id, read, readAgain);
  // Its days end with that of the holdings; it is read again when they were.
  const period = useMemo(
    () => read && { id, startsOn, from: firstDay(span, read.on, startsOn), to: read.on, asOf: read.asOf },
    [id, span, startsOn, read],
  );
  const figures = useReading(
    ['portfolio.performance', period, method, benchmark],
    period &&
      (() =>
        api.portfolio.performance.query({
          ...{ id, from: period.from, to: period.to, method },
          ...(benchmark && { benchmark }),
        })),
  );
  const changed = (what: string) => {
    setSaid(what);
    readAgain();
  };
  return (
    <>
      <p className={said ? 'said' : 'hidden'} role="status">
        {said}
      </p>
      {problem && <Problem problem={problem} />}
      {holdings && period && (
        <>
          <PortfolioPerformance
            {...{ api, holdings, stale, period, figures, span }}
            onSpan={setSpan}
            onCompare={setBenchmark}
          />
          <PortfolioHoldings {...{ holdings, method }} onMethod={setMethod} />
          <PortfolioPrices {...{ api, holdings }} missing={figures.data?.missing ?? []} onChanged={changed} />
          <PortfolioStatement {...{ api, period }} />
        </>
      )}
      <PortfolioTransactions {...{ api, portfolio, version }} onChanged={changed} />
      <section className="book" aria-labelledby="files-title">
        <div className="book-head">
          <h2 id="files-title">Files</h2>
          <button type="button" aria-expanded={importing} onClick={() => setImporting(!importing)}>
            Import a file
          </button>
        </div>
        {importing && (
          <PortfolioImport
            api={api}
            portfolioId={id}
            onDone={(what) => {
              setImporting(false);
              changed(what);
            }}
          />
        )}
        <Ending {...{ api, portfolio, method, onDeleted }} />
      </section>
    </>
  );
}

const taxYears: Record<TaxYear, string> = { calendar: 'Calendar years', uk: 'UK tax years' };

/** What it leaves: the ledger and the gains as files, the gains by the method that the holdings are shown by; and its deletion. */
function Ending({ api, portfolio: { id, name }, method, onDeleted }: EndingProps) {
  const [taxYear, setTaxYear] = useState<TaxYear>('calendar');
  const { busy, problem, run } = useAction();
  const save = (what: string, read: () => Promise<{ csv: string | null }>) => (
    <button
      type="button"
      aria-disabled={busy}
      onClick={() =>
        void run(read, ({ csv }) =>
          saveText(csvFileName({ what, account: name, from: '', to: '' }), csv ?? ''),
        )
      }
    >
      Save the {what}
    </button>
  );
  return (
    <div className="actions">
      {save('ledger', () => api.portfolio.export.query({ id }))}
      {save('gains', () => api.portfolio.gains.query({ id, method, taxYear, format: 'csv' }))}
      <Choice label="Tax years of the gains" options={taxYears} chosen={taxYear} onChoose={setTaxYear} />
      <ArmedButton
        text="Delete the portfolio"
        sure="Press again"
        does={`delete ${name} with its whole ledger, for good`}
        className="danger"
        disabled={busy}
        onPress={() => void run(() => api.portfolio.delete.mutate({ id }), onDeleted)}
      />
      {problem && <Problem problem={problem} />}
    </div>
  );
}
interface EndingProps extends OneProps {
  method: CostMethod;
}
