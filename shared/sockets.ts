// What is said on a plain JSON WebSocket: each message one JSON object in one text frame. What a channel carries is its subscription's output.
import { z } from 'zod';
import { CandleUpdate } from './candles.ts';
import { ErrorBody } from './errors.ts';
import { NotificationMessage, TradingMessage } from './event-lists.ts';
import { EventId } from './events.ts';
import { Tick } from './market-data.ts';
import { PortfolioValuation } from './portfolio-live.ts';
import { Instant } from './primitives.ts';
import { Valuation, ValuationChange } from './trading.ts';

/** The caller's own name for a subscription on its socket. */
export const SubscriptionId = z
  .union([z.number().int(), z.string().min(1).max(64)], {
    error: 'must be a whole number or a text of 1 to 64 characters, which you choose',
  })
  .meta({ id: 'SubscriptionId' });
export type SubscriptionId = z.infer<typeof SubscriptionId>;

export const Authenticate = z
  .strictObject({
    type: z.literal('authenticate'),
    token: z.string().min(1).max(4_096).describe('the accessToken of POST /api/auth/login'),
  })
  .meta({
    id: 'Authenticate',
    description:
      'The first message, within 5 s; not needed on a socket opened with the Authorization header or the cookie.',
  });
export const Subscribe = z
  .strictObject({
    type: z.literal('subscribe'),
    id: SubscriptionId,
    channel: z.string().max(64),
    input: z.unknown().optional().describe('as of the subscription that the channel carries'),
  })
  .meta({ id: 'Subscribe', description: 'Begins a subscription under an id of your choice.' });
export type Subscribe = z.infer<typeof Subscribe>;
export const Unsubscribe = z
  .strictObject({ type: z.literal('unsubscribe'), id: SubscriptionId })
  .meta({ id: 'Unsubscribe', description: 'Ends it: nothing of it follows the answer.' });
/** What a client sends. */
export const ClientMessage = z.discriminatedUnion('type', [Authenticate, Subscribe, Unsubscribe]);
export type ClientMessage = z.infer<typeof ClientMessage>;

export const Authenticated = z
  .object({ type: z.literal('authenticated'), at: Instant })
  .meta({ id: 'Authenticated', description: 'The caller is known; sent once.' });
export const Subscribed = z
  .object({ type: z.literal('subscribed'), id: SubscriptionId, channel: z.string() })
  .meta({ id: 'Subscribed', description: 'The subscription has begun: its data follow.' });
export const Unsubscribed = z
  .object({ type: z.literal('unsubscribed'), id: SubscriptionId })
  .meta({ id: 'Unsubscribed', description: 'The subscription has ended, at your wish or by itself.' });
export const Heartbeat = z.object({ type: z.literal('heartbeat'), at: Instant }).meta({
  id: 'Heartbeat',
  description: 'Every 10 s, with the server’s time. Longer silence than 20 s: reconnect.',
});
export const Refused = z
  .object({ type: z.literal('error'), id: SubscriptionId.nullable(), error: ErrorBody })
  .meta({
    id: 'Refused',
    description:
      'With an id: that subscription could not begin, or has ended. Without one: a message was not understood, or the socket is closed next.',
  });
const data = <Data extends z.ZodType>(value: Data) =>
  z.object({ type: z.literal('data'), id: SubscriptionId, data: value });
/** The same of a channel that can be resumed. */
const placed = <Data extends z.ZodType>(value: Data) =>
  data(value).extend({
    eventId: EventId.describe(
      'your place: to go on from here, subscribe with it as `lastEventId` of the input',
    ),
  });

/** What the data of each channel are. */
export const ChannelData = {
  prices: data(z.array(Tick)).meta({
    id: 'PricesData',
    description:
      'The first has the newest price of every epic; then those that changed, oldest first. Every change while you keep up, else the latest of each epic.',
  }),
  candles: data(CandleUpdate).meta({
    id: 'CandlesData',
    description:
      'First the candle that forms; then each change, one a second at most: of the forming one, of one that is over (`complete`), and of one that came to be known otherwise later (`revision`).',
  }),
  trading: placed(TradingMessage).meta({
    id: 'TradingData',
    description:
      'What happened to deals, positions, orders and cash: every event once, in order. `snapshot.needed`: what came before is not told, read the lists. `heartbeat`: every 10 s without news.',
  }),
  account: data(z.union([Valuation, ValuationChange])).meta({
    id: 'AccountData',
    description:
      'Profit, margin and equity of an account with its positions: whole first, then what has changed, at most four times a second.',
  }),
  portfolio: data(PortfolioValuation).meta({
    id: 'PortfolioData',
    description:
      'The value of a portfolio, whole each time: at once, then when it has changed, at most four times a second; the newest only where you do not keep up.',
  }),
  notifications: placed(NotificationMessage).meta({
    id: 'NotificationsData',
    description:
      'Notifications, and what was read or archived, with the unread count: every event once, in order. `snapshot.needed` and `heartbeat` as of trading.',
  }),
};
/** What a server sends beside the data of its channels. */
export const ServerMessage = z.discriminatedUnion('type', [
  Authenticated,
  Subscribed,
  Unsubscribed,
  Heartbeat,
  Refused,
]);
export type ServerMessage = z.infer<typeof ServerMessage>;
