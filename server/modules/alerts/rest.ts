// Where REST has the procedures of alerts.
import type { SetAlert } from '../../../shared/alerts.ts';
import type { RestRow } from '../../trpc/rest.ts';

const setErrors = [
  'notifications.too_many_alerts',
  'market_data.unknown_epic',
  'market_data.unknown_feed',
  'market_data.no_feed',
  'trading.position_not_found',
  'accounts.none',
  'accounts.not_found',
  'accounts.ambiguous',
  'broker.unavailable',
  'broker.refused',
  'broker.limited',
  'broker.login_failed',
] as const;
const id = 'alert_…';
const condition = {
  kind: 'price',
  epic: 'CS.D.EURUSD.CFD.IP',
  side: 'bid',
  direction: 'up',
  level: '1.25',
};

export const alertsRest = {
  listAlerts: {
    method: 'GET',
    path: '/notifications/alerts',
    summary: 'My alerts, newest first',
    example: { limit: 20 },
    revalidates: true,
  },
  createAlert: {
    method: 'POST',
    path: '/notifications/alerts',
    summary: 'Make an alert',
    description:
      'On a price, a move within a window, the close of a candle, a margin level or the profit of a position. One whose condition is met already waits until it is not: `state` says so. On a closed market nothing happens until it opens. What is told is a notification of the kind `alert.fired`.',
    errors: setErrors,
    success: {
      statuses: { 201: { description: 'Made.' } },
      of: () => ({ status: 201 }),
    },
    example: { condition, note: 'Look at the chart' },
  },
  updateAlert: {
    method: 'PATCH',
    path: '/notifications/alerts/{id}',
    summary: 'Change an alert',
    description:
      'What is left out stays as it is. Any change but of the note puts it in force anew, as if it was made now, also where it was done or expired.',
    errors: ['notifications.alert_not_found', ...setErrors],
    example: { id, repeat: 'every', rearmBand: '0.001' },
  },
  deleteAlert: {
    method: 'DELETE',
    path: '/notifications/alerts/{id}',
    summary: 'Delete an alert',
    errors: ['notifications.alert_not_found'],
    example: { id },
  },
} as const satisfies Record<string, RestRow<SetAlert>>;
