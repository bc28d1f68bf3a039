// Working orders: what rests at the broker, how far the market is from each, and what to do with it. A level is changed by typing.
import type { Deal, FTraderClient } from '../../../client/index.ts';
import { go } from './go.ts';
import { useQuote } from './board.ts';
import { CancelOrder } from './cancel-order.tsx';
import { verb } from './deal-words.ts';
import { dayAndTime, levelText } from './format.ts';
import { LevelField } from './level-field.tsx';
import type { MarketList } from './markets.ts';
import type { OrderBook, ShownOrder } from './order-book.ts';
import { orderEnded, pointsAway } from './order-words.ts';
import type { PriceBoard } from './prices.ts';

const headings: [className: string, text: string][] = [
  ['market', 'Market'],
  ['size', 'Order'],
  ['level', 'Level'],
  ['away', 'Points away'],
  ['stops', 'Stop / limit, points'],
  ['till', 'Good till'],
  ['close', 'Cancel'],
];

interface RowProps {
  api: FTraderClient['api'];
  board: PriceBoard;
  markets: MarketList;
  /** A change or cancel of this order that is not decided. */
  changing(dealId: string, kind: 'amend_order' | 'cancel_order'): Deal | undefined;
  dealOf(id: string): Deal | undefined;
  hear(deal: Deal): void;
}
interface OrdersProps extends RowProps {
  book: OrderBook;
  live: boolean;
  onDismiss(): void;
}

export function Orders({ book: { resting, ended = [] }, live, onDismiss, ...row }: OrdersProps) {
  return (
    <section className="book" aria-labelledby="orders-title">
      <h2 id="orders-title">
        Working orders {resting && resting.length > 0 && <span className="quiet">{resting.length}</span>}
      </h2>
      <div role="status" className="ended" hidden={ended.length === 0} data-testid="ended-orders">
        {ended.map((order) => (
          <p key={order.dealId} className={order.state}>
            {order.closedAt && (
              <time dateTime={order.closedAt.toISOString()}>{dayAndTime(order.closedAt)}</time>
            )}{' '}
            {orderEnded(order)}
          </p>
        ))}
        {ended.length > 0 && (
          <button
            type="button"
            className="plain"
            aria-label="Dismiss what was told of orders"
            onClick={onDismiss}
          >
            ×
          </button>
        )}
      </div>
      {!resting || resting.length === 0 ? (
        <p className="none">
          {resting
            ? 'No working order. Press Sell or Buy at a price and choose Limit or Stop.'
            : 'Reading your orders…'}
        </p>
      ) : (
        <table role="table" aria-label="Working orders" className={`orders${live ? '' : ' not-live'}`}>
          <thead role="rowgroup">
            <tr role="row">
              {headings.map(([className, text]) => (
                <th key={className} role="columnheader" scope="col" className={className}>
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody role="rowgroup">
            {resting.map((order) => (
              <OrderRow key={order.dealId} order={order} {...row} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function OrderRow({ order, api, board, markets, changing, dealOf, hear }: { order: ShownOrder } & RowProps) {
  const { accountId, dealId, epic, name, direction, size, type, level, goodTillAt, source } = order;
  const tick = useQuote(board, epic)?.tick;
  const amending = changing(dealId, 'amend_order');
  const cancelling = changing(dealId, 'cancel_order');
  const ends = [order.stopDistancePoints, order.limitDistancePoints];
  return (
    <tr role="row" data-order={dealId} className={tick?.stale ? 'stale' : undefined}>
      <th role="rowheader" scope="row" className="market">
        <button type="button" className="name" title={epic} onClick={() => go({ at: 'market', epic })}>
          {name}
        </button>
        {source === 'external' && <small>placed elsewhere</small>}
      </th>
      <td role="cell" className="size">
        <span className={`way ${direction.toLowerCase()}`}>{verb(direction)}</span> {levelText(size)}{' '}
        <small>{type}</small>
      </td>
      <td role="cell" className="level">
        <LevelField
          label={`Level of the order to ${verb(direction).toLowerCase()} ${size} ${name}`}
          heading="Level"
          value={level}
          underWay={amending ?? cancelling}
          send={(next, idempotencyKey) =>
            api.trading.amendOrder.mutate({ accountId, dealId, level: next ?? level, idempotencyKey })
          }
          {...{ name, dealOf, hear }}
        />
      </td>
      <td role="cell" className="away">
        {pointsAway(order, tick, markets.market(epic)?.scalingFactor)}
      </td>
      <td role="cell" className="stops">
        {ends.some((each) => each !== null) && ends.map((each) => each ?? '–').join(' / ')}
      </td>
      <td role="cell" className="till">
        {goodTillAt ? (
          <time dateTime={goodTillAt.toISOString()} title={goodTillAt.toISOString()}>
            {dayAndTime(goodTillAt)}
          </time>
        ) : (
          'cancelled'
        )}
      </td>
      <td role="cell" className="close">
        <CancelOrder {...{ api, order, dealOf, hear }} underWay={cancelling} />
      </td>
    </tr>
  );
}
