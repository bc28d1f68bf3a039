// IG's histories → rows that are kept, pure. Throws TypeError where a movement of money cannot be read: none is made up.
import { createHash } from 'node:crypto';
import type { TransactionType } from '../../../shared/history.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { ActivityRecord, TransactionRecord } from '../../modules/trading/ports.ts';
import { decimalText } from '../decimal-text.ts';
import type { Activity, Transaction } from './schemas.ts';
import { toActivity, utc } from './translate.ts';

/** 96 bits of what makes an entry the one it is. */
const idOf = (prefix: string, facts: readonly unknown[]): string =>
  `${prefix}_${createHash('sha256').update(JSON.stringify(facts)).digest('hex').slice(0, 24)}`;

/**
 * A row of GET /history/activity v3, detailed. Its id leaves the hour out: IG tells it in the account's local time, and nobody knows
 * by which offset once the clocks have changed; the same entry must stay the same.
 */
export function toActivityRecord(entry: Activity, offsetMinutes: number, readAt: Date): ActivityRecord {
  const { date, dealId, status, channel, description, details } = entry;
  const { actions, epic, dealReference, direction, ...told } = toActivity(entry, offsetMinutes, readAt);
  const { size, level, stopLevel, limitLevel, throughApi, at } = told;
  const minute = /:(\d\d)(?::(\d\d))?$/.exec(date)?.slice(1) ?? date;
  const levels = [size, level, stopLevel, limitLevel];
  return {
    id: idOf('act', [dealId, dealReference, status, details?.actions ?? [], levels, minute]),
    at,
    dealId,
    dealReference,
    epic: epic || null,
    name: details?.marketName?.trim() || null,
    status: told.status,
    channel: channel || null,
    throughApi,
    description: description || null,
    changes: actions,
    direction,
    size,
    level,
    stopLevel,
    limitLevel,
    currency: details?.currency || null,
  };
}

const types: Record<string, TransactionType> = {
  DEAL: 'deal',
  TRADE: 'deal',
  DEPO: 'deposit',
  WITH: 'withdrawal',
  DIVIDEND: 'dividend',
  EXCHANGE: 'exchange',
};

/** `£19.95`, `US-1.00`, `EUR1,234.50`: the number behind a sign that is no ISO code for every account. */
function amountIn(text: string): string {
  const [, number] = /(-?\d[\d,]*(?:\.\d+)?)$/.exec(text.trim()) ?? [];
  const amount = decimalText(number?.replaceAll(',', ''));
  if (amount === null) throw new TypeError(`IG gave no readable amount: ${JSON.stringify(text)}`);
  return amount;
}
/** `-` and `0` stand where a movement of cash has no level. */
function levelIn(text: string | null | undefined): string | null {
  const level = decimalText(text?.replaceAll(',', ''));
  return level === null || decimal.compare(level, '0') === 0 ? null : level;
}

/** A row of GET /history/transactions v2. */
export function toTransaction(row: Transaction): TransactionRecord {
  const { dateUtc, profitAndLoss, transactionType, reference, instrumentName, period } = row;
  const at = utc(dateUtc);
  if (at === null) throw new TypeError(`IG gave no readable date of a transaction: ${dateUtc}`);
  const size = decimalText(row.size?.replace(/^\+/, '').replaceAll(',', ''));
  const isLong = size !== null && decimal.compare(size, '0') > 0;
  const isSized = size !== null && decimal.compare(size, '0') !== 0;
  const { openLevel, closeLevel, openDateUtc, currency } = row;
  return {
    id: idOf('txn', [
      dateUtc,
      reference,
      transactionType,
      profitAndLoss,
      instrumentName,
      period,
      row.size,
      openLevel,
    ]),
    at,
    type: types[transactionType] ?? 'other',
    brokerType: transactionType,
    reference,
    name: instrumentName?.trim() || '-',
    amount: amountIn(profitAndLoss),
    currency: currency && currency !== '-' ? currency : null,
    direction: isSized ? (isLong ? 'BUY' : 'SELL') : null,
    size: isSized ? size.replace(/^-/, '') : null,
    openLevel: levelIn(openLevel),
    closeLevel: levelIn(closeLevel),
    openedAt: utc(openDateUtc),
  };
}
