// A feed of which nothing came is back.
import { FeedNews } from '../words.ts';
import { notificationKind } from './kind.ts';

export const feedBack = notificationKind({
  schema: FeedNews,
  severity: 'info',
  title: ({ feed }) => `Prices of ${feed} are back`,
  body: ({ since }) => `None had come since ${since.toISOString()}.`,
});
