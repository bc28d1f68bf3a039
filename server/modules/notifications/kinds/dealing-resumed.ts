// What an administrator had stopped goes on.
import { z } from 'zod';
import { sentences } from '../words.ts';
import { notificationKind } from './kind.ts';

export const dealingResumed = notificationKind({
  schema: z.object({ reason: z.string().nullable() }),
  severity: 'info',
  title: () => 'An administrator lets dealing go on',
  body: ({ reason }) => sentences(reason && `“${reason}”`, 'What you or a limit stopped stays stopped.'),
});
