// Where REST has the procedures of accounts.
import type { RestRows } from '../../trpc/rest.ts';
import type { createAccountsRouter } from './router.ts';

const example = { id: 'acct_…' };

export const accountsRest: RestRows<ReturnType<typeof createAccountsRouter>> = {
  list: {
    method: 'GET',
    path: '/accounts',
    summary: 'My broker accounts',
    errors: ['broker.unavailable'],
    revalidates: true,
  },
  get: {
    method: 'GET',
    path: '/accounts/{id}',
    summary: 'One of my broker accounts',
    errors: ['accounts.not_found'],
    example,
    revalidates: true,
  },
  allowance: {
    method: 'GET',
    path: '/accounts/{id}/allowance',
    summary: "What is left of the broker's allowance for an account, and who spent it",
    errors: ['accounts.not_found', 'accounts.disconnected'],
    example,
  },
  connect: {
    method: 'POST',
    path: '/accounts',
    summary: 'Connect the accounts of a login at the broker',
    description:
      'Logs in once and connects every account of the login that deals in CFDs or spread bets: all of them or none. The credentials are kept encrypted. One that is yours already takes the new credentials.',
    errors: [
      'request.limited',
      'accounts.taken',
      'accounts.nothing_to_deal',
      'broker.login_failed',
      'broker.unavailable',
    ],
    success: { statuses: { 201: { description: 'Connected.' } }, of: () => ({ status: 201 }) },
    example: { environment: 'demo', apiKey: '0a1b2c…', identifier: 'jane-demo', password: '…' },
  },
  test: {
    method: 'POST',
    path: '/accounts/{id}/test',
    summary: 'Try whether the broker lets this account in',
    description: 'Asks the broker now. What came of it is the health of the account that is answered.',
    errors: ['accounts.not_found', 'accounts.disconnected'],
    example,
  },
  setDefault: {
    method: 'POST',
    path: '/accounts/{id}/default',
    summary: 'Make this account the default',
    errors: ['accounts.not_found', 'accounts.disconnected'],
    example,
  },
  update: {
    method: 'PATCH',
    path: '/accounts/{id}',
    summary: 'Give an account another name',
    errors: ['accounts.not_found', 'accounts.disconnected'],
    example: { ...example, name: 'Hedging' },
  },
  updateCredentials: {
    method: 'PUT',
    path: '/accounts/{id}/credentials',
    summary: 'A password or API key that was changed at the broker',
    description:
      'Logs in with them first: what does not log in is not kept. They count for every account of yours with the same login.',
    errors: [
      'request.limited',
      'accounts.not_found',
      'accounts.disconnected',
      'accounts.other_login',
      'broker.login_failed',
      'broker.unavailable',
    ],
    example: { ...example, password: '…' },
  },
  enableLiveDealing: {
    method: 'POST',
    path: '/accounts/{id}/live-dealing',
    summary: 'Let real money be dealt from here, with your password typed again',
    description:
      'A live account deals nothing, closes included, before this was called; it only closes until `maxSize` and `maxDailyLoss` are set (`PUT /api/trading/risk`). The password is the one that you sign in here with; attempts are limited as log-ins are. Where two-factor authentication is on, a code is asked for too: in a log-in or `POST /api/auth/step-up` of the last 10 minutes.',
    errors: [
      'request.limited',
      'auth.email_unverified',
      'auth.step_up_required',
      'auth.wrong_password',
      'accounts.not_found',
      'accounts.disconnected',
      'accounts.not_live',
    ],
    example: { ...example, password: '…' },
  },
  disableLiveDealing: {
    method: 'DELETE',
    path: '/accounts/{id}/live-dealing',
    summary: 'Deal nothing on a live account any more',
    description:
      'At once: a deal that is admitted and not sent yet stays here. Positions stay open at the broker, with their stops and limits, and are not closed from here until it is switched on again; to stop only what opens, take a limit away instead (`PUT /api/trading/risk`).',
    errors: ['accounts.not_found', 'accounts.disconnected', 'accounts.not_live'],
    example,
  },
  listFaults: {
    method: 'GET',
    revalidates: true,
    path: '/accounts/{id}/faults',
    summary: 'What the simulated broker is told to do wrong',
    description: 'Of an account of this server’s own simulator. Nothing of it exists at a real broker.',
    errors: [
      'accounts.not_found',
      'accounts.disconnected',
      'accounts.not_simulated',
      'broker.refused',
      'broker.unavailable',
    ],
    example,
  },
  setFault: {
    method: 'PUT',
    path: '/accounts/{id}/faults/{fault}',
    summary: 'Tell the simulated broker to do something wrong, or to stop',
    description:
      'To see how an account, a bot and you fare when a real broker does it. A fault that strikes everybody at the simulator is set by an administrator.',
    errors: [
      'accounts.not_found',
      'accounts.disconnected',
      'accounts.not_simulated',
      'auth.scope_missing',
      'broker.refused',
      'broker.unavailable',
    ],
    example: { ...example, fault: 'lost_words', on: true },
  },
  disconnect: {
    method: 'DELETE',
    path: '/accounts/{id}',
    summary: 'Disconnect an account',
    description:
      'Its credentials are deleted and its session is ended; its deals and events stay and can be read under its id. Connected again it has the same id. The answer names your default account from then on: another of the same environment, else one without real money, else none.',
    body: 'too',
    errors: [
      'accounts.not_found',
      'accounts.disconnected',
      'accounts.open_positions',
      'accounts.deal_under_way',
    ],
    example: { ...example, withOpenPositions: false },
  },
};
