// Alerts in a trader's words: what is waited for, how it stands, and which of them have a place in a chart. Pure.
import type { Alert, AlertCondition, AlertSide, SetAlert } from '../../../client/index.ts';
import type { ChartLine } from './chart-lines.ts';
import { dayAndTime, levelText } from './format.ts';

export const sideName: Record<AlertSide, string> = { bid: 'Bid', offer: 'Offer', mid: 'Mid' };
export const windowName: Record<string, string> = {
  60: '1 minute',
  300: '5 minutes',
  900: '15 minutes',
  3600: '1 hour',
  14400: '4 hours',
  86400: '1 day',
};
const moved = { up: 'rises', down: 'falls', either: 'moves' };

/** `Bid rises to 1.2345`. */
export function alertWords(condition: AlertCondition): string {
  switch (condition.kind) {
    case 'price':
      return `${sideName[condition.side]} ${moved[condition.direction]} to ${levelText(condition.level)}`;
    case 'candle_close':
      return `${sideName[condition.side]} of a ${condition.resolution} candle closes at ${levelText(condition.level)} or ${condition.direction === 'up' ? 'above' : 'below'}`;
    case 'move':
      return `${sideName[condition.side]} ${moved[condition.direction]} by ${condition.percent} % within ${windowName[condition.windowSeconds]}`;
    case 'margin_level':
      return `Margin level falls to ${condition.level} %`;
    case 'position_profit':
      return `Running profit ${condition.direction === 'up' ? 'rises' : 'falls'} to ${condition.amount}`;
  }
}

export const isLive = ({ state }: Pick<Alert, 'state'>): boolean => state === 'armed' || state === 'waiting';

/** On its badge, and what it means; null: the word says it. */
export function alertState({ state, condition, firedCount, lastFiredAt, expiresAt }: Alert): {
  word: string;
  meaning: string | null;
} {
  switch (state) {
    case 'armed':
      return { word: 'Armed', meaning: null };
    case 'waiting':
      if (firedCount > 0)
        return { word: 'Waiting', meaning: 'It was told, and counts again once the price has come back.' };
      if (condition.kind === 'price')
        return {
          word: 'Reached already',
          meaning: 'The price is there already, or not known yet: it counts once the price has come back.',
        };
      return { word: 'Waiting', meaning: 'It begins with the next prices.' };
    case 'done':
      return { word: 'Done', meaning: lastFiredAt && `Told for ${dayAndTime(lastFiredAt)}.` };
    case 'expired':
      return { word: 'Expired', meaning: expiresAt && `Since ${dayAndTime(expiresAt)}.` };
  }
}

/** What to say of one that was just put in force. */
export function setWords(alert: SetAlert): string {
  const { meaning } = alertState(alert);
  return [
    'The alert is set.',
    ...(alert.state === 'waiting' && meaning ? [meaning] : []),
    ...(alert.marketState === null || alert.marketState === 'tradeable'
      ? []
      : ['The market is not open: nothing happens until it is.']),
  ].join(' ');
}

/** A line for each that waits for a level. */
export function alertLines(alerts: readonly Alert[]): ChartLine[] {
  return alerts.filter(isLive).flatMap(({ id, condition, note }) =>
    condition.kind === 'price' || condition.kind === 'candle_close'
      ? [
          {
            key: id,
            kind: 'alert' as const,
            label: `Alert: ${condition.kind === 'price' ? '' : 'close of '}${condition.side} ${condition.direction}`,
            level: condition.level,
            note,
            amends: undefined,
          },
        ]
      : [],
  );
}
