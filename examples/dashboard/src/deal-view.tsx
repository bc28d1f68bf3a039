// One deal at an address of its own: what was asked for, on which account, and its life; asked for again until it is decided.
import type { Account, FTraderClient } from '../../../client/index.ts';
import { accountLabel } from './account-words.ts';
import { DealHead, DealRow } from './deal-row.tsx';
import { isDecided } from './deal-words.ts';
import { Nowhere } from './nowhere.tsx';
import { PageLink } from './page-link.tsx';
import { Problem } from './problem.tsx';
import { useReading } from './reading.ts';
import { ViewTitle } from './view-title.tsx';

const askedEveryMs = 2_000;

interface DealViewProps {
  api: FTraderClient['api'];
  id: string;
  accounts: readonly Account[];
}

export default function DealView({ api, id, accounts }: DealViewProps) {
  const { data: deal, problem } = useReading(
    ['trading.getDeal', id],
    () => api.trading.getDeal.query({ id }),
    {
      everyMs: (known) => !isDecided(known.status) && askedEveryMs,
    },
  );
  const account = accounts.find((each) => each.id === deal?.accountId);
  const { data: market } = useReading(
    ['marketData.get', deal?.epic, account?.feed],
    deal && account && (() => api.marketData.get.query({ epic: deal.epic, feed: account.feed })),
  );
  if (problem?.code === 'trading.deal_not_found') return <Nowhere what={`You have no deal ${id}.`} />;
  const name = market?.name ?? deal?.epic ?? '';
  return (
    <main className="history" aria-labelledby="deal-title">
      <div className="card-head">
        <ViewTitle view={`deal ${id}`} id="deal-title" tab={deal ? `Deal, ${name}` : 'Deal'}>
          Deal <small>{account && accountLabel(account)}</small>
        </ViewTitle>
        {deal && <PageLink to={{ at: 'market', epic: deal.epic }}>{name}</PageLink>}
        <PageLink to={{ at: 'history' }}>All history</PageLink>
        <PageLink to={{ at: 'floor' }}>To the prices</PageLink>
      </div>
      {problem && <Problem problem={problem} />}
      {!deal && !problem && (
        <p className="none" role="status">
          Reading the deal…
        </p>
      )}
      {deal && (
        <table role="table" aria-label="Deal" className="deals">
          <DealHead />
          <tbody role="rowgroup">
            <DealRow api={api} deal={deal} name={name} isOpened onOpen={undefined} />
          </tbody>
        </table>
      )}
    </main>
  );
}
