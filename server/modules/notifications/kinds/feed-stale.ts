// The prices of a feed have not moved for a while, because nothing comes of it.
import { FeedNews } from '../words.ts';
import { notificationKind } from './kind.ts';

export const feedStale = notificationKind({
  schema: FeedNews,
  severity: 'critical',
  title: ({ feed }) => `No prices of ${feed}`,
  body: ({ since }) =>
    `None have come since ${since.toISOString()}: what is shown is old, and opening is refused until prices are back. Stops and limits stand at the broker; alerts on what was missed are told late.`,
});
