// A signal of an alert service was refused: nothing was dealt.
import { z } from 'zod';
import { sentences } from '../words.ts';
import { notificationKind } from './kind.ts';

export const signalRefused = notificationKind({
  schema: z.object({
    name: z.string().describe('of the signal'),
    why: z.string(),
    isLastTold: z.boolean().describe('no more are told one by one in this hour'),
  }),
  severity: 'warning',
  title: ({ name }) => `A signal was refused: ${name}`,
  body: ({ why, isLastTold }) =>
    sentences(
      why,
      'Nothing was dealt.',
      isLastTold
        ? 'Further refusals within the hour are not told one by one; the list of your signals shows the last one.'
        : null,
    ),
});
