// Work in the background failed as often as it is tried.
import { z } from 'zod';
import { notificationKind } from './kind.ts';

export const jobFailed = notificationKind({
  schema: z.object({
    job: z.string().describe('the name of its kind'),
    error: z.string(),
    tries: z.number().int(),
  }),
  severity: 'warning',
  title: ({ job }) => `Work in the background failed: ${job}`,
  body: ({ error, tries }) =>
    `It was tried ${tries === 1 ? 'once' : `${tries} times`}; at last: ${error.replace(/[.\s]*$/, '')}. An administrator sees it among the failed jobs and can have it tried again.`,
});
