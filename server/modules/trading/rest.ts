// Where REST has the procedures of trading.
import { isDecided } from '../../../shared/deal-words.ts';
import type { Deal } from '../../../shared/trading.ts';
import { done, type RestRows, type Success } from '../../trpc/rest.ts';
import type { createTradingRouter } from './router.ts';

const accountErrors = ['accounts.none', 'accounts.not_found', 'accounts.ambiguous'] as const;
const dealErrors = [
  ...accountErrors,
  'trading.key_reused',
  'market_data.unknown_epic',
  'broker.unavailable',
] as const;
const dealing =
  'A refusal is an answer, not an error: look at `status` and `reason`. 202 and a `Location` mean that it is not decided yet: ask there, or follow the events. The same key and request again gives the stored outcome (`replayed`) and sends nothing.';
/** 202 while the deal is undecided, with the path at which to ask for it. */
const dealt: Success<Deal> = {
  statuses: {
    ...done.statuses,
    202: { description: 'Not decided yet.', location: 'where to ask for the deal' },
  },
  of: ({ id, status }) =>
    isDecided(status) ? { status: 200 } : { status: 202, location: `/api/trading/deals/${id}` },
};

export const tradingRest: RestRows<ReturnType<typeof createTradingRouter>> = {
  openPosition: {
    method: 'POST',
    path: '/trading/positions',
    summary: 'Open a position at market',
    description: dealing,
    success: dealt,
    errors: dealErrors,
    example: {
      epic: 'CS.D.EURUSD.CFD.IP',
      direction: 'BUY',
      size: '1',
      stopDistancePoints: '20',
      idempotencyKey: 'a-new-one-for-each-intent',
    },
  },
  closePosition: {
    method: 'DELETE',
    path: '/trading/positions/{dealId}',
    body: 'too',
    summary: 'Close a position at market, or with `size` a part of it',
    description: dealing,
    success: dealt,
    errors: ['trading.position_not_found', ...dealErrors],
    example: { dealId: 'DIAAAA…', idempotencyKey: 'a-new-one-for-each-intent' },
  },
  listPositions: {
    method: 'GET',
    path: '/trading/positions',
    summary: 'Open positions with their running profit, oldest first',
    errors: accountErrors,
    example: { limit: 50 },
  },
  listDeals: {
    method: 'GET',
    path: '/trading/deals',
    summary: 'Deals, newest first',
    errors: accountErrors,
    example: { limit: 20 },
  },
  getDeal: {
    method: 'GET',
    path: '/trading/deals/{id}',
    summary: 'One deal and its fate',
    errors: ['trading.deal_not_found'],
    example: { id: 'deal_…' },
  },
  summary: {
    method: 'GET',
    path: '/trading/summary',
    summary: 'Cash, equity, margin, available and running profit of an account',
    errors: [...accountErrors, 'broker.unavailable'],
  },
  getRisk: {
    method: 'GET',
    path: '/trading/risk',
    summary: 'What may be dealt on an account, its limits, and what is lost today',
    errors: accountErrors,
  },
  setRiskLimits: {
    method: 'PUT',
    path: '/trading/risk',
    summary: 'Bound the size of a deal and the loss of a day',
    description:
      'What is left out stays as it is, `null` takes a limit away. It counts from this moment: a stricter limit also stops deals that are admitted and not sent yet; a wider one, also one that is reached already, opens again at once. A live account without both only closes. Closing is never bound by a limit.',
    errors: [...accountErrors, 'accounts.disconnected'],
    example: { maxSize: '2', maxDailyLoss: '150' },
  },
};
