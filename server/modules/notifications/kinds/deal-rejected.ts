// A deal was not done: the broker refused it, or it never got there.
import { reasonSentence } from '../../../../shared/deal-words.ts';
import { asked, DealNews, sentences } from '../words.ts';
import { notificationKind } from './kind.ts';

export const dealRejected = notificationKind({
  schema: DealNews,
  severity: 'warning',
  title: (news) => `Not done: ${asked(news)}`,
  body: ({ deal: { reason }, before }) =>
    sentences(
      before === 'unknown' ? 'It is certain now.' : null,
      reason ? reasonSentence(reason) : 'The broker gave no reason.',
    ),
});
