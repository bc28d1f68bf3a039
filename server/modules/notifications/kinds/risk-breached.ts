// A limit of the account stopped a deal; more that it stops within a minute is not told.
import { reasonSentence } from '../../../../shared/deal-words.ts';
import { LimitBreach } from '../../../../shared/risk-limits.ts';
import { notificationKind } from './kind.ts';

export const riskBreached = notificationKind({
  schema: LimitBreach,
  severity: 'warning',
  title: ({ market, limit, epic }) =>
    `A limit stopped a deal in ${market}: ${limit}${epic === null ? '' : ' of this market'}`,
  body: ({ reason }) =>
    `${reasonSentence(reason)} Nothing was sent. Closing is never limited; trading.getRisk shows what is used.`,
});
