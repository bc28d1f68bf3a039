// Which feeds a user may see: those of everybody, and those of the own accounts' logins; the default account's first.
import { putNewest } from '../../lib/bounded.ts';
import type { AccountChanges } from './changes.ts';
import type { AccountStore } from './store.ts';
import type { FeedOf } from './views.ts';

/** Some 100 bytes each. */
const maxKept = 10_000;

/** Kept while the changes of accounts are followed: it is asked for with every price. */
export function createFeedAccess({
  store,
  feedOf,
  common,
  changes,
}: {
  store: Pick<AccountStore, 'listOf'>;
  feedOf: FeedOf;
  common: readonly string[];
  changes: AccountChanges | undefined;
}) {
  const kept = new Map<string, Promise<readonly string[]>>();
  // Whose account has changed is not told, and changes are rare.
  changes?.listen(() => kept.clear());
  async function read(userId: string): Promise<readonly string[]> {
    const rows = await store.listOf(userId);
    const own = [...rows].sort((a, b) => Number(b.isDefault) - Number(a.isDefault)).map(feedOf);
    // Where none is the default, which leaves live ones alone, those of everybody come first.
    const hasDefault = rows.some(({ isDefault }) => isDefault);
    return [...new Set(hasDefault ? [...own, ...common] : [...common, ...own])];
  }
  return {
    /** The default one first; empty where there is none at all. `anew`: what was kept may be older than the caller's last change. */
    of(userId: string, { anew = false }: { anew?: boolean } = {}): Promise<readonly string[]> {
      if (!changes?.following) return read(userId);
      const known = anew ? undefined : kept.get(userId);
      if (known) return known;
      const found = read(userId);
      putNewest(kept, userId, found, maxKept);
      found.catch(() => kept.delete(userId));
      return found;
    },
  };
}
