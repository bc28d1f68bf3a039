// The exposure of an account as if all that rests or is under way were filled: read under its lock, and reckoned by the markets' and currencies' worths that this process knows.
import { decimal } from '../../../../shared/decimal.ts';
import type { Market } from '../../../../shared/market-data.ts';
import { exposureAt, quoteUnitValue, rateBetween, rateEpics, toMoney } from '../../../../shared/worth.ts';
import { run, statement } from '../../../db/statement.ts';
import type { Db, Tx } from '../../../db/transaction.ts';
import type { Clock } from '../../../lib/clock.ts';
import { ageMs } from '../../../lib/instants.ts';
import type { Logger } from '../../../lib/logger.ts';
import { undecidedStatuses } from '../deals/life.ts';
import type { BrokerAccount, PriceFeed } from '../ports.ts';

/** What is held in one market: `sizeTimesLevel` of positions and orders in one currency, or money in the account's that deals under way add. */
export interface Held {
  epic: string;
  currency: string;
  contractSize: string | null;
  sizeTimesLevel: string;
  /** Null where some deal's is not known. */
  underWay: string | null;
}
/** In all and by market, in the account's currency; null where something of it has no worth here. */
export type Exposure = { total: string; of(epic: string): string } | null;

/** Rates and contract sizes may be this old; they are read again by whoever needs them then. */
const worthMaxAgeMs = 60_000;
/** What is known of more markets and currencies than anybody holds is begun anew. */
const maxKnown = 10_000;
/** A position or an order whose deal was decided this long ago has been told of, or read: it is not counted by the deal any more. */
const placedWithinMs = 60_000;

/**
 * A statement of its own, sent behind the lock: it sees what was committed until the lock was had. As a part of the statement that
 * locks it would see what stood before the wait, and every deal admitted meanwhile would be missing.
 */
const held = statement(
  'risk_held',
  `select epic, currency, contract_size, sum(size * level), 0::numeric from positions
     where account_id = $1 and closed_at is null group by epic, currency, contract_size
   union all
   select epic, currency, null::numeric, sum(size * level), 0::numeric from working_orders
     where account_id = $1 and state in ('open', 'gone') group by epic, currency
   union all
   select epic, currency, null::numeric, sum(size * level), 0::numeric from working_orders o
     where account_id = $1 and state = 'filled' and closed_at > $2
       and not exists (select 1 from positions p where p.account_id = o.account_id and p.deal_id = o.deal_id)
     group by epic, currency
   union all
   select epic, currency, null::numeric, 0::numeric, case when bool_or(exposure is null) then null else sum(exposure) end from deals
     where account_id = $1 and raises_risk and status in (${undecidedStatuses.map((status) => `'${status}'`).join(', ')})
     group by epic, currency
   union all
   select epic, currency, null::numeric, 0::numeric, case when bool_or(exposure is null) then null else sum(exposure) end from deals d
     where account_id = $1 and status = 'accepted' and kind in ('open', 'net') and level is null and decided_at > $2
       and not exists (select 1 from positions p where p.account_id = d.account_id and p.deal_id = d.deal_id)
     group by epic, currency`,
  ([epic, currency, contractSize, sizeTimesLevel, underWay]): Held => ({
    epic: String(epic),
    currency: String(currency),
    contractSize: contractSize === null ? null : String(contractSize),
    sizeTimesLevel: decimal.canonical(String(sizeTimesLevel)),
    underWay: underWay === null ? null : decimal.canonical(String(underWay)),
  }),
);
export const heldBy = (reader: Db | Tx, accountId: string, now: Date): Promise<Held[]> =>
  run(reader, held, [accountId, new Date(now.getTime() - placedWithinMs).toISOString()]);

/** How much of the account's currency one `from` is, by the prices that are here; null where none leads there. Throws broker.*. */
export async function rateInto(
  prices: Pick<PriceFeed, 'markets' | 'latest'>,
  { feed, currency: into }: Pick<BrokerAccount, 'feed' | 'currency'>,
  from: string,
): Promise<string | null> {
  const pairs = await prices.markets(feed, rateEpics(from, into), { forDeal: true });
  const byEpic = new Map(pairs.map((pair) => [pair.epic, pair]));
  return rateBetween(from, into, (epic) => {
    const [pair, tick] = [byEpic.get(epic), prices.latest(feed, epic)];
    return pair && { ...pair, ...(tick && { bid: tick.bid, offer: tick.offer }) };
  });
}

/** What a deal adds, in the account's currency: as if filled at `level`. */
export const addedExposure = (
  size: string,
  level: string | null,
  market: Market,
  rate: string | null,
): string | null => (level === null ? null : toMoney(exposureAt(size, level, market), rate));

interface Worth {
  value: string | null;
  at: Date;
}
export type Worths = ReturnType<typeof createWorths>;

/** What this process knows of contract sizes and rates, so that nothing is asked of anybody while an account is locked. */
export function createWorths({ prices, clock, logger }: { prices: PriceFeed; clock: Clock; logger: Logger }) {
  const units = new Map<string, Worth>();
  const rates = new Map<string, Worth>();
  const unitKey = ({ feed }: BrokerAccount, epic: string) => `${feed} ${epic}`;
  const rateKey = ({ feed, currency }: BrokerAccount, from: string) => `${feed} ${from} ${currency}`;
  const isFresh = (worth: Worth | undefined): worth is Worth =>
    worth !== undefined && ageMs(worth.at, clock.now()) <= worthMaxAgeMs;
  function keep(where: Map<string, Worth>, key: string, value: string | null): void {
    if (where.size >= maxKnown) where.clear();
    where.set(key, { value, at: clock.now() });
  }

  return {
    /** Whether all that is held has a worth here that is not old. */
    areFresh: (account: BrokerAccount, all: readonly Held[]): boolean =>
      all.every(
        ({ epic, currency, sizeTimesLevel }) =>
          sizeTimesLevel === '0' ||
          (isFresh(units.get(unitKey(account, epic))) && isFresh(rates.get(rateKey(account, currency)))),
      ),
    /** Reads them, outside any transaction. What cannot be read stays as it was known. */
    async load(account: BrokerAccount, all: readonly Held[]): Promise<void> {
      const epics = [...new Set(all.map(({ epic }) => epic))];
      const currencies = [...new Set(all.map(({ currency }) => currency))];
      try {
        const markets = new Map(
          (await prices.markets(account.feed, epics, { forDeal: true })).map((market) => [
            market.epic,
            market,
          ]),
        );
        for (const epic of epics) {
          const market = markets.get(epic);
          keep(units, unitKey(account, epic), market ? quoteUnitValue(market) : null);
        }
        for (const currency of currencies)
          keep(rates, rateKey(account, currency), await rateInto(prices, account, currency));
      } catch (err) {
        logger.warn({ err, account: account.id }, 'what is open could not be valued anew');
      }
    },
    /** By what is known, however old. */
    exposureOf(account: BrokerAccount, all: readonly Held[]): Exposure {
      const byEpic = new Map<string, string>();
      let total = '0';
      for (const { epic, currency, contractSize, sizeTimesLevel, underWay } of all) {
        const amount =
          sizeTimesLevel === '0' ? '0' : worthOf(account, { epic, currency, contractSize, sizeTimesLevel });
        if (amount === null || underWay === null) return null;
        const sum = decimal.add(amount, underWay);
        total = decimal.add(total, sum);
        byEpic.set(epic, decimal.add(byEpic.get(epic) ?? '0', sum));
      }
      return { total, of: (epic) => byEpic.get(epic) ?? '0' };
    },
  };

  function worthOf(
    account: BrokerAccount,
    { epic, currency, contractSize, sizeTimesLevel }: Omit<Held, 'underWay'>,
  ): string | null {
    const unit = units.get(unitKey(account, epic))?.value ?? contractSize;
    const rate = rates.get(rateKey(account, currency))?.value;
    return unit == null || rate == null ? null : toMoney(decimal.multiply(sizeTimesLevel, unit), rate);
  }
}
