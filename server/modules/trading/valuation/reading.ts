// What valuations of one account are made of, read again whenever something happened to it. What it is worth is not reckoned here.
import type { Market } from '../../../../shared/market-data.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { BrokerAccount, UserEvents } from '../ports.ts';
import type { PositionRow } from '../positions/store.ts';
import type { AccountValues } from './account.ts';
import type { Valued } from './book.ts';

/** The broker's figures (margin above all) are read again this often, though no event told of them. */
const figuresEveryMs = 2_000;

/** What a valuation is made of, the account's row included. */
export interface AccountState extends Valued {
  version: string;
  markets: Map<string, Market>;
}
export interface ReadingDeps {
  values: AccountValues;
  events: UserEvents;
  clock: Clock;
  logger: Logger;
}

export function createAccountReading(account: BrokerAccount, { values, events, clock, logger }: ReadingDeps) {
  let known: AccountState | undefined;
  async function followEvents(reload: () => void, signal: AbortSignal): Promise<void> {
    try {
      for await (const message of events.follow(account.userId, 'trading', { signal }))
        if ('accountId' in message && message.accountId === account.id) reload();
    } catch (err) {
      logger.warn({ err, account: account.id }, 'a valuation goes on without events');
    }
  }
  return {
    /** As it is now; rows that have not changed are not read again. Markets may change beneath them: the catalogue says how long one holds. */
    async read(): Promise<AccountState> {
      const [version, risk] = await Promise.all([values.openVersion(account.id), values.figures(account.id)]);
      const isSame = known?.version === version;
      const rows = isSame ? known!.rows : keepSame(known?.rows ?? [], await values.openRows(account.id));
      const markets = await values.marketsOf(account, rows);
      return (known = {
        account,
        version,
        rows,
        risk,
        markets: isSame && markets.size === 0 ? known!.markets : markets,
      });
    },
    /** Calls `reload` whenever it is to be read again, until the signal aborts. */
    follow(reload: () => void, over: AbortSignal): void {
      over.addEventListener('abort', clock.every(figuresEveryMs, reload), { once: true });
      void followEvents(reload, over);
    },
  };
}

/** The rows as they are now; one that is as it was stays the same object, so that its position is not valued anew. */
function keepSame(known: readonly PositionRow[], rows: PositionRow[]): PositionRow[] {
  const before = new Map(known.map((row) => [row.dealId, row]));
  return rows.map((row) => {
    const old = before.get(row.dealId);
    return old && isSame(old, row) ? old : row;
  });
}
const isSame = (a: PositionRow, b: PositionRow): boolean =>
  (Object.keys(a) as (keyof PositionRow)[]).every((field) => plain(a[field]) === plain(b[field]));
const plain = (value: PositionRow[keyof PositionRow]) => (value instanceof Date ? value.getTime() : value);
