// An event's data of every type, for tests: with every instant a type may hold, each another one. A new type needs a sample.
import type { EventData } from '../../shared/events.ts';
import * as build from './build.ts';

const second = (n: number) => new Date(Date.UTC(2026, 0, 5, 9, 0, n));

const deal = build.deal({
  status: 'rejected',
  reason: { code: 'price_stale', at: second(1) },
  stopLevel: '1.20000',
  level: '1.21306',
  createdAt: second(2),
  statusAt: second(3),
  decidedAt: second(4),
  brokerAt: second(15),
  goodTillAt: second(21),
});
const undecided = { ...deal, reason: null, decidedAt: null, brokerAt: null };
const position = {
  accountId: 'acct_1',
  dealId: 'D1',
  dealReference: null,
  epic: 'CS.D.EURUSD.CFD.IP',
  name: 'EUR/USD',
  direction: 'SELL' as const,
  size: '1',
  level: '1.21306',
  currency: 'USD',
  stopLevel: null,
  limitLevel: '1.20000',
  guaranteedStop: false,
  trailingStop: { distancePoints: '20', incrementPoints: '5' },
  tag: 'breakout',
  note: null,
  source: 'external' as const,
  openedAt: second(5),
  closedAt: null,
};
const order = {
  accountId: 'acct_1',
  dealId: 'O1',
  dealReference: 'FT-1',
  epic: 'CS.D.EURUSD.CFD.IP',
  name: 'EUR/USD',
  direction: 'BUY' as const,
  size: '1',
  type: 'limit' as const,
  level: '1.20000',
  goodTillAt: second(16),
  currency: 'USD',
  stopDistancePoints: '20',
  limitDistancePoints: null,
  guaranteedStop: true,
  tag: null,
  note: 'after the report',
  source: 'ftrader' as const,
  state: 'open' as const,
  placedAt: second(17),
  closedAt: null,
};
const difference = {
  id: 'brk_1',
  kind: 'late_appearance' as const,
  dealId: 'D1',
  deal,
  // Text that looks like an instant is text.
  difference: second(6).toISOString(),
};

const account: EventData['trading']['account.connected'] = {
  id: 'acct_1',
  environment: 'simulated',
  feed: 'simulated',
  brokerAccountId: 'S1',
  type: 'CFD',
  name: 'Simulated',
  currency: 'GBP',
  isDefault: true,
  createdAt: second(8),
  disconnectedAt: null,
};

const limits: EventData['trading']['risk.limits_changed']['limits'] = {
  maxSize: '2',
  maxExposure: '50000',
  maxDailyLoss: '100',
  maxOrdersPerMinute: 10,
  maxOrdersPerDay: null,
  epics: [
    {
      epic: build.eurusd,
      maxSize: '1',
      maxExposure: null,
      maxOrdersPerMinute: null,
      maxOrdersPerDay: 100,
    },
  ],
};

export const eventSamples: EventData = {
  trading: {
    'deal.submitting': { ...undecided, status: 'submitting' },
    'deal.submitted': { ...undecided, status: 'submitted' },
    'deal.unknown': { ...undecided, status: 'unknown' },
    'deal.accepted': { ...deal, status: 'accepted', reason: null },
    'deal.rejected': deal,
    'deal.denied': { ...deal, status: 'denied', reason: { code: 'price_stale', at: null } },
    'position.opened': position,
    'position.amended': { ...position, previousStopLevel: null, previousLimitLevel: '1.21000' },
    'position.reduced': { ...position, closedSize: '0.5', closeLevel: '1.22000' },
    'position.closed': {
      ...position,
      size: '0',
      closedAt: second(7),
      closedSize: '1',
      closeLevel: null,
    },
    'order.placed': order,
    'order.amended': { ...order, goodTillAt: null },
    'order.filled': { ...order, state: 'filled', closedAt: second(18) },
    'order.cancelled': { ...order, state: 'cancelled', closedAt: second(19) },
    'order.expired': { ...order, state: 'expired', closedAt: second(20) },
    'cash.changed': { cash: '10000.00', previousCash: '9999.50', change: '0.5', currency: 'GBP' },
    'account.connected': account,
    'account.disconnected': { ...account, isDefault: false, disconnectedAt: second(9) },
    'dealing.live_enabled': { dealingState: 'reduce_only', limits: { ...limits, maxSize: null } },
    'dealing.live_disabled': { dealingState: 'off', limits },
    'dealing.halted': { scope: 'account', dealingState: 'halted', by: 'dead_man', reason: 'silence' },
    'dealing.resumed': { scope: 'user', dealingState: 'active', by: 'owner', reason: null },
    'dead_man.fired': { action: 'flatten', afterMs: 30_000, armedAt: second(22), sagaId: 'saga_1' },
    'saga.ended': {
      id: 'saga_1',
      kind: 'close_all',
      status: 'incomplete',
      left: [{ kind: 'position', dealId: 'D1', epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY', size: '1' }],
      target: null,
      startedAt: second(23),
    },
    'risk.limits_changed': {
      dealingState: 'active',
      limits,
      previous: { ...limits, maxSize: null },
    },
    'risk.breached': {
      limit: 'maxOrdersPerMinute',
      epic: null,
      reason: { code: 'orders_per_minute_limit', orders: 10, limit: 10, allowedAgainAt: second(30) },
      deal: 'deal_1',
      market: 'EUR/USD',
    },
    'account.degraded': {
      ...account,
      health: {
        state: 'offline',
        since: second(10),
        problem: { message: 'IG demo does not answer.', brokerCode: null },
      },
    },
    'account.restored': { ...account, health: { state: 'up', since: second(11), problem: null } },
    'break.opened': difference,
    'break.resolved': { kind: 'position_vanished', dealId: null, difference: 'It is settled.' },
  },
  notifications: {
    'notification.created': {
      notification: {
        id: 'ntf_1',
        at: second(9),
        kind: 'deal.accepted',
        severity: 'info',
        title: second(10).toISOString(),
        body: 'Your position is open.',
        accountId: 'acct_1',
        environment: 'live',
        readAt: second(11),
        archivedAt: second(22),
      },
      unreadCount: 3,
    },
    'notification.read': { notificationIds: null, readAt: second(12), unreadCount: 0 },
    'notification.unread': { notificationIds: ['ntf_1'], unreadCount: 1 },
    'notification.archived': { notificationIds: ['ntf_1'], archivedAt: second(23), unreadCount: 0 },
    'notification.unarchived': { notificationIds: ['ntf_1'], unreadCount: 1 },
    'alert.changed': { alertId: 'alert_1' },
  },
};
