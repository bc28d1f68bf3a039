// Changes of a user's set of accounts that the broker need not be asked about: which is the default, what one is called, and disconnecting one.
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import { Environment } from '../../../shared/primitives.ts';
import type { UserEvents } from '../events/index.ts';
import type { Change } from './changing.ts';
import type { AccountUse } from './ports.ts';
import type { AccountRow, AccountStore } from './store.ts';
import { toFacts, type FeedOf } from './views.ts';

export function createLeaving({
  change,
  store,
  clock,
  use,
  events,
  feedOf,
  announce,
}: {
  change: Change;
  store: AccountStore;
  clock: Clock;
  use: AccountUse;
  events: Pick<UserEvents, 'append' | 'wake'>;
  feedOf: FeedOf;
  announce: (accountId: string) => void;
}) {
  return {
    async rename(userId: string, id: string, name: string): Promise<AccountRow> {
      const renamed = await change(userId, id, async (tx, row) => {
        await store.save(tx, { ...row, name });
        return { ...row, name };
      });
      announce(id);
      return renamed;
    },
    async setDefault(userId: string, id: string): Promise<AccountRow> {
      const { row, before } = await change(userId, id, async (tx, found, all) => {
        await store.clearDefault(tx, userId, id);
        await store.save(tx, { ...found, isDefault: true });
        return { row: { ...found, isDefault: true }, before: all.filter((each) => each.isDefault) };
      });
      for (const each of [...before, row]) announce(each.id);
      return row;
    },
    /**
     * Takes an account out of use: its credentials are gone with the commit, its row, deals and events stay. The oldest of the others
     * becomes the default. Throws accounts.deal_under_way while the broker's word on a deal is awaited, and accounts.open_positions
     * unless `withOpenPositions`.
     */
    async disconnect(
      userId: string,
      id: string,
      { withOpenPositions }: { withOpenPositions: boolean },
    ): Promise<AccountRow> {
      const { row, heir } = await change(userId, id, async (tx, found, all) => {
        await store.setDealable(tx, id, false); // from here on no deal is admitted
        const { undecidedDeals, openPositions } = await use.of(tx, id);
        if (undecidedDeals > 0) throw new AppError('accounts.deal_under_way');
        if (openPositions > 0 && !withOpenPositions)
          throw new AppError('accounts.open_positions', {
            message: `${openPositions === 1 ? 'A position is' : `${openPositions} positions are`} open on this account: close ${openPositions === 1 ? 'it' : 'them'} first, or send withOpenPositions: true to leave ${openPositions === 1 ? 'it' : 'them'} to the broker.`,
          });
        const left = { ...found, credentials: '', isDefault: false, disconnectedAt: clock.now() };
        await store.save(tx, left);
        const next = found.isDefault ? all.find((each) => each.id !== id) : undefined;
        if (next) await store.save(tx, { ...next, isDefault: true });
        await events.append(tx, userId, 'trading', [
          {
            type: 'account.disconnected',
            at: clock.now(),
            accountId: id,
            environment: Environment.parse(found.environment),
            data: toFacts(left, feedOf),
          },
        ]);
        return { row: left, heir: next };
      });
      events.wake(userId, 'trading');
      announce(id);
      if (heir) announce(heir.id);
      return row;
    },
  };
}
