// A signal of an alert service was let through, and this server stopped before anything was dealt.
import { z } from 'zod';
import { Instant } from '../../../../shared/primitives.ts';
import { notificationKind } from './kind.ts';

export const signalLost = notificationKind({
  schema: z.object({ name: z.string().describe('of the signal'), at: Instant }),
  severity: 'critical',
  title: ({ name }) => `A signal was lost: ${name}`,
  body: ({ at }) =>
    `It came at ${at.toISOString()}, and the server stopped before anything was dealt. Deal yourself if it is still wanted.`,
});
