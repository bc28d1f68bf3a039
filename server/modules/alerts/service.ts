// Use cases of alerts: making, changing, listing and deleting them. Who evaluates them is woken, and looks every few seconds.
import {
  AlertCondition,
  maxLiveAlerts,
  type Alert,
  type AlertConditionInput,
  type AlertList,
  type CreateAlert,
  type ListAlerts,
  type MarketAlertCondition,
  type SetAlert,
  type UpdateAlert,
} from '../../../shared/alerts.ts';
import type { MarketState } from '../../../shared/market-data.ts';
import type { Transaction, Tx } from '../../db/transaction.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Ids } from '../../lib/ids.ts';
import type { UserEvents } from '../events/index.ts';
import { valueOf } from './account-values.ts';
import { pricesOf } from './engine.ts';
import type { AlertMarkets, AlertValuations } from './ports.ts';
import { placeOf, toAlert } from './rows.ts';
import type { AlertRow, AlertStore } from './store.ts';
import { triggerOf, turnOf, type Course } from './trigger.ts';

export interface AlertOwner {
  id: string;
  timeZone: string;
}
/** A condition whose market, zone and account are settled, and how it stands now. */
interface Settled {
  condition: AlertCondition;
  name: string;
  /** What it is compared with now; undefined: not known. */
  value: bigint | undefined;
  marketState: MarketState | null;
}
export type AlertService = ReturnType<typeof createAlertService>;

export function createAlertService({
  transaction,
  store,
  markets,
  valuations,
  events,
  wake,
  ids,
  clock,
}: {
  transaction: Transaction;
  store: AlertStore;
  markets: AlertMarkets;
  valuations: Pick<AlertValuations, 'now'>;
  /** Tells every page of their user that alerts were changed. */
  events: Pick<UserEvents, 'append' | 'wake'>;
  /** Tells who evaluates them. */
  wake: (condition: AlertCondition) => void;
  ids: Ids;
  clock: Clock;
}) {
  async function settle(owner: AlertOwner, asked: AlertConditionInput): Promise<Settled> {
    if (!('epic' in asked)) return settleAccount(owner, asked);
    const { feed, name, marketState, ...quote } = await markets.market(owner.id, asked);
    const condition = {
      ...asked,
      feed,
      ...(asked.kind === 'candle_close' && { zone: asked.zone ?? owner.timeZone }),
    } as MarketAlertCondition;
    return {
      condition,
      name,
      value: condition.kind === 'price' ? pricesOf(quote)[condition.side] : undefined,
      marketState,
    };
  }
  async function settleAccount(
    { id }: AlertOwner,
    asked: AlertConditionInput & { accountId?: string | undefined },
  ): Promise<Settled> {
    const valuation = await valuations.now(id, asked.accountId);
    const { accountId, environment } = valuation.summary;
    const condition = AlertCondition.parse({ ...asked, accountId, environment });
    if (condition.kind !== 'margin_level' && condition.kind !== 'position_profit')
      throw new Error('invariant: an alert on an account names no market');
    const find = (id: string) => valuation.positions.find(({ dealId }) => dealId === id);
    const value = valueOf(condition, { summary: valuation.summary, position: find });
    if (value === 'gone') throw new AppError('trading.position_not_found');
    const position = condition.kind === 'position_profit' && find(condition.dealId);
    return {
      condition,
      name: position ? `${position.direction} ${position.size} ${position.name}` : 'Your account',
      value: value ?? undefined,
      marketState: null,
    };
  }
  /** How it begins: what is not known to be false yet waits, but for closes of candles, of which each is news. */
  function stateOf({ condition, value }: Settled, rearmBand: string): Course['state'] {
    if (condition.kind === 'candle_close') return 'armed';
    const course = { state: 'waiting', firedCount: 0 } as const;
    const isArmed = value !== undefined && turnOf(triggerOf(condition, rearmBand), course, value) === 'armed';
    return isArmed ? 'armed' : 'waiting';
  }
  function refusePast(expiresAt: Date | null): void {
    const now = clock.now();
    if (expiresAt && expiresAt <= now)
      throw new AppError('request.invalid', {
        fields: { expiresAt: `must be later than now, which is ${now.toISOString()} here` },
      });
  }
  function refuseTooMany(live: number): void {
    if (live >= maxLiveAlerts)
      throw new AppError('notifications.too_many_alerts', {
        message: `You have ${maxLiveAlerts} alerts in force, which is as many as there may be: delete one first, or wait until some are done.`,
      });
  }
  const inForce = (settled: Settled, rearmBand: string, at: Date) => ({
    ...placeOf(settled.condition),
    name: settled.name,
    condition: settled.condition,
    rearmBand,
    state: stateOf(settled, rearmBand),
    stateAt: at,
    firedCount: 0,
    updatedAt: at,
  });
  /** A user's changes one after the other, so that a thousand at once take one connection to the database, and leave the others. */
  const last = new Map<string, Promise<unknown>>();
  async function inTurn<T>(userId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
    const mine = (last.get(userId) ?? Promise.resolve()).then(() => transaction(work));
    const settled = mine.catch(() => undefined);
    last.set(userId, settled);
    void settled.then(() => last.get(userId) === settled && last.delete(userId));
    return mine;
  }
  /** Last of a transaction: it locks the user's notifications counter. */
  function tell(tx: Tx, { id, userId, accountId, environment }: AlertRow, at: Date): void {
    const data = { alertId: id };
    void events.append(tx, userId, 'notifications', [
      { type: 'alert.changed', at, accountId, environment, data },
    ]);
  }
  function woken(userId: string, ...conditions: AlertCondition[]): void {
    events.wake(userId, 'notifications');
    conditions.forEach(wake);
  }
  async function own(userId: string, id: string): Promise<AlertRow> {
    const row = await store.find(userId, id);
    if (!row) throw new AppError('notifications.alert_not_found');
    return row;
  }

  return {
    /** Newest first. Throws request.invalid for a cursor that is none. */
    async listAlerts(userId: string, asked: ListAlerts): Promise<AlertList> {
      const now = clock.now();
      const { rows, nextCursor } = await store.list(userId, asked, now);
      return { alerts: rows.map((row) => toAlert(row, now)), nextCursor };
    },
    /** Throws notifications.alert_not_found, also for somebody else's. */
    plainAlert: async (userId: string, id: string): Promise<Alert> =>
      toAlert(await own(userId, id), clock.now()),

    /**
     * Throws notifications.too_many_alerts, request.invalid, market_data.unknown_epic, unknown_feed, no_feed, trading.position_not_found,
     * accounts.*, broker.* where a market was never read.
     */
    async createAlert(owner: AlertOwner, asked: CreateAlert): Promise<SetAlert> {
      const { condition, repeat, rearmBand, expiresAt, note } = asked;
      refusePast(expiresAt);
      const settled = await settle(owner, condition);
      const at = clock.now();
      const row: AlertRow = {
        id: ids.next('alert'),
        userId: owner.id,
        repeat,
        expiresAt,
        note,
        lastFiredAt: null,
        lastFiredLate: false,
        lastValue: null,
        seenAt: at,
        revision: 1,
        createdAt: at,
        ...inForce(settled, rearmBand, at),
      };
      await inTurn(owner.id, async (tx) => {
        refuseTooMany(await store.countLive(tx, owner.id, at));
        await store.insert(tx, row);
        tell(tx, row, at);
      });
      woken(owner.id, settled.condition);
      return { ...toAlert(row, clock.now()), marketState: settled.marketState };
    },

    /**
     * What is left out stays as it is. Any change but of the note puts it in force anew, as if it was made now, also where it was done or
     * expired. Throws as `createAlert` does, notifications.alert_not_found.
     */
    async updateAlert(owner: AlertOwner, { id, ...asked }: UpdateAlert): Promise<SetAlert> {
      const { condition, note, ...terms } = asked;
      const isAnew = condition !== undefined || Object.values(terms).some((value) => value !== undefined);
      const before = await own(owner.id, id);
      const expiresAt = terms.expiresAt === undefined ? before.expiresAt : terms.expiresAt;
      if (isAnew) refusePast(expiresAt);
      const was = before.condition as AlertCondition;
      const settled = isAnew ? await settle(owner, condition ?? was) : undefined;
      const row = await inTurn(owner.id, async (tx) => {
        const live = settled ? await store.countLive(tx, owner.id, clock.now()) : 0;
        const held = await store.find(owner.id, id, tx);
        if (!held) throw new AppError('notifications.alert_not_found');
        const at = clock.now();
        const { state } = toAlert(held, at);
        if (settled && state !== 'armed' && state !== 'waiting') refuseTooMany(live);
        const rearmBand = terms.rearmBand ?? held.rearmBand;
        const next: AlertRow = {
          ...held,
          updatedAt: at,
          ...(settled && {
            ...inForce(settled, rearmBand, at),
            expiresAt,
            repeat: terms.repeat ?? held.repeat,
          }),
          ...(note !== undefined && { note }),
          // A firing that is under way rests on it, and takes the note as it stands then.
          revision: held.revision + (settled ? 1 : 0),
        };
        await store.save(tx, next);
        tell(tx, next, at);
        return next;
      });
      woken(owner.id, ...(settled ? [was, settled.condition] : []));
      return { ...toAlert(row, clock.now()), marketState: settled?.marketState ?? null };
    },

    /** Throws notifications.alert_not_found. */
    async deleteAlert(userId: string, id: string): Promise<{ id: string }> {
      const row = await own(userId, id);
      await inTurn(userId, async (tx) => {
        if (!(await store.remove(userId, id, tx))) throw new AppError('notifications.alert_not_found');
        tell(tx, row, clock.now());
      });
      woken(userId, row.condition as AlertCondition);
      return { id };
    },
  };
}

const refuse = () => Promise.reject(new AppError('notifications.alert_not_found'));
/** Of a server that has none. */
export const noAlerts: AlertService = {
  listAlerts: async () => ({ alerts: [], nextCursor: null }),
  plainAlert: refuse,
  createAlert: refuse,
  updateAlert: refuse,
  deleteAlert: refuse,
};
