// What a trader works on: the account, live prices, one market closer up, the ticket, positions and deals; and which market is meant.
import { Suspense, useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Account, DealKindName, Direction, FTraderClient } from '../../../client/index.ts';
import { useAccountBook } from './account.ts';
import type { AccountAlertsProps } from './account-alerts.tsx';
import { AccountBar } from './account-bar.tsx';
import type { Address } from './address.ts';
import { go, leave } from './go.ts';
import type { OpenAlert } from './alert-book.tsx';
import { useBoard } from './board.ts';
import { ChartPanel } from './chart-panel.tsx';
import type { Connection } from './connection.tsx';
import { isDecided } from './deal-words.ts';
import { Deals } from './deals.tsx';
import { EndAllButtons, EndAllProgress } from './end-all.tsx';
import { MarketDetails } from './market-details.tsx';
import { lazyPart } from './lazy-part.tsx';
import { useMarkets } from './markets.ts';
import type { NotificationNews } from './notification-news.ts';
import { Nowhere } from './nowhere.tsx';
import { Orders } from './orders.tsx';
import { PageLink } from './page-link.tsx';
import { Positions } from './positions.tsx';
import { PriceTable } from './price-table.tsx';
import type { ProblemText } from './problem.tsx';
import { Ticket, type Saying } from './ticket.tsx';
import { useNarrow } from './use-narrow.ts';
import { useEndingAll } from './use-saga.ts';
import { useWatchlists } from './use-watchlists.ts';
import { ViewTitle } from './view-title.tsx';

const AccountAlerts = lazyPart<AccountAlertsProps>('Alerts', () => import('./account-alerts.tsx'));

/** Markets of working orders that are watched beside the list. */
const restingWatched = 10;

interface FloorProps {
  api: FTraderClient['api'];
  address: Address;
  connection: Connection;
  /** What everything here is of; undefined where there is none: prices only. */
  account: Account | undefined;
  /** There are others. */
  several: boolean;
  news: NotificationNews;
  /** Why there is none is known: none is connected. */
  none: boolean;
  /** The address asks for an account that is not among this user's. */
  isStrange: boolean;
  onProblem(of: 'book' | 'prices', problem: ProblemText | undefined): void;
  onSay(saying: Saying | undefined): void;
  /** What may be dealt has changed from here. */
  onRisk(): void;
}

/** Draw it with the account as `key`: another account is another floor, on which nothing is left of the one before. */
export function Floor({
  api,
  address,
  connection,
  account,
  several,
  news,
  none,
  isStrange,
  onProblem,
  onSay,
  onRisk,
}: FloorProps) {
  const live = connection.state === 'live';
  const feed = account?.feed;
  const report = useCallback(
    (of: 'book' | 'prices') => (next: ProblemText | undefined) => onProblem(of, next),
    [onProblem],
  );
  const [ofBook] = useState(() => report('book'));
  const [ofPrices] = useState(() => report('prices'));
  useEffect(
    () => () => {
      onProblem('book', undefined); // what went wrong here is nothing to the next
      onProblem('prices', undefined);
    },
    [onProblem],
  );
  const { valuation, deals, orders, dismissEnded, hear } = useAccountBook(api, account?.id, ofBook);
  const ending = useEndingAll(api, account?.id, onRisk);
  const resting = [...new Set(orders.resting?.map(({ epic }) => epic))].slice(0, restingWatched);

  const asked = address.at === 'ticket' || address.at === 'market' ? address.epic : undefined;
  const [lookedAt, setLookedAt] = useState(asked); // stays in view when its address is left
  if (asked !== undefined && asked !== lookedAt) setLookedAt(asked);
  const others = [
    ...(deals?.map(({ epic }) => epic) ?? []),
    ...resting,
    ...(lookedAt === undefined ? [] : [lookedAt]),
  ];
  const watchlists = useWatchlists(api, {
    feed,
    type: account?.type ?? 'CFD',
    asked: address.at === 'watchlist' ? address.id : undefined,
    onProblem: ofPrices,
  });
  const markets = useMarkets(api, { feed, list: watchlists.list, others: [...new Set(others)].sort() });
  const chosen = lookedAt !== undefined && !markets.isUnknown(lookedAt) ? lookedAt : markets.epics[0];
  const board = useBoard(
    api,
    feed,
    [...new Set([...markets.epics, ...resting, ...(chosen === undefined ? [] : [chosen])])].sort(),
    { hide: markets.hide, onProblem: ofPrices },
  );
  const market = chosen === undefined ? undefined : markets.market(chosen);
  const direction = address.at === 'ticket' ? address.direction : undefined;
  const onDeal = useDealing(address);
  const isNarrow = useNarrow();
  const [alerting, setAlerting] = useState<OpenAlert<string>>();

  if (asked !== undefined && markets.isUnknown(asked))
    return <Nowhere what={`This server knows no market ${asked}.`} />;
  const nameOf = (epic: string) => markets.market(epic)?.name ?? epic;
  const verb = direction && (direction === 'BUY' ? 'Buy ' : 'Sell ');
  const tab = asked === undefined ? (watchlists.list?.name ?? 'Prices') : `${verb ?? ''}${nameOf(asked)}`;
  const dealOf = (id: string) => deals?.find((deal) => deal.id === id);
  const changing = (dealId: string, kind: DealKindName) =>
    deals?.find((deal) => deal.dealId === dealId && deal.kind === kind && !isDecided(deal.status));
  const chart = market && (
    <ChartPanel
      key={market.epic}
      {...{ api, feed, market, board, live, news, changing, dealOf, hear }}
      positions={valuation?.positions ?? []}
      orders={orders.resting ?? []}
    />
  );
  return (
    <>
      {account && <AccountBar {...{ account, several, live }} summary={valuation?.summary} />}
      <div className="floor">
        <main className="work">
          <ViewTitle view="floor" className="hidden" tab={tab}>
            Prices
          </ViewTitle>
          {isStrange && <p className="notice">The account of this address is not among yours.</p>}
          {watchlists.isStrange && (
            <p className="notice">The watchlist of this address is not among yours.</p>
          )}
          {none && (
            <p className="notice">
              You have no account to deal on: prices only.{' '}
              <PageLink to={{ at: 'connect' }}>Connect an account</PageLink>
            </p>
          )}
          <PriceTable
            {...{ api, feed, live, markets, watchlists, board, chosen, account }}
            onDeal={account && onDeal}
          />
          {!isNarrow && (chart ?? (chosen !== undefined && <div className="chart-to-come" />))}
        </main>
        <aside className="rail" aria-label="Ticket and market">
          <div className="ticket-place">
            {account && market && direction ? (
              <Ticket
                key={market.epic}
                {...{ api, account, several, board, market, direction, live, dealOf, hear, onSay }}
                available={valuation?.summary.available}
                onClose={() => leave()}
                onDirection={(next) => go({ at: 'ticket', epic: market.epic, direction: next })}
              />
            ) : (
              account && <p className="none">Press Sell or Buy at a price: its ticket opens here.</p>
            )}
          </div>
          {market && (
            <MarketDetails
              {...{ api, feed, board, market, live }}
              isAsked={address.at === 'market'}
              chart={isNarrow && address.at === 'market' ? chart : undefined}
              onDeal={account && onDeal}
              onClose={() => leave()}
            />
          )}
        </aside>
        <div className="books">
          {account && (
            <Positions
              {...{ api, live, dealOf, changing, hear }}
              positions={valuation?.positions}
              currency={account.currency}
              onAlert={(dealId) => setAlerting({ seed: dealId })}
              tools={<EndAllButtons ending={ending} />}
              progress={<EndAllProgress ending={ending} nameOf={nameOf} />}
            />
          )}
          {account && (
            <section className="book" aria-labelledby="account-alerts-title">
              <Suspense fallback={<div className="alerts-to-come" />}>
                <AccountAlerts
                  {...{ api, account, news }}
                  positions={valuation?.positions}
                  summary={valuation?.summary}
                  title={<h2 id="account-alerts-title">Alerts on the account</h2>}
                  open={alerting}
                  onOpen={setAlerting}
                />
              </Suspense>
            </section>
          )}
          {account && (
            <Orders
              {...{ api, board, markets, live, dealOf, changing, hear }}
              book={orders}
              onDismiss={dismissEnded}
            />
          )}
          {account && <Deals api={api} deals={deals} nameOf={nameOf} />}
        </div>
      </div>
    </>
  );
}

/** Opens the ticket; when it is closed, however that is done, the focus is again where it was opened from. */
function useDealing(address: Address): (epic: string, direction: Direction) => void {
  const opener = useRef<HTMLElement>(null);
  const isOpen = address.at === 'ticket';
  const wasOpen = useRef(isOpen);
  // While another view is loaded this one is hidden: a ticket that was left so is not closed when it is shown again.
  useLayoutEffect(() => () => void (wasOpen.current = false), []);
  useLayoutEffect(() => {
    const hasClosed = wasOpen.current && !isOpen;
    wasOpen.current = isOpen;
    if (!hasClosed || document.activeElement !== document.body) return;
    const back = opener.current?.isConnected ? opener.current : document.querySelector('.search input');
    if (back instanceof HTMLElement) back.focus({ preventScroll: true });
  }, [isOpen]);
  return useCallback((epic, direction) => {
    if (document.activeElement instanceof HTMLElement) opener.current = document.activeElement;
    go({ at: 'ticket', epic, direction });
  }, []);
}
