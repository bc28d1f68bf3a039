// What a trader works on: the account, live prices, one market closer up, the ticket, positions and deals; and which account and market are meant.
import { useCallback, useEffect, useRef, useState } from 'react';
import type { Direction, FTraderClient } from '../../../client/index.ts';
import { dealsShown, useAccountBook, useAccounts } from './account.ts';
import { AccountBar } from './account-bar.tsx';
import { go, leave, type Address } from './address.ts';
import { useBoard } from './board.ts';
import type { Connection } from './connection.tsx';
import { isDecided } from './deal-words.ts';
import { Deals } from './deals.tsx';
import { MarketDetails } from './market-details.tsx';
import { useMarkets } from './markets.ts';
import { Nowhere } from './nowhere.tsx';
import { Positions } from './positions.tsx';
import { PriceTable } from './price-table.tsx';
import { isSignedOut, type ProblemText } from './problem.tsx';
import { Ticket, type Saying } from './ticket.tsx';

interface FloorProps {
  api: FTraderClient['api'];
  address: Address;
  connection: Connection;
  /** Whose prices are shown. */
  feed: string | null;
  onProblem(of: 'book' | 'prices', problem: ProblemText | undefined): void;
  onSay(saying: Saying | undefined): void;
  onSignedOut(): void;
}

export function Floor({ api, address, connection, feed, onProblem, onSay, onSignedOut }: FloorProps) {
  const live = connection.state === 'live';
  const [chosenAccount, setChosenAccount] = useState<string>();
  const report = useCallback(
    (of: 'book' | 'prices') => (next: ProblemText | undefined) =>
      next && isSignedOut(next) ? onSignedOut() : onProblem(of, next),
    [onProblem, onSignedOut],
  );
  const [ofBook] = useState(() => report('book'));
  const accounts = useAccounts(api, ofBook);
  const account =
    accounts?.find(({ id }) => id === chosenAccount) ??
    accounts?.find(({ isDefault }) => isDefault) ??
    accounts?.[0];
  const { valuation, deals, hear } = useAccountBook(api, account?.id, ofBook);
  const shown = deals?.slice(0, dealsShown);

  const asked = address.at === 'ticket' || address.at === 'market' ? address.epic : undefined;
  const [lookedAt, setLookedAt] = useState(asked); // stays in view when its address is left
  if (asked !== undefined && asked !== lookedAt) setLookedAt(asked);
  const others = [...(shown?.map(({ epic }) => epic) ?? []), ...(lookedAt === undefined ? [] : [lookedAt])];
  const markets = useMarkets(api, live, [...new Set(others)].sort());
  const chosen = lookedAt !== undefined && !markets.isUnknown(lookedAt) ? lookedAt : markets.epics[0];
  const board = useBoard(api, [...new Set([...markets.epics, ...(chosen === undefined ? [] : [chosen])])], {
    hide: markets.hide,
    onProblem: report('prices'),
  });
  const market = chosen === undefined ? undefined : markets.market(chosen);
  const direction = address.at === 'ticket' ? address.direction : undefined;
  const onDeal = useDealing(address);

  if (asked !== undefined && markets.isUnknown(asked))
    return <Nowhere what={`This server knows no market ${asked}.`} />;
  const dealOf = (id: string) => deals?.find((deal) => deal.id === id);
  const closing = (dealId: string) =>
    deals?.find((deal) => deal.dealId === dealId && !isDecided(deal.status));
  return (
    <>
      {account && accounts && (
        <AccountBar
          accounts={accounts}
          account={account}
          summary={valuation?.summary}
          live={live}
          feed={feed}
          onChoose={(id) => {
            if (address.at === 'ticket') leave();
            setChosenAccount(id);
          }}
        />
      )}
      <div className="floor">
        <main className="work">
          {accounts && !account && <p className="notice">You have no account to deal on: prices only.</p>}
          <PriceTable {...{ api, live, markets, board, chosen }} onDeal={account && onDeal} />
        </main>
        <div className="rail">
          <div className="ticket-place">
            {account && market && direction ? (
              <Ticket
                key={`${account.id} ${market.epic}`}
                {...{ api, account, board, market, direction, live, dealOf, hear, onSay }}
                onClose={leave}
                onDirection={(next) => go({ at: 'ticket', epic: market.epic, direction: next })}
              />
            ) : (
              account && <p className="none">Press Sell or Buy at a price: its ticket opens here.</p>
            )}
          </div>
          {market && (
            <MarketDetails
              {...{ board, market, live }}
              isAsked={address.at === 'market'}
              onDeal={account && onDeal}
              onClose={leave}
            />
          )}
        </div>
        <div className="books">
          {account && (
            <Positions
              key={`positions of ${account.id}`}
              {...{ api, live, dealOf, closing, hear }}
              positions={valuation?.positions}
              currency={account.currency}
            />
          )}
          {account && <Deals deals={shown} nameOf={(epic) => markets.market(epic)?.name ?? epic} />}
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
  useEffect(() => {
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
