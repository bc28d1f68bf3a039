// One account as it happens: its figures and positions by valuations, its latest deals and its working orders by events. No drawing here.
import { useCallback, useEffect, useState } from 'react';
import {
  foldValuation,
  type Deal,
  type FTraderClient,
  type StreamMessage,
  type TradingEvent,
  type Valuation,
  type ValuationMessage,
} from '../../../client/index.ts';
import { isDealEvent, isDecided } from './deal-words.ts';
import { follow, followEvents, readOnce, type OnProblem } from './follow.ts';
import { afterOrderEvent, afterReading, beforeReading, isOrderEvent, type OrderBook } from './order-book.ts';

/** More than the page shows, so that a deal somebody looks at does not fall out and a filter finds some. */
const dealsKept = 60;
/** Working orders on the page; an account that rests more shows its oldest. */
const ordersShown = 200;

/** The newest account of what became of a deal: answers, lists and events overtake each other, and a verdict is not unsaid. */
export function newer(known: Deal | undefined, heard: Deal): Deal {
  if (!known) return heard;
  if (isDecided(known.status) !== isDecided(heard.status)) return isDecided(known.status) ? known : heard;
  return heard.statusAt >= known.statusAt ? heard : known;
}

/** `deals`, newest first, with what was `heard`. */
export function mergeDeals(deals: readonly Deal[], heard: readonly Deal[]): readonly Deal[] {
  const all = new Map(deals.map((deal) => [deal.id, deal]));
  for (const deal of heard) all.set(deal.id, newer(all.get(deal.id), deal));
  return [...all.values()]
    .sort((a, b) => b.createdAt.getTime() - a.createdAt.getTime() || (a.id < b.id ? 1 : -1))
    .slice(0, dealsKept);
}

export interface AccountBook {
  valuation: Valuation | undefined;
  /** Newest first; undefined until read. */
  deals: readonly Deal[] | undefined;
  orders: OrderBook;
  /** What was told of orders that rest no more has been read. */
  dismissEnded(): void;
  /** Takes in a deal that came as an answer. */
  hear(deal: Deal): void;
}

/** Follows an account, once it is known which. */
export function useAccountBook(
  api: FTraderClient['api'],
  accountId: string | undefined,
  onProblem: OnProblem,
): AccountBook {
  const [valuation, setValuation] = useState<Valuation>();
  const [deals, setDeals] = useState<readonly Deal[]>();
  const [orders, setOrders] = useState<OrderBook>({});
  const hear = useCallback((deal: Deal) => setDeals((before) => mergeDeals(before ?? [], [deal])), []);
  useEffect(() => {
    if (accountId === undefined) return;
    let stopReading = () => {};
    const read = () => {
      stopReading();
      const stopDeals = readOnce(
        () => api.trading.listDeals.query({ accountId, limit: dealsKept }),
        (list) => setDeals((before) => mergeDeals(before ?? [], list.deals)),
        onProblem,
      );
      setOrders(beforeReading);
      const stopOrders = readOnce(
        () => api.trading.listOrders.query({ accountId, limit: ordersShown }),
        (list) => setOrders((before) => afterReading(before, list.orders)),
        onProblem,
      );
      stopReading = () => {
        stopDeals();
        stopOrders();
      };
    };
    const stopValuing = follow<ValuationMessage>(
      (handlers) => api.trading.onValuation.subscribe({ accountId }, handlers),
      (message) => setValuation((known) => foldValuation(known, message)),
      onProblem,
    );
    const stop = followEvents(
      (input, handlers) => api.trading.onEvents.subscribe(input, handlers),
      (message: StreamMessage<TradingEvent>) => {
        if (message.type === 'snapshot.needed') read();
        else if (isDealEvent(message) && message.accountId === accountId) hear(message.data);
        else if (isOrderEvent(message) && message.accountId === accountId)
          setOrders((before) => afterOrderEvent(before, message));
      },
      onProblem,
    );
    return () => {
      stopReading();
      stopValuing();
      stop();
      setValuation(undefined); // what is shown next is of another account
      setDeals(undefined);
      setOrders({});
    };
  }, [api, accountId, hear, onProblem]);
  const dismissEnded = useCallback(() => setOrders((before) => ({ ...before, ended: [] })), []);
  return { valuation, deals, orders, dismissEnded, hear };
}
