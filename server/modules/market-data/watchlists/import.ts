// Copying the lists that a user keeps at the broker: each by its id there, so that a second import changes the same lists.
import {
  maxWatchlists,
  type ImportedWatchlists,
  type ImportWatchlists,
} from '../../../../shared/watchlists.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { BrokerAccount } from '../../accounts/ports.ts';
import type { BrokerWatchlist, BrokerWatchlists } from '../ports.ts';
import { fitting, freeName, nameKeyOf, reimported } from './rules.ts';
import type { WatchlistDeps, WatchlistService } from './service.ts';

type Imported = ImportedWatchlists['watchlists'][number];

export function createImport({
  store,
  clock,
  accounts,
  broker,
  lists: { inSet, newRow },
}: Pick<WatchlistDeps, 'store' | 'clock' | 'accounts'> & {
  broker: BrokerWatchlists;
  lists: Pick<WatchlistService, 'inSet' | 'newRow'>;
}) {
  /** One list as the broker tells it, in one transaction. */
  const copy = (account: BrokerAccount, { id, name }: BrokerWatchlist, told: readonly string[]) =>
    inSet(account.userId, async (tx, rows): Promise<Imported> => {
      const { epics, leftOut } = fitting(told);
      const answer = { brokerName: name, leftOut };
      const known = rows.find((row) => row.importedFrom === account.id && row.brokerId === id);
      const others = new Set(rows.filter((row) => row !== known).map(({ nameKey }) => nameKey));
      if (known) {
        const after = reimported(known, { name, epics }, others);
        if (after === known) return { ...answer, outcome: 'unchanged', id: known.id };
        await store.save(tx, { ...after, version: known.version + 1, updatedAt: clock.now() });
        return { ...answer, outcome: 'updated', id: known.id };
      }
      if (rows.length >= maxWatchlists) return { ...answer, outcome: 'no_room', id: null };
      const free = freeName(name, others);
      const row = newRow({
        userId: account.userId,
        name: free,
        nameKey: nameKeyOf(free),
        epics,
        place: rows.length,
        importedFrom: account.id,
        environment: account.environment,
        brokerId: id,
        brokerName: name,
      });
      await store.insert(tx, row);
      return { ...answer, outcome: 'created', id: row.id };
    });

  /**
   * Copies the lists of the account's login; each costs a request of its allowance. Those that are not here yet come first, then those
   * imported longest ago: where the allowance ends half way, the next import goes on. Throws accounts.*, and broker.* when nothing could be read.
   */
  return async function importWatchlists(
    userId: string,
    { accountId, withBrokersOwn }: ImportWatchlists,
  ): Promise<ImportedWatchlists> {
    const account = await accounts.forUser(userId, accountId);
    if (account.disconnectedAt) throw new AppError('accounts.disconnected');
    const all = await broker.list(account);
    const here = new Map(
      (await store.listOf(userId))
        .filter(({ importedFrom }) => importedFrom === account.id)
        .map(({ brokerId, updatedAt }) => [brokerId, updatedAt.getTime()]),
    );
    const since = ({ id }: BrokerWatchlist) => here.get(id) ?? 0;
    const wanted = all
      .filter(({ isBrokers }) => withBrokersOwn || !isBrokers)
      .toSorted((a, b) => since(a) - since(b));
    const done: Imported[] = [];
    let left: AppError | undefined;
    for (const [n, list] of wanted.entries()) {
      const answer = { brokerName: list.name, id: null, leftOut: [] };
      // Also when all lists here are the user's own there are no more places than this.
      if (n >= maxWatchlists) done.push({ ...answer, outcome: 'no_room' });
      else if (left) done.push({ ...answer, outcome: 'not_read' });
      else
        try {
          done.push(await copy(account, list, await broker.epics(account, list.id)));
        } catch (error) {
          if (!(error instanceof AppError && error.code.startsWith('broker.')) || n === 0) throw error;
          left = error;
          done.push({ ...answer, outcome: 'not_read' });
        }
    }
    return { watchlists: done };
  };
}
