// What a trader works on: the account, live prices, the ticket, positions and deals; and which account and market are meant.
import { useCallback, useRef, useState } from 'react';
import type { FTraderClient } from '../../../client/index.ts';
import { dealsShown, useAccountBook, useAccounts } from './account.ts';
import { AccountBar } from './account-bar.tsx';
import type { Connection } from './connection.tsx';
import { isDecided } from './deal-words.ts';
import { Deals } from './deals.tsx';
import { useMarkets } from './markets.ts';
import { Positions } from './positions.tsx';
import { PriceTable } from './price-table.tsx';
import { isSignedOut, Problem, type ProblemText } from './problem.tsx';
import { Ticket, type TicketSubject } from './ticket.tsx';

export function Floor({
  api,
  connection,
  onSignedOut,
}: {
  api: FTraderClient['api'];
  connection: Connection;
  onSignedOut(): void;
}) {
  const live = connection.state === 'live';
  const [problem, setProblem] = useState<ProblemText>();
  const [chosen, setChosen] = useState<string>();
  const [subject, setSubject] = useState<TicketSubject>();
  const opener = useRef<Element>(null);
  const onProblem = useCallback(
    (next: ProblemText | undefined) => (next && isSignedOut(next) ? onSignedOut() : setProblem(next)),
    [onSignedOut],
  );
  const accounts = useAccounts(api, onProblem);
  const account =
    accounts?.find(({ id }) => id === chosen) ??
    accounts?.find(({ isDefault }) => isDefault) ??
    accounts?.[0];
  const { valuation, deals, hear } = useAccountBook(api, account?.id, onProblem);
  const shown = deals?.slice(0, dealsShown);
  const markets = useMarkets(api, live, [...new Set(shown?.map(({ epic }) => epic))].sort());

  const onDeal = useCallback((next: TicketSubject) => {
    opener.current = document.activeElement;
    setSubject(next);
  }, []);
  const closeTicket = () => {
    setSubject(undefined);
    if (opener.current instanceof HTMLElement) opener.current.focus();
  };
  const dealOf = (id: string) => deals?.find((deal) => deal.id === id);
  const closing = (dealId: string) =>
    deals?.find((deal) => deal.dealId === dealId && !isDecided(deal.status));
  return (
    <>
      {problem && <Problem problem={problem} />}
      {account && accounts && (
        <AccountBar
          accounts={accounts}
          account={account}
          summary={valuation?.summary}
          live={live}
          onChoose={(id) => {
            setSubject(undefined);
            setChosen(id);
          }}
        />
      )}
      <div className={`floor${subject ? ' dealing' : ''}`}>
        <main className="books">
          {accounts && !account && <p className="notice">You have no account to deal on: prices only.</p>}
          <PriceTable {...{ api, live, markets, onSignedOut }} onDeal={account && onDeal} />
          {account && (
            <Positions
              key={`positions of ${account.id}`}
              {...{ api, live, dealOf, closing, hear }}
              positions={valuation?.positions}
              currency={account.currency}
            />
          )}
          {account && <Deals deals={shown} nameOf={(epic) => markets.market(epic)?.name ?? epic} />}
        </main>
        {account && subject && (
          <Ticket
            key={`${account.id} ${subject.market.epic}`}
            {...{ api, account, subject, live, dealOf, hear }}
            onClose={closeTicket}
            onDirection={(direction) => setSubject({ ...subject, direction })}
          />
        )}
      </div>
    </>
  );
}
