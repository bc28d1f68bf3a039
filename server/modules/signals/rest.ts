// Where REST has the procedures of signals.
import { isDecided } from '../../../shared/deal-words.ts';
import type { SignalOutcome } from '../../../shared/signals.ts';
import { done, type RestRows, type Success } from '../../trpc/rest.ts';
import type { createSignalsRouter } from './router.ts';

const terms = {
  name: 'EUR/USD breakout',
  scopes: ['trade:open', 'trade:close'],
  epics: ['CS.D.EURUSD.CFD.IP'],
  maxSize: '2',
};
const received: Success<SignalOutcome> = {
  statuses: {
    ...done.statuses,
    202: { description: 'Not decided yet.', location: 'where to ask for the deal of an opening' },
  },
  of: ({ deal, target }) => {
    if (deal && !isDecided(deal.status)) return { status: 202, location: `/api/trading/deals/${deal.id}` };
    return { status: target?.status === 'running' ? 202 : 200 };
  },
};
const ofOne = ['signals.not_found'] as const;

export const signalsRest: RestRows<ReturnType<typeof createSignalsRouter>> = {
  list: { method: 'GET', path: '/signals', summary: 'Your signals, oldest first', revalidates: true },
  create: {
    method: 'POST',
    path: '/signals',
    summary: 'Make a signal, by which an alert service deals',
    description:
      'Its secret is shown this once and goes into the body of each signal, since such services send no headers of yours. It deals on one account, in the markets and up to the size that are named. A login that proved a short while ago who it is makes one. Like API keys, signals are deleted when the password is set anew or the user is disabled.',
    errors: [
      'signals.too_many',
      'auth.step_up_required',
      'accounts.none',
      'accounts.not_found',
      'accounts.ambiguous',
    ],
    success: { statuses: { 201: { description: 'Made.' } }, of: () => ({ status: 201 }) },
    example: terms,
  },
  update: {
    method: 'PATCH',
    path: '/signals/{id}',
    summary: 'Change, pause or switch on a signal',
    description: 'All but to pause it asks for a recent proof of who you are, as making one does.',
    errors: [...ofOne, 'auth.step_up_required'],
    example: { id: 'sig_…', state: 'paused' },
  },
  delete: {
    method: 'DELETE',
    path: '/signals/{id}',
    summary: 'Delete a signal: it is refused from now on',
    errors: ofOne,
    example: { id: 'sig_…' },
  },
  receive: {
    method: 'POST',
    path: '/signals/{id}',
    summary: 'Send a signal, by its secret',
    description:
      'For services that can only send a body. The secret is looked at first: a wrong one and an id that there is not are answered alike. What is dealt goes the way of any deal, by the same rules and limits; a refusal of it is an answer: look at `deal.status` and `deal.reason`. The same signal again (its `key`, or without one all that it says with its time) is answered with what became of it, and deals nothing. Of every refusal the owner is told.',
    errors: [
      'signals.unknown',
      'signals.paused',
      'signals.not_allowed',
      'signals.not_in_time',
      'request.limited',
      'accounts.not_found',
      'accounts.disconnected',
      'trading.key_reused',
      'trading.market_busy',
      'market_data.unknown_epic',
      'broker.unavailable',
    ],
    success: received,
    example: {
      id: 'sig_…',
      secret: 'fts_…',
      action: 'open',
      epic: 'CS.D.EURUSD.CFD.IP',
      direction: 'BUY',
      size: '1',
      at: '2026-01-05T09:00:00Z',
    },
  },
};
