// Changes of a user's set of accounts that the broker need not be asked about: which is the default, what one is called, and disconnecting one.
import { inTransaction, type Db, type Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Sealer } from '../../lib/seal.ts';
import { Environment } from '../../../shared/primitives.ts';
import type { UserEvents } from '../events/index.ts';
import type { Change } from './changing.ts';
import { openCredentials } from './credentials.ts';
import type { AccountUse, BrokerCredentials, BrokerDoor } from './ports.ts';
import type { AccountRow, AccountStore } from './store.ts';
import { toBrokerAccount, toFacts, type FeedOf } from './views.ts';

export function createLeaving({
  db,
  change,
  store,
  clock,
  use,
  door,
  sealer,
  events,
  feedOf,
  announce,
}: {
  db: Db;
  change: Change;
  store: AccountStore;
  clock: Clock;
  use: AccountUse;
  door: Pick<BrokerDoor, 'end'>;
  sealer: Sealer;
  events: Pick<UserEvents, 'append' | 'wake'>;
  feedOf: FeedOf;
  announce: (accountId: string) => void;
}) {
  /** Null where the key that they were sealed under is gone. */
  function credentialsOf(row: AccountRow): BrokerCredentials | null {
    try {
      return openCredentials(sealer, row);
    } catch {
      return null;
    }
  }
  /** Throws accounts.deal_under_way, accounts.open_positions. */
  async function requireUnused(tx: Tx, id: string, withOpenPositions: boolean): Promise<void> {
    const { undecidedDeals, openPositions, workingOrders } = await use.of(tx, id);
    if (undecidedDeals > 0) throw new AppError('accounts.deal_under_way');
    if (openPositions + workingOrders > 0 && !withOpenPositions)
      throw new AppError('accounts.open_positions', { message: whatIsLeft(openPositions, workingOrders) });
  }
  return {
    /**
     * Whether all accounts of a user may be left, simulated ones with what is open on them. Throws accounts.deal_under_way,
     * accounts.open_positions.
     */
    async requireLeavable(rows: readonly AccountRow[]): Promise<void> {
      for (const { id, environment } of rows)
        await inTransaction(db, (tx) => requireUnused(tx, id, environment === 'simulated'));
    },
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
     * Takes an account out of use: its credentials and its session are gone with the commit, its row, deals and events stay; it is logged
     * out at the broker where that answers. `heir` is the user's default then (see `nextDefault`). Throws accounts.deal_under_way while the broker's word on a deal is awaited, and accounts.open_positions,
     * for orders that rest as well, unless `withOpenPositions`.
     */
    async disconnect(
      userId: string,
      id: string,
      { withOpenPositions }: { withOpenPositions: boolean },
    ): Promise<{ row: AccountRow; heir: AccountRow | undefined }> {
      const { row, heir, logOut } = await change(userId, id, async (tx, found, all) => {
        await store.setDealable(tx, found, false); // from here on no deal is admitted
        await requireUnused(tx, id, withOpenPositions);
        const left = { ...found, credentials: '', isDefault: false, disconnectedAt: clock.now() };
        await store.save(tx, left);
        const others = all.filter((each) => each.id !== id);
        const next = found.isDefault ? nextDefault(found, others) : undefined;
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
        await store.clearHealth(tx, id, clock.now());
        // Last: whoever renews the session just now holds its row until the broker has answered.
        const logOut = await door.end(tx, toBrokerAccount(found, feedOf), credentialsOf(found));
        return { row: left, heir: next ?? others.find(({ isDefault }) => isDefault), logOut };
      });
      events.wake(userId, 'trading');
      announce(id);
      if (heir) announce(heir.id);
      await logOut();
      return { row, heir };
    },
  };
}

/**
 * Which of the accounts left becomes the default: the oldest of the same environment, else the oldest without real money. Never a live
 * one in the place of another: what names no account would then be about real money without anybody's wish.
 */
export const nextDefault = (
  gone: Pick<AccountRow, 'environment'>,
  left: readonly AccountRow[],
): AccountRow | undefined =>
  left.find(({ environment }) => environment === gone.environment) ??
  left.find(({ environment }) => environment !== 'live');

/** `2 positions are open and an order rests on this account: …` */
function whatIsLeft(openPositions: number, workingOrders: number): string {
  const positions = openPositions === 1 ? 'a position is open' : `${openPositions} positions are open`;
  const orders = workingOrders === 1 ? 'an order rests' : `${workingOrders} orders rest`;
  const left = [openPositions > 0 && positions, workingOrders > 0 && orders].filter(Boolean).join(' and ');
  const they = openPositions + workingOrders === 1 ? 'it' : 'them';
  const verbs = [openPositions > 0 && 'close', workingOrders > 0 && 'cancel'].filter(Boolean).join(' and ');
  return `${left.replace(/^./, (first) => first.toUpperCase())} on this account: ${verbs} ${they} first, or send withOpenPositions: true to leave ${they} to the broker.`;
}
