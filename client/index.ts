// The TypeScript client kit's door: what a browser page, a bot or a script imports. Needs @trpc/client and superjson only.
export {
  createFTraderClient,
  defaultLimits,
  type ClientLimits,
  type FTraderClient,
  type FTraderClientOptions,
  type SocketClosed,
  type SocketState,
} from './client.ts';
export { createTokenSource, type TokenSource, type TokenSourceOptions } from './tokens.ts';
export type { WebSocketClass } from './web-socket.ts';
export { errorOf } from './errors.ts';
export { retryDelayMs } from './retry.ts';
export { pagesOf, type PagedList } from './pages.ts';
export {
  subscriptions,
  type SubscriptionData,
  type SubscriptionInput,
  type SubscriptionName,
} from './subscriptions.ts';
export type { AppRouter } from '../server/api/router.ts';
export type { ErrorBody, ErrorCode } from '../shared/errors.ts';
export type { SessionShown, SignedIn, User } from '../shared/auth.ts';
export type { RecoveryCodes, StartedTotp, TwoFactor } from '../shared/two-factor.ts';
export type { PersonalData, Profile, UpdateProfile } from '../shared/users.ts';
export type { ApiKey, CreateApiKey, CreatedApiKey, KeyScope } from '../shared/api-keys.ts';
export type {
  ListedMarket,
  Market,
  MarketCategory,
  MarketState,
  MarketSummary,
  StaleReason,
  Tick,
} from '../shared/market-data.ts';
export type { Candle, CandleGap, CandlePage, CandleUpdate, Resolution } from '../shared/candles.ts';
export type { MarketDetails, MarketHours, MarketSession, Sentiment } from '../shared/instruments.ts';
export type { ImportedWatchlists, QuotedWatchlist, Watchlist, WatchlistList } from '../shared/watchlists.ts';
export type { Environment } from '../shared/primitives.ts';
export type { AccountAllowance, AllowanceBucket, AllowanceClass } from '../shared/allowance.ts';
export type { SimulatedFault, SimulatedFaultList } from '../shared/simulated-faults.ts';
export type {
  Account,
  AccountFacts,
  AccountHealth,
  AccountType,
  ConnectAccount,
  AccountState,
  HealthState,
  UpdateCredentials,
} from '../shared/accounts.ts';
export type {
  AccountSummary,
  Deal,
  DealKindName,
  DealOutcome,
  DealReason,
  DealStatus,
  Direction,
  OrderState,
  OrderType,
  Position,
  TrailingStop,
  Valuation,
  ValuationChange,
  ValuationMessage,
  WorkingOrder,
} from '../shared/trading.ts';
export type { AnyPosition, DealFilter, ListDeals, Reconciliation } from '../shared/trading-reads.ts';
export type {
  AccountTransaction,
  ActivityChange,
  ActivityEntry,
  ActivityList,
  BookDifference,
  BooksBreak,
  BreakKind,
  BreakList,
  DealDetail,
  DealStep,
  DealTimeline,
  Drift,
  ListActivity,
  ListBreaks,
  TransactionList,
  TransactionType,
} from '../shared/history.ts';
export type {
  DealPreview,
  PreviewDeal,
  PreviewedLimit,
  RuleName,
  RuleVerdict,
  UnknownBecause,
} from '../shared/preview.ts';
export type {
  AccountRisk,
  ArmDeadMan,
  DeadMan,
  DeadManAction,
  DealingState,
  DealingStates,
  DealingSwitch,
  SetDealingState,
} from '../shared/risk.ts';
export type {
  EpicLimits,
  LimitBreach,
  LimitName,
  LimitUse,
  RiskLimits,
  SetRiskLimits,
} from '../shared/risk-limits.ts';
export type { EndAll, Saga, SagaKind, SagaLeft, SagaLeg, SagaOutcome } from '../shared/sagas.ts';
export type { DealingHalts, HaltDealing, ResumeDealing } from '../shared/admin.ts';
export type { AuditEntry } from '../shared/admin-audit.ts';
export type { KeptJob } from '../shared/admin-jobs.ts';
export type { AdminUser } from '../shared/admin-users.ts';
export type { SetTarget, TargetLeg, TargetOutcome } from '../shared/targets.ts';
export { foldValuation } from '../shared/valuation.ts';
export type { EventList, NotificationEventList } from '../shared/event-lists.ts';
export type { NotificationEvent, StreamMessage, TradingEvent, UserEvent } from '../shared/events.ts';
export type { Notification, Severity } from '../shared/notifications.ts';
export type {
  ChannelHealth,
  ChannelName,
  Preferences,
  QuietHours,
} from '../shared/notification-preferences.ts';
export type {
  Alert,
  AlertCondition,
  AlertConditionInput,
  AlertRepeat,
  AlertSide,
  SetAlert,
} from '../shared/alerts.ts';
export type {
  CreateWebhook,
  Delivery,
  DeliveryState,
  Webhook,
  WebhookState,
  WebhookWithSecret,
} from '../shared/webhooks.ts';
export type {
  AddTransaction,
  CostMethod,
  CreatePortfolio,
  Missing,
  Portfolio,
  PortfolioList,
  PortfolioTransactions,
  ReverseTransaction,
  PortfolioTransaction,
  PortfolioTransactionWritten,
  UpdatePortfolio,
} from '../shared/portfolio.ts';
export type {
  AskHoldings,
  CashBalance,
  CurrencyEffects,
  Holding,
  Holdings,
  UsedPrice,
  UsedRate,
} from '../shared/portfolio-holdings.ts';
export type {
  AskGains,
  AskTrades,
  Gain,
  Gains,
  GainsOfYear,
  RoundTrip,
  RoundTrips,
  TaxYear,
  TradeStatistics,
} from '../shared/portfolio-gains.ts';
export type { PortfolioValuation } from '../shared/portfolio-live.ts';
export type {
  AskPerformance,
  BenchmarkComparison,
  Contribution,
  Figure,
  Performance,
} from '../shared/portfolio-performance.ts';
export type { AskExplain, DailyReturns, Explanation } from '../shared/portfolio-explain.ts';
export type {
  ExplainedTerm,
  TermRest,
  TermTransaction,
  TransactionRate,
} from '../shared/portfolio-explained-term.ts';
export type {
  AskStatement,
  CashMovement,
  Statement,
  StatementDifference,
} from '../shared/portfolio-statement.ts';
export type { EnteredPriceList, SetPrices } from '../shared/portfolio-prices.ts';
export type {
  Posting,
  PostingAccount,
  TransactionKind,
  TransactionTerms,
} from '../shared/portfolio-transactions.ts';
export type {
  Imported,
  ImportFile,
  ImportPreview,
  ImportProfile,
  PortfolioExport,
} from '../shared/portfolio-import.ts';
export type { FeedHealth, SystemStatus } from '../shared/system.ts';
