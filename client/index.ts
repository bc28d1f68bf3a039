// The TypeScript client kit's door: what a browser page, a bot or a script imports. Needs @trpc/client and superjson only.
export {
  createFTraderClient,
  defaultLimits,
  type ClientLimits,
  type FTraderClient,
  type FTraderClientOptions,
  type SocketState,
} from './client.ts';
export { createTokenSource, type TokenSource, type TokenSourceOptions } from './tokens.ts';
export type { WebSocketClass } from './web-socket.ts';
export { errorOf } from './errors.ts';
export { retryDelayMs } from './retry.ts';
export type { AppRouter } from '../server/api/router.ts';
export type { ErrorBody, ErrorCode } from '../shared/errors.ts';
export type { SignedIn, User } from '../shared/auth.ts';
export type {
  ListedMarket,
  Market,
  MarketCategory,
  MarketState,
  MarketSummary,
  Tick,
} from '../shared/market-data.ts';
export type { Environment } from '../shared/primitives.ts';
export type {
  Account,
  AccountFacts,
  AccountHealth,
  AccountType,
  ConnectAccount,
  HealthState,
  UpdateCredentials,
} from '../shared/accounts.ts';
export type {
  AccountSummary,
  Deal,
  DealOutcome,
  DealReason,
  DealStatus,
  Direction,
  Position,
  Valuation,
  ValuationChange,
  ValuationMessage,
} from '../shared/trading.ts';
export { foldValuation } from '../shared/valuation.ts';
export type { NotificationEvent, StreamMessage, TradingEvent, UserEvent } from '../shared/events.ts';
export type { Notification } from '../shared/notifications.ts';
export type { FeedHealth, SystemStatus } from '../shared/system.ts';
