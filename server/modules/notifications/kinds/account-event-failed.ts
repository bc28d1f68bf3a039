// The broker told something of an account that could not be taken in, however often it was tried.
import { z } from 'zod';
import { notificationKind } from './kind.ts';

export const accountEventFailed = notificationKind({
  schema: z.object({ error: z.string() }),
  severity: 'critical',
  title: () => 'Something that the broker told of an account could not be taken in',
  body: ({ error }) =>
    `It was tried several times; at last: ${error.replace(/[.\s]*$/, '')}. trading.reconcile (POST /api/trading/reconcile) reads what is open from the broker; an administrator finds it in the log and among the dead letters.`,
});
