// FTrader's rows and the broker's lists do not agree.
import { z } from 'zod';
import { notificationKind } from './kind.ts';

export const breakOpened = notificationKind({
  schema: z.object({ difference: z.string().describe('what does not agree, as a sentence') }),
  severity: 'critical',
  title: () => 'FTrader and the broker disagree',
  body: ({ difference }) => `${difference} What the broker says holds; check your account.`,
});
