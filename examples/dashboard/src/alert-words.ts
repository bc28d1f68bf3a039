// Alerts in a trader's words: what is waited for, how it stands, and what came of it. Pure.
import type { Alert, AlertCondition, AlertSide, SetAlert, Tick } from '../../../client/index.ts';
import { dayAndTime, levelText, marketStateName, signed } from './format.ts';
import { resolutionName } from './resolutions.ts';

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
export function alertWords(condition: AlertCondition, currency = ''): string {
  switch (condition.kind) {
    case 'price':
      return `${sideName[condition.side]} ${moved[condition.direction]} to ${levelText(condition.level)}`;
    case 'candle_close':
      return `${sideName[condition.side]} closes a candle of ${resolutionName[condition.resolution]} at ${levelText(condition.level)} or ${condition.direction === 'up' ? 'above' : 'below'}`;
    case 'move':
      return `${sideName[condition.side]} ${moved[condition.direction]} by ${condition.percent} % within ${windowName[condition.windowSeconds]}`;
    case 'margin_level':
      return `Margin level falls to ${condition.level} %`;
    case 'position_profit':
      return `P&L ${moved[condition.direction]} to ${signed(levelText(condition.amount))} ${currency}`.trimEnd();
  }
}
/** The same with the position that it is about. */
export const namedWords = (
  { condition, name }: Pick<Alert, 'condition' | 'name'>,
  currency?: string,
): string =>
  condition.kind === 'position_profit'
    ? `${name.replace(/^(BUY|SELL) /, (verb) => (verb === 'BUY ' ? 'Buy ' : 'Sell '))}: ${alertWords(condition, currency)}`
    : alertWords(condition, currency);

export const isLive = ({ state }: Pick<Alert, 'state'>): boolean => state === 'armed' || state === 'waiting';
/** The last time it was told late. */
export const isLate = ({ firedCount, lastFiredLate }: Pick<Alert, 'firedCount' | 'lastFiredLate'>): boolean =>
  firedCount > 0 && lastFiredLate;

/** On its badge, and what it means; null: the word says it. */
export function alertState(alert: Alert): { word: string; meaning: string | null } {
  const { state, condition, firedCount, expiresAt } = alert;
  switch (state) {
    case 'armed':
      return { word: 'Armed', meaning: firedCount > 0 ? toldWords(alert) : null };
    case 'waiting':
      if (firedCount > 0)
        return { word: 'Waiting', meaning: `${toldWords(alert)} It counts again once it has come back.` };
      return 'epic' in condition && condition.kind !== 'price'
        ? { word: 'Waiting', meaning: 'It begins with the next prices.' }
        : {
            word: 'Reached already',
            meaning: 'It is there already, or not known yet: it counts once it has come back.',
          };
    case 'done':
      return {
        word: 'Done',
        meaning:
          firedCount > 0
            ? toldWords(alert)
            : condition.kind === 'position_profit'
              ? 'Its position was closed before.'
              : null,
      };
    case 'expired':
      return {
        word: 'Expired',
        meaning: [
          ...(expiresAt ? [`Since ${dayAndTime(expiresAt)}.`] : []),
          firedCount > 0 ? toldWords(alert) : 'It was never told.',
        ].join(' '),
      };
  }
}
function toldWords(alert: Alert): string {
  const { firedCount, lastFiredAt, lastValue, condition } = alert;
  if (!lastFiredAt) return '';
  const times = firedCount > 1 ? `Told ${firedCount} times, last` : 'Told';
  const unit = condition.kind === 'move' || condition.kind === 'margin_level' ? ' %' : '';
  const value = lastValue === null ? '' : ` at ${signed(levelText(lastValue), '')}${unit}`;
  return `${times}${value}, ${dayAndTime(lastFiredAt)}${isLate(alert) ? ': late, as its prices were not seen then' : ''}.`;
}

/** What is said of it below what it waits for. */
export function alertFacts(alert: Alert): string[] {
  const { note, repeat, rearmBand, expiresAt } = alert;
  const { meaning } = alertState(alert);
  const band = rearmBand === '0' ? '' : `, after it came back by more than ${levelText(rearmBand)}`;
  return [
    ...(note === null ? [] : [note]),
    repeat === 'once' ? 'once' : `every time${band}`,
    ...(expiresAt && isLive(alert) ? [`until ${dayAndTime(expiresAt)}`] : []),
    ...(meaning ? [meaning] : []),
  ];
}

/** What to say of one that was just put in force. */
export function setWords(alert: SetAlert, what = 'The alert is set.'): string {
  const { meaning } = alertState(alert);
  return [
    what,
    ...(alert.state === 'waiting' && meaning ? [meaning] : []),
    ...(alert.marketState === null || alert.marketState === 'tradeable'
      ? []
      : ['The market is not open: nothing happens until it is.']),
  ].join(' ');
}

/** Why alerts on a market do nothing at present; undefined where they do. */
export function dormantWords(tick: Pick<Tick, 'marketState' | 'stale'> | undefined): string | undefined {
  if (!tick) return undefined;
  const { marketState, stale } = tick;
  if (marketState !== null && marketState !== 'tradeable')
    return `${marketStateName(marketState)}: nothing happens to these until the market opens.`;
  return stale
    ? 'No prices come in now: what these wait for is looked up once they do, and told late.'
    : undefined;
}
