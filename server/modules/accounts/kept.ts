// Accounts by id, kept as long as their changes are followed: what is asked for with every event of an account costs no query.
import { putNewest } from '../../lib/bounded.ts';
import type { AccountChanges } from './changes.ts';
import type { BrokerAccount } from './ports.ts';

type Find = (id: string) => Promise<BrokerAccount | null>;

/** Some 300 bytes each. */
const maxKept = 10_000;

/** `find`, asked once per account until that changes; each time while nobody follows the changes. */
export function keepAccounts(find: Find, changes: AccountChanges | undefined): Find {
  if (!changes) return find;
  // Promises, so that a look-up overtaken by a change is dropped with it.
  const kept = new Map<string, Promise<BrokerAccount | null>>();
  changes.listen((id) => kept.delete(id));
  return (id) => {
    if (!changes.following) return find(id);
    const known = kept.get(id);
    if (known) return known;
    const found = find(id);
    putNewest(kept, id, found, maxKept);
    const forget = () => {
      if (kept.get(id) === found) kept.delete(id);
    };
    // An account that is not there is not kept: its row may come with the next commit.
    found.then((account) => account ?? forget(), forget);
    return found;
  };
}
