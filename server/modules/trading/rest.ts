// Where REST has the procedures of trading.
import { isDecided } from '../../../shared/deal-words.ts';
import type { SagaOutcome } from '../../../shared/sagas.ts';
import type { TargetOutcome } from '../../../shared/targets.ts';
import type { Deal } from '../../../shared/trading.ts';
import { done, type RestRows, type Success } from '../../trpc/rest.ts';
import { listEventsWords } from '../events/index.ts';
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
const history =
  'The broker’s own history, kept here: a first page reads on from where the last reading ended, at most once a minute; `asOf` says how far that is, and from `since` on nothing is missing.';
/** 202 while the deal is undecided, with the path at which to ask for it. */
const dealt: Success<Deal> = {
  statuses: {
    ...done.statuses,
    202: { description: 'Not decided yet.', location: 'where to ask for the deal' },
  },
  of: ({ id, status }) =>
    isDecided(status) ? { status: 200 } : { status: 202, location: `/api/trading/deals/${id}` },
};

const endErrors = [...accountErrors, 'accounts.disconnected', 'trading.key_reused'] as const;
const ending =
  'One leg for each, orders before positions, each oldest first; each is a deal of its own, with its own events, and is told in that order. A position that is being closed already is waited for. It goes on when the connection is lost or this server stops, and ends when the broker’s own lists show nothing left, or with what is left named. 202 and a `Location` mean that it still runs: ask there, or send the same key again, to see how far it is.';
const ended: Success<SagaOutcome> = {
  statuses: {
    ...done.statuses,
    202: { description: 'It still runs.', location: 'where to ask how far it is' },
    207: { description: 'It has ended, and not every leg did what was asked: see `legs` and `left`.' },
  },
  of: ({ id, status, legs }) => {
    if (status === 'running') return { status: 202, location: `/api/trading/sagas/${id}` };
    const isWhole = status === 'done' && legs.every(({ outcome }) => outcome !== 'refused');
    return { status: isWhole ? 200 : 207 };
  },
};

const targeted: Success<TargetOutcome> = {
  statuses: {
    ...done.statuses,
    202: { description: 'It still runs.' },
    207: { description: 'It has ended elsewhere: see `legs`, and `found` for what is open.' },
  },
  of: ({ status }) => ({ status: status === 'running' ? 202 : status === 'done' ? 200 : 207 }),
};

export const tradingRest: RestRows<ReturnType<typeof createTradingRouter>> = {
  openPosition: {
    method: 'POST',
    path: '/trading/positions',
    summary: 'Open a position at market, or at a level or better',
    description: `With \`level\` (and \`tolerancePoints\`) it is filled whole no worse than that, or refused. A stop is one of: \`stopLevel\` or \`stopDistancePoints\`, either with \`guaranteedStop\`, or a \`trailingStop\`. ${dealing}`,
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
    description: `With \`level\` (and \`tolerancePoints\`) it is closed no worse than that, or refused. ${dealing}`,
    success: dealt,
    errors: ['trading.position_not_found', ...dealErrors],
    example: { dealId: 'DIAAAA…', idempotencyKey: 'a-new-one-for-each-intent' },
  },
  amendPosition: {
    method: 'PATCH',
    path: '/trading/positions/{dealId}',
    summary: 'Change the stop and the limit of a position',
    description: `What is left out stays, \`null\` takes it away. A stop that trails does so until it gets a \`stopLevel\`. ${dealing}`,
    success: dealt,
    errors: ['trading.position_not_found', ...dealErrors],
    example: { dealId: 'DIAAAA…', stopLevel: '1.16500', idempotencyKey: 'a-new-one-for-each-intent' },
  },
  placeOrder: {
    method: 'POST',
    path: '/trading/orders',
    summary: 'Place a working order',
    description: `It rests at the broker until the market comes, its date passes or it is cancelled. ${dealing}`,
    success: dealt,
    errors: dealErrors,
    example: {
      epic: 'CS.D.EURUSD.CFD.IP',
      direction: 'BUY',
      size: '1',
      type: 'limit',
      level: '1.15000',
      stopDistancePoints: '20',
      idempotencyKey: 'a-new-one-for-each-intent',
    },
  },
  amendOrder: {
    method: 'PATCH',
    path: '/trading/orders/{dealId}',
    summary: 'Change the level, the date, the stop or the limit of a working order',
    description: `What is left out stays, \`null\` takes it away. ${dealing}`,
    success: dealt,
    errors: ['trading.order_not_found', ...dealErrors],
    example: { dealId: 'DIAAAA…', level: '1.15100', idempotencyKey: 'a-new-one-for-each-intent' },
  },
  cancelOrder: {
    method: 'DELETE',
    path: '/trading/orders/{dealId}',
    body: 'too',
    summary: 'Cancel a working order',
    description: dealing,
    success: dealt,
    errors: ['trading.order_not_found', ...dealErrors],
    example: { dealId: 'DIAAAA…', idempotencyKey: 'a-new-one-for-each-intent' },
  },
  preview: {
    method: 'POST',
    path: '/trading/preview',
    summary: 'What a deal would come to now, without dealing',
    description:
      'Exactly one of the dealing calls by its name, with what that call takes but its idempotency key and `waitMs`. `wouldBe` and `reason` are those of the deal itself if nothing changes until then; `rules` is all that is held against it, in its order. Nothing is written, counted or set aside.',
    errors: [
      ...accountErrors,
      'accounts.disconnected',
      'trading.position_not_found',
      'trading.order_not_found',
      'market_data.unknown_epic',
      'broker.unavailable',
    ],
    example: {
      openPosition: { epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY', size: '1', stopDistancePoints: '20' },
    },
  },
  listOrders: {
    method: 'GET',
    path: '/trading/orders',
    summary: 'Working orders that rest, oldest first',
    errors: accountErrors,
    example: { limit: 50 },
    revalidates: true,
  },
  getOrder: {
    method: 'GET',
    path: '/trading/orders/{dealId}',
    summary: 'One working order, also when it was filled, cancelled or has expired',
    errors: ['trading.order_not_found', ...accountErrors],
    example: { dealId: 'DIAAAA…' },
    revalidates: true,
  },
  listPositions: {
    method: 'GET',
    path: '/trading/positions',
    summary: 'Open positions with their running profit, oldest first',
    errors: accountErrors,
    example: { limit: 50 },
    revalidates: true,
  },
  getPosition: {
    method: 'GET',
    path: '/trading/positions/{dealId}',
    summary: 'One position, also when it is closed',
    errors: ['trading.position_not_found', ...accountErrors],
    example: { dealId: 'DIAAAA…' },
    revalidates: true,
  },
  listDeals: {
    method: 'GET',
    path: '/trading/deals',
    summary: 'Deals, newest first, of a status, a kind, a market or a time where it is given',
    errors: accountErrors,
    example: { limit: 20 },
    revalidates: true,
  },
  getDeal: {
    method: 'GET',
    path: '/trading/deals/{id}',
    summary: 'One deal, its fate, and when it did what',
    errors: ['trading.deal_not_found'],
    example: { id: 'deal_…' },
    revalidates: true,
  },
  findDeal: {
    method: 'GET',
    path: '/trading/deals/by-key/{idempotencyKey}',
    summary: 'The deal of an idempotency key',
    description:
      'For whoever lost the answer: 404 means that the request never came here, and nothing was sent for it. The key of a target, or of an ending of everything, stands for no single deal: 422, and the same request again says how far it is.',
    errors: ['trading.deal_not_found', 'trading.key_reused'],
    example: { idempotencyKey: 'the-one-of-the-intent' },
    revalidates: true,
  },
  listEvents: {
    method: 'GET',
    path: '/trading/events',
    summary: 'Events of deals, positions, orders and cash, behind one that is known',
    description: listEventsWords,
    example: { after: '0', limit: 50 },
    revalidates: true,
  },
  listActivity: {
    method: 'GET',
    path: '/trading/activity',
    summary: 'What was done on an account, by whomever, newest first',
    description: history,
    errors: [...accountErrors, 'broker.unavailable', 'broker.limited'],
    example: { limit: 50 },
    revalidates: true,
  },
  listTransactions: {
    method: 'GET',
    path: '/trading/transactions',
    summary: 'What moved the cash of an account, newest first',
    description: history,
    errors: [...accountErrors, 'broker.unavailable', 'broker.limited'],
    example: { limit: 50 },
    revalidates: true,
  },
  reconcile: {
    method: 'POST',
    path: '/trading/reconcile',
    summary: 'Read the broker’s lists now, and make ours agree',
    description:
      'Who asks at the same time shares one reading, and within 5 s of the newest none is made: `found` is null then.',
    errors: [...accountErrors, 'accounts.disconnected', 'broker.unavailable', 'broker.limited'],
    example: {},
  },
  drift: {
    method: 'GET',
    path: '/trading/drift',
    summary:
      'How long ago our books of an account were the broker’s, and what differed at the newest reading',
    errors: accountErrors,
  },
  listBreaks: {
    method: 'GET',
    path: '/trading/breaks',
    summary: 'Where FTrader and the broker did not agree, newest first: open ones and settled ones',
    errors: accountErrors,
    example: { state: 'open', limit: 50 },
    revalidates: true,
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
    summary: 'What may be dealt on an account, its limits, what is used of them, and what is lost today',
    errors: accountErrors,
    revalidates: true,
  },
  setRiskLimits: {
    method: 'PUT',
    path: '/trading/risk',
    summary:
      'Bound sizes, the exposure, the orders and the loss of a day, of an account and of single markets',
    description:
      'What is left out stays as it is, `null` takes a limit away. It counts from this moment: a stricter limit also stops deals that are admitted and not sent yet; a wider one, also one that is reached already, opens again at once. A live account without `maxSize` and `maxDailyLoss` only closes. Closing is never bound by a limit. `epics` bounds single markets more narrowly, beside the account’s own limits, which hold as well. `maxExposure` counts open positions, working orders and deals under way as if they were filled, each by its size × contract size × level, whatever its direction. Orders are openings, working orders and changes that raise the risk; one that the broker refuses or that is cancelled stays counted, one that was denied here is none. A limit that stops a deal is told as `risk.breached`, once a minute at most.',
    errors: [...accountErrors, 'accounts.disconnected', 'market_data.unknown_epic'],
    example: {
      maxSize: '2',
      maxDailyLoss: '150',
      maxExposure: '250000',
      maxOrdersPerMinute: 30,
      epics: [{ epic: 'CS.D.EURUSD.CFD.IP', maxSize: '1', maxOrdersPerDay: 100 }],
    },
  },
  setDealingState: {
    method: 'PUT',
    path: '/trading/dealing-state',
    summary: 'The kill switch: have an account, or all of yours, close only',
    description:
      '`halted` and `reduce_only` both forbid whatever raises the risk, from the commit on: what is admitted and not sent yet stays here. Neither forbids closing or cancelling. `scope: user` is one switch beside those of the accounts, and holds for accounts that you connect later too; the strictest that is set holds, so `active` takes back only what was set with the same scope. The answer shows every account it was set for.',
    errors: [...accountErrors, 'accounts.disconnected'],
    example: { dealingState: 'halted', scope: 'user', reason: 'my model misbehaves' },
  },
  setTarget: {
    method: 'PUT',
    path: '/trading/targets/{epic}',
    summary: 'Set the net size that is to be open in a market',
    description:
      'Deals until the net size of the market is the one asked for. What is open the other way is netted. Where more is wanted than is open the other way, that is closed first, and the rest is opened once the closing was accepted. Each step is a deal of its own, under the rules and limits of any other. It goes on when your connection is lost or this server stops, but no step begins later than a minute after you asked, since the price is another one by then. 202 means that it still runs: send the same key again to see how far it is, or wait for the event `saga.ended`.',
    success: targeted,
    errors: [...endErrors, 'trading.market_busy', 'market_data.unknown_epic', 'broker.unavailable'],
    example: { epic: 'CS.D.EURUSD.CFD.IP', netSize: '-2', idempotencyKey: 'a-new-one-for-each-intent' },
  },
  closeAll: {
    method: 'POST',
    path: '/trading/close-all',
    summary: 'Close every open position of an account',
    description: ending,
    success: ended,
    errors: endErrors,
    example: { idempotencyKey: 'a-new-one-for-each-intent' },
  },
  cancelAll: {
    method: 'POST',
    path: '/trading/cancel-all',
    summary: 'Cancel every working order of an account',
    description: ending,
    success: ended,
    errors: endErrors,
    example: { idempotencyKey: 'a-new-one-for-each-intent' },
  },
  flatten: {
    method: 'POST',
    path: '/trading/flatten',
    summary: 'Cancel every working order and close every position of an account',
    description: `Until it ends the account only closes; afterwards it deals as before. ${ending}`,
    success: ended,
    errors: endErrors,
    example: { idempotencyKey: 'a-new-one-for-each-intent' },
  },
  getSaga: {
    method: 'GET',
    path: '/trading/sagas/{id}',
    summary:
      'How far a closing, cancelling or flattening of everything is, also one of the dead-man’s switch',
    description:
      'By the `id` of its answer, or the `sagaId` of the event `dead_man.fired`. What has ended `incomplete` names in `left` what the broker’s lists still show.',
    errors: ['trading.saga_not_found'],
    example: { id: 'saga_…' },
    revalidates: true,
  },
  armDeadMan: {
    method: 'PUT',
    path: '/trading/dead-man',
    summary: 'Have something done when nothing is heard of you for a time',
    description:
      'Call it again before `afterMs` have passed, and so on: each call counts from anew. It fires once, at most about a second late, or as soon as this server runs again. trading.getRisk shows it.',
    errors: [...accountErrors, 'accounts.disconnected'],
    example: { afterMs: 60_000, action: 'flatten' },
  },
  disarmDeadMan: {
    method: 'DELETE',
    path: '/trading/dead-man',
    summary: 'Take the dead-man’s switch of an account away',
    description: 'What one that has fired did stays done: a halt is taken back with trading.setDealingState.',
    errors: accountErrors,
  },
};
