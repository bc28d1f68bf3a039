// The history as columns of a CSV file: every field as the API tells it, nothing rounded. Pure.
import type { AccountTransaction, ActivityEntry, Deal } from '../../../client/index.ts';
import type { CsvCell, CsvColumn } from './csv.ts';
import { reasonSentence } from '../../../shared/deal-words.ts';

/** Names of the fields that are a cell as they are. */
type Plain<Row> = { [Name in keyof Row & string]: Row[Name] extends CsvCell ? Name : never }[keyof Row &
  string];
const fields = <Row>(...names: Plain<Row>[]): CsvColumn<Row>[] =>
  names.map((name) => [name, (row) => row[name] as CsvCell]);

/** A deal bears an epic only. */
export const dealColumns: readonly CsvColumn<Deal & { name: string }>[] = [
  ...fields<Deal>('createdAt', 'accountId', 'environment', 'id', 'kind', 'status'),
  ['reason', ({ reason }) => reason?.code ?? null],
  ['why', ({ reason }) => reason && reasonSentence(reason)],
  ...fields<Deal>('epic'),
  ...fields<Deal & { name: string }>('name'),
  ...fields<Deal>(
    'direction',
    'size',
    'level',
    'stopLevel',
    'limitLevel',
    'orderType',
    'orderLevel',
    'goodTillAt',
    'profit',
    'profitCurrency',
    'dealReference',
    'dealId',
  ),
  [
    'affected',
    ({ affected }) => affected && affected.map(({ action, dealId }) => `${action} ${dealId}`).join('; '),
  ],
  ...fields<Deal>('tag', 'note', 'statusAt', 'decidedAt', 'brokerAt'),
];

export const activityColumns: readonly CsvColumn<ActivityEntry>[] = [
  ...fields<ActivityEntry>(
    'at',
    'accountId',
    'environment',
    'id',
    'dealId',
    'dealReference',
    'deal',
    'source',
    'channel',
    'epic',
    'name',
    'status',
    'description',
  ),
  ['changes', ({ changes }) => changes.map(({ action, dealId }) => `${action} ${dealId}`).join('; ')],
  ...fields<ActivityEntry>('direction', 'size', 'level', 'stopLevel', 'limitLevel', 'currency'),
];

export const transactionColumns: readonly CsvColumn<AccountTransaction>[] = [
  ...fields<AccountTransaction>(
    'at',
    'accountId',
    'environment',
    'id',
    'type',
    'brokerType',
    'reference',
    'name',
    'amount',
    'currency',
    'direction',
    'size',
    'openLevel',
    'closeLevel',
    'openedAt',
  ),
];
