// A portfolio as it moves: what was read of its holdings, at the prices that are told since.
import { useEffect, useMemo, useState } from 'react';
import type { FTraderClient, Holdings, PortfolioValuation } from '../../../client/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { follow } from './follow.ts';

type Ledger = Pick<PortfolioValuation, 'holdings' | 'cash'> | Holdings;
/** What is held and how much cash there is, as text: another text is another ledger. */
const ledgerText = ({ holdings, cash }: Ledger): string =>
  [
    ...holdings.map(({ instrument, quantity }) => [instrument, quantity] as const),
    ...cash.map(({ currency, amount }) => [`cash ${currency}`, amount] as const),
  ]
    .filter(([, amount]) => amount !== '0')
    .map((each) => each.join(' '))
    .toSorted()
    .join();

/** What was read at the prices that are told of the same ledger. Pure. */
export function atLivePrices(read: Holdings, told: PortfolioValuation): Holdings {
  const holdings = read.holdings.map((each) => {
    const now = told.holdings.find(({ instrument }) => instrument === each.instrument);
    if (!now || each.quantity === '0') return each;
    const { price, valueBase } = now;
    // What it cost does not move: the gain moves as the value does.
    const moved = (gain: string | null) =>
      gain === null || each.valueBase === null || valueBase === null
        ? null
        : decimal.add(gain, decimal.subtract(valueBase, each.valueBase));
    const value = price && decimal.multiply(price.price, each.quantity);
    return { ...each, price, value, valueBase, unrealisedBase: moved(each.unrealisedBase) };
  });
  const cash = read.cash.map((each) => ({
    ...each,
    amountBase: told.cash.find(({ currency }) => currency === each.currency)?.amountBase ?? each.amountBase,
  }));
  const { valueBase, running, missing } = told;
  return { ...read, holdings, cash, valueBase, running, missing };
}

/** Calls `onOther` when the ledger has changed since it was read. Where nothing is told, what was read is shown as it is. */
export function useLivePortfolio(
  api: FTraderClient['api'],
  id: string,
  read: Holdings | undefined,
  onOther: () => void,
): { holdings: Holdings | undefined; stale: boolean } {
  const [told, setTold] = useState<PortfolioValuation>();
  useEffect(
    () =>
      follow<PortfolioValuation>(
        (handlers) => api.portfolio.onValuation.subscribe({ portfolioId: id }, handlers),
        setTold,
        () => {}, // the head says that the connection is lost; what was read stays
      ),
    [api, id],
  );
  const isSame = read !== undefined && told !== undefined && ledgerText(read) === ledgerText(told);
  const other = read && told && !isSame && told.at > read.asOf ? ledgerText(told) : undefined;
  useEffect(() => {
    if (other !== undefined) onOther(); // once for each that is told
  }, [other]);
  const live = useMemo(() => (isSame ? atLivePrices(read, told) : undefined), [isSame, read, told]);
  return { holdings: live ?? read, stale: live !== undefined && told?.stale === true };
}
