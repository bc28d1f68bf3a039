// Nobody knows yet what became of a deal.
import { asked, DealNews } from '../words.ts';
import { notificationKind } from './kind.ts';

export const dealUnknown = notificationKind({
  schema: DealNews,
  severity: 'warning',
  title: (news) => `Not known yet: ${asked(news)}`,
  body: () => 'The broker did not answer. FTrader finds out what happened; do not send it again.',
});
