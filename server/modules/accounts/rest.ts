// Where REST has the procedures of accounts.
import type { RestRows } from '../../trpc/rest.ts';
import type { createAccountsRouter } from './router.ts';

export const accountsRest: RestRows<ReturnType<typeof createAccountsRouter>> = {
  list: {
    method: 'GET',
    path: '/accounts',
    summary: 'My broker accounts',
    errors: ['broker.unavailable'],
  },
  get: {
    method: 'GET',
    path: '/accounts/{id}',
    summary: 'One of my broker accounts',
    errors: ['accounts.not_found'],
    example: { id: 'acct_…' },
  },
};
