// The alerts of one account: on its margin level, and on the profit of its positions.
import { useState, type ReactNode } from 'react';
import type { AccountSummary, FTraderClient, Position } from '../../../client/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { AccountAlertForm } from './account-alert-form.tsx';
import { AlertBook, type OpenAlert } from './alert-book.tsx';
import { namedWords } from './alert-words.ts';
import { levelText } from './format.ts';
import type { NotificationNews } from './notification-news.ts';
import { useAlerts } from './use-alerts.ts';

export interface AccountAlertsProps {
  api: FTraderClient['api'];
  account: { id: string; currency: string };
  news: NotificationNews;
  /** As far as they are known here: those that may have an alert set on them. */
  positions?: readonly Position[] | undefined;
  summary?: AccountSummary | undefined;
  title?: ReactNode;
  /** A new one may begin with a position, by its deal id. */
  open: OpenAlert<string> | undefined;
  onOpen(open: OpenAlert<string> | undefined): void;
}

export default function AccountAlerts({
  api,
  account,
  news,
  positions = [],
  summary,
  ...book
}: AccountAlertsProps) {
  const alerts = useAlerts(api, { accountId: account.id }, news);
  const [said, setSaid] = useState('');
  return (
    <AlertBook
      {...{ api, alerts, said }}
      {...book}
      label="Alerts on the account"
      onSaid={setSaid}
      dormant={
        summary?.stale
          ? 'The account cannot be valued now: nothing happens to these until it can.'
          : undefined
      }
      wordsOf={(alert) => namedWords(alert, account.currency)}
      form={({ seed, ...props }) => (
        <AccountAlertForm
          key={seed}
          {...{ api, account, positions }}
          {...props}
          dealId={seed}
          marginNow={marginNow(summary)}
        />
      )}
    />
  );
}

/** `512.3 %`; undefined where no margin is held, or it is not known. */
function marginNow(summary: AccountSummary | undefined): string | undefined {
  if (!summary || summary.stale || decimal.compare(summary.margin, '0') <= 0) return undefined;
  const { equity, margin } = summary;
  return `${levelText(decimal.divide(decimal.multiply(equity, '100'), margin, 1, 'half-even'))} %`;
}
