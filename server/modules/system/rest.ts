// Where REST has the procedures of system.
import type { RestRows } from '../../trpc/rest.ts';
import type { createSystemRouter } from './router.ts';

export const systemRest: RestRows<ReturnType<typeof createSystemRouter>> = {
  status: {
    method: 'GET',
    path: '/system/status',
    summary: 'What runs here, and its feeds',
  },
  time: { method: 'GET', path: '/system/time', summary: "The server's clock" },
};
