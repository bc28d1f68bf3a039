// What may be dealt on an account, for its owner: its state, its limits and what is used of them, and the loss of its day; and the changing of the limits.
import { isDeepStrictEqual } from 'node:util';
import { dealingStateOf, type AccountRisk } from '../../../../shared/risk.ts';
import { limitsOf, type RiskLimits, type SetRiskLimits } from '../../../../shared/risk-limits.ts';
import type { Db } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import { dayIn } from '../../../lib/local-days.ts';
import type { AccountTransaction, Entry } from '../account-transaction.ts';
import type { Accounts, BrokerAccount, PriceFeed } from '../ports.ts';
import { equityOf, lossOf } from './day.ts';
import { figuresOf, type Days } from './days.ts';
import { createCheckBoundedMarkets } from './bounded-markets.ts';
import { allBounds, boundsOrders, isStricter } from './bounds.ts';
import { changedLimits } from './change.ts';
import { heldBy, type Worths } from './exposure.ts';
import { factsOf, lacksLimit } from './guard.ts';
import { isCounted, onDay, onlyOf, withCount } from './order-counts.ts';
import { ordersSent } from './sent-orders.ts';
import { boundsExposure, createReadUsed } from './used.ts';
import { usesOf } from './uses.ts';
import type { DeadMen } from './dead-man.ts';
import type { RiskStore } from './store.ts';
import type { Switches } from './switches.ts';

export type RiskLimitsService = ReturnType<typeof createRiskLimits>;
interface RiskLimitsDeps {
  accounts: Accounts;
  prices: Pick<PriceFeed, 'markets'>;
  inAccount: AccountTransaction;
  riskStore: Pick<RiskStore, 'find' | 'saveLimits'>;
  days: Pick<Days, 'running' | 'endOf' | 'beginOf'>;
  worths: Worths;
  clock: Clock;
  db: Db;
  switches: Pick<Switches, 'of'>;
  deadMen: Pick<DeadMen, 'of'>;
}

export function createRiskLimits(deps: RiskLimitsDeps) {
  const { accounts, inAccount, riskStore, days, worths, switches, deadMen, clock, db } = deps;
  const readUsed = createReadUsed(deps);
  const checkMarkets = createCheckBoundedMarkets(deps);
  async function shown(entry: Entry): Promise<AccountRisk> {
    const { account, risk } = entry;
    const { id: accountId, environment, currency } = account;
    const day = await today(entry);
    const used = await readUsed(entry, day && day.loss);
    return {
      accountId,
      environment,
      currency,
      ...dealingStateOf(factsOf(environment, risk)),
      switches: await switches.of(entry),
      deadMan: await deadMen.of(account.id),
      limits: limitsOf(risk),
      uses: usesOf(risk, used),
      today: day,
    };
  }
  /** So that what is held can be valued under the lock. */
  async function value(account: BrokerAccount): Promise<void> {
    const held = await heldBy(db, account.id, clock.now());
    if (!worths.areFresh(account, held)) await worths.load(account, held);
  }
  async function show(account: BrokerAccount): Promise<AccountRisk> {
    const risk = await riskStore.find(account.id);
    if (risk && boundsExposure(risk)) await value(account);
    return inAccount(account, shown);
  }
  /** Counts what is bounded from now on, with what was sent before; and nothing else any more. */
  async function count(entry: Entry): Promise<void> {
    const { tx, account, risk, at: now } = entry;
    const scopes = allBounds(risk)
      .filter(boundsOrders)
      .map(({ epic }) => epic);
    if (scopes.length === 0) {
      risk.orders = {};
      return;
    }
    const endsAt = await days.endOf(entry);
    risk.orders = onlyOf(onDay(risk.orders, endsAt, now), scopes);
    const isNew = scopes.filter((epic) => !isCounted(risk.orders, epic));
    if (isNew.length === 0) return;
    const dayFrom = await days.beginOf(entry, endsAt);
    for (const epic of isNew) {
      const sent = await ordersSent(tx, { accountId: account.id, epic, dayFrom, now });
      risk.orders = withCount(risk.orders, epic, sent);
    }
  }
  async function today(entry: Entry): Promise<AccountRisk['today']> {
    const [day, figures] = [await days.running(entry), figuresOf(entry.risk)];
    if (!day || !figures) return null;
    const { timeZone, startsAt, endsAt, paidIn, paidOut } = day;
    return {
      on: dayIn(timeZone, new Date(endsAt.getTime() - 1)).on,
      timeZone,
      startsAt,
      endsAt,
      equityAtStart: day.equity,
      equityAtStartAt: day.equityAt,
      paidIn,
      paidOut,
      equity: equityOf(figures),
      equityAt: figures.at,
      loss: lossOf(day, figures),
    };
  }

  return {
    /** Throws accounts.*. */
    get: async (userId: string, accountId?: string): Promise<AccountRisk> =>
      show(await accounts.forUser(userId, accountId)),
    of: show,
    /**
     * Changes the limits that are given, from this moment on: what a stricter one forbids is not sent any more, though it was admitted
     * before. Throws accounts.*, market_data.unknown_epic for the first limit of a market that is none, and request.invalid for a market’s
     * limit that is wider than the account’s.
     */
    async set(userId: string, { accountId, ...given }: SetRiskLimits): Promise<AccountRisk> {
      const account = await accounts.forUser(userId, accountId);
      await checkMarkets(account, given.epics ?? []);
      await value(account);
      return inAccount(account, async (entry) => {
        const { risk, tx } = entry;
        if (!risk.connected || account.disconnectedAt) throw new AppError('accounts.disconnected');
        const previous = limitsOf(risk);
        const limits: RiskLimits = changedLimits(previous, given);
        if (isDeepStrictEqual(limits, previous)) return shown(entry);
        const { epics: epicLimits, ...ofAccount } = limits;
        Object.assign(risk, ofAccount, { epicLimits });
        const isLive = account.environment === 'live';
        if (isStricter(limits, previous) || (isLive && lacksLimit(limits, previous))) risk.haltEpoch++;
        await count(entry);
        riskStore.saveLimits(tx, risk);
        const { dealingState } = dealingStateOf(factsOf(account.environment, risk));
        entry.tell('risk.limits_changed', { dealingState, limits, previous });
        return shown(entry);
      });
    },
  };
}
