// Its user wanted to see whether they are told.
import { z } from 'zod';
import { notificationKind } from './kind.ts';

export const channelTest = notificationKind({
  schema: z.object({}),
  severity: 'info',
  inAppOnly: true,
  title: () => 'A test',
  body: () => 'You asked for this to see whether notifications reach you here. They do.',
});
