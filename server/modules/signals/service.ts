// The use cases of who owns signals: making, listing, changing and deleting them.
import {
  maxSignals,
  type CreatedSignal,
  type CreateSignal,
  type Signal,
  type UpdateSignal,
} from '../../../shared/signals.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { Transaction } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { Principal } from '../../trpc/context.ts';
import type { Notify } from '../notifications/index.ts';
import type { AccountOf, RequireFresh } from './ports.ts';
import { makeSecret } from './signal.ts';
import type { SignalRow, SignalStore } from './store.ts';

export type SignalService = ReturnType<typeof createSignalService>;

export function createSignalService({
  store,
  transaction,
  accountOf,
  requireFresh,
  notify,
  wake,
  ids,
  clock,
}: {
  store: SignalStore;
  transaction: Transaction;
  accountOf: AccountOf;
  requireFresh: RequireFresh;
  notify: Notify;
  wake: (userId: string) => void;
  ids: Ids;
  clock: Clock;
}) {
  const orThrow = (row: SignalRow | undefined): SignalRow => {
    if (!row) throw new AppError('signals.not_found');
    return row;
  };
  return {
    list: async (userId: string): Promise<Signal[]> => (await store.list(userId)).map(shown),
    /** Throws signals.not_found. */
    get: async (userId: string, id: string): Promise<Signal> => shown(orThrow(await store.find(userId, id))),
    /** Throws auth.step_up_required, auth.token_invalid, accounts.*, signals.too_many. */
    async create(principal: Principal, { accountId: asked, ...terms }: CreateSignal): Promise<CreatedSignal> {
      await requireFresh(principal);
      const userId = principal.user.id;
      const { id: accountId, environment } = await accountOf(userId, asked);
      const { secret, secretHash } = makeSecret(ids);
      const now = clock.now();
      const row: SignalRow = {
        ...terms,
        id: ids.next('sig'),
        userId,
        accountId,
        environment,
        secretHash,
        state: 'active',
        createdAt: now,
        updatedAt: now,
        lastTakenAt: null,
        lastRefusedAt: null,
        lastRefusal: null,
        toldSince: null,
        told: 0,
      };
      await transaction(async (tx) => {
        // Ended meanwhile: a signal would outlive that.
        if (!(await store.holdLogin(tx, userId, principal.sessionId)))
          throw new AppError('auth.token_invalid');
        if ((await store.count(tx, userId)) >= maxSignals) throw new AppError('signals.too_many');
        await store.insert(tx, row);
        const event = 'signal_created' as const;
        await notify(tx, { kind: 'security.event', data: { event }, userId, at: now, accountId: null });
      });
      wake(userId);
      return { ...shown(row), secret };
    },
    /** To pause one asks for no proof. Throws auth.step_up_required, signals.not_found. */
    async update(principal: Principal, { id, ...wanted }: UpdateSignal): Promise<Signal> {
      const given = Object.fromEntries(
        Object.entries(wanted).filter(([, value]) => value !== undefined),
      ) as Partial<SignalRow>;
      if (Object.keys(given).length > 1 || given.state !== 'paused') await requireFresh(principal);
      return shown(orThrow(await store.update(principal.user.id, id, { ...given, updatedAt: clock.now() })));
    },
    /** Throws signals.not_found. */
    async delete(userId: string, id: string): Promise<void> {
      if (!(await store.delete(userId, id))) throw new AppError('signals.not_found');
    },
  };
}

const shown = ({
  userId: _owner,
  secretHash: _hash,
  toldSince: _since,
  told: _told,
  maxSize,
  ...row
}: SignalRow): Signal => ({ ...row, maxSize: decimal.canonical(maxSize) });
