// Use cases of dealing: who may deal, on what terms, admitted once. Sending it is in send.ts; evidence is in evidence/.
import { decimal } from '../../../../shared/decimal.ts';
import { isDecided } from '../../../../shared/deal-words.ts';
import {
  ClosePosition,
  OpenPosition,
  type DealOutcome,
  type DealReason,
} from '../../../../shared/trading.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Ids } from '../../../lib/ids.ts';
import type { Logger } from '../../../lib/logger.ts';
import { requestHash } from '../../../lib/request-hash.ts';
import { refuseClosing, refuseFunds, refuseOpening, refusePart } from './rules.ts';
import type { Books } from '../positions/positions.ts';
import type { Decisions } from './wait.ts';
import type { Exchange } from './send.ts';
import type { Entry, Ledger } from '../account-transaction.ts';
import type { Accounts, BrokerAccount, Dealing, Evidence, PriceFeed, Quote } from '../ports.ts';
import type { DealRow, TradingStore } from '../store.ts';
import { rateBetween, rateEpics, requiredMargin, toMoney } from '../valuation/worth.ts';
import { toDeal } from '../valuation/views.ts';

/** The broker's figures may be this old when a deal is admitted; its stream renews them every two seconds while they move. */
const fundsMaxAgeMs = 60_000;
/** A no for want of money rests on figures no older than this: a position that has just been closed has freed some. */
const refusalFundsMaxAgeMs = 2_000;

const hashOpen = requestHash(OpenPosition, 'open');
const hashClose = requestHash(ClosePosition, 'close');

interface ServiceDeps {
  store: TradingStore;
  ledger: Ledger;
  books: Books;
  accounts: Accounts;
  dealing: Dealing;
  evidence: Evidence;
  prices: PriceFeed;
  decisions: Decisions;
  exchange: Exchange;
  clock: Clock;
  ids: Ids;
  logger: Logger;
}
export type TradingService = ReturnType<typeof createTradingService>;

export function createTradingService({
  store,
  ledger,
  books,
  accounts,
  dealing,
  evidence,
  prices,
  decisions,
  exchange,
  clock,
  ids,
  logger,
}: ServiceDeps) {
  /** The deal this key already stands for, or undefined. Throws trading.key_reused. */
  async function replayOf(
    userId: string,
    key: string,
    requestHash: string,
    waitMs: number,
  ): Promise<DealOutcome | undefined> {
    const earlier = await store.findByKey(userId, key);
    if (!earlier) return undefined;
    if (earlier.requestHash !== requestHash) throw new AppError('trading.key_reused');
    return { ...toDeal(await decisions.untilDecided(earlier, waitMs)), replayed: true };
  }

  /** Figures that admission can rest on. Where the broker does not tell, its own check of the money is the one that holds. */
  async function refreshFunds(account: BrokerAccount, maxAgeMs: number): Promise<void> {
    const risk = await store.findRisk(account.id);
    if (isFresh(risk?.fundsAt, clock.now(), maxAgeMs)) return;
    try {
      const funds = await evidence.funds(account);
      await ledger(account, async (entry) => books.hearFunds(entry, funds));
    } catch (err) {
      logger.warn(
        { err, account: account.id },
        'the funds could not be read: the broker decides whether they suffice',
      );
    }
  }

  /** The margin of an opening in the account's currency; null where factor or rate are not known. */
  async function marginOf(
    account: BrokerAccount,
    { direction, size }: OpenPosition,
    currency: string,
    { market, tick }: Quote,
  ): Promise<string | null> {
    const level = direction === 'BUY' ? tick.offer : tick.bid;
    const margin = level === null ? null : requiredMargin(size, level, market);
    if (margin === null) return null;
    const pairs = new Map(
      (await prices.markets(account.feed, rateEpics(currency, account.currency))).map((pair) => [
        pair.epic,
        pair,
      ]),
    );
    const rate = rateBetween(currency, account.currency, (epic) => {
      const pair = pairs.get(epic);
      return pair && { ...pair, ...quoteIn(prices.latest(account.feed, epic)) };
    });
    if (rate === null)
      logger.info(
        { account: account.id, currency },
        'no rate into the account’s currency: the broker decides whether the funds suffice',
      );
    return toMoney(margin, rate);
  }

  /** Writes the row with its first status and event. False when the key is taken by a request that was faster. */
  async function admit(
    entry: Entry,
    row: Omit<DealRow, 'status' | 'reason' | 'reserved' | 'decidedAt'>,
    required: string | null,
    reason: DealReason | null,
  ): Promise<DealRow | null> {
    const reserved = reason ? '0' : (required ?? '0');
    const deal: DealRow = {
      ...row,
      status: reason ? 'denied' : 'submitting',
      reason,
      reserved,
      decidedAt: reason ? entry.at : null,
    };
    if (!(await store.insertDeal(entry.tx, deal))) return null;
    entry.risk.reserved = decimal.add(entry.risk.reserved, reserved);
    entry.tell(`deal.${deal.status}`, toDeal(deal));
    return deal;
  }

  const newDeal = (account: BrokerAccount, userId: string, key: string, requestHash: string) => {
    const [id, createdAt] = [ids.next('deal'), clock.now()];
    return {
      id,
      userId,
      accountId: account.id,
      environment: account.environment,
      idempotencyKey: key,
      requestHash,
      createdAt,
      statusAt: createdAt,
      dealReference: null,
      dealId: null,
      stopLevel: null,
      stopDistance: null,
      limitLevel: null,
      limitDistance: null,
      level: null,
      profit: null,
      profitCurrency: null,
      positionSize: null,
      positionVersion: null,
      connectionClosedAt: null,
      absentReads: 0,
    };
  };
  const lostTheKey = async (
    userId: string,
    key: string,
    hash: string,
    waitMs: number,
  ): Promise<DealOutcome> => {
    const outcome = await replayOf(userId, key, hash, waitMs);
    if (!outcome) throw new Error('invariant: a taken key has no deal');
    return outcome;
  };

  return {
    /** Throws accounts.*, market_data.unknown_epic, trading.key_reused, broker.* (before anything was written). The broker's no is an outcome. */
    async openPosition(userId: string, order: OpenPosition): Promise<DealOutcome> {
      const { idempotencyKey, waitMs } = order;
      const hash = hashOpen(order);
      const replay = await replayOf(userId, idempotencyKey, hash, waitMs);
      if (replay) return replay;
      const account = await accounts.forUser(userId, order.accountId);
      const quote = await prices.quote(account.feed, order.epic);
      if (!quote)
        throw new AppError('market_data.unknown_epic', {
          fields: { epic: `the feed ${account.feed} has no market ${order.epic}` },
        });
      const { market } = quote;
      const currency = currencyOf(quote, order.currency);
      const required = await marginOf(account, order, currency, quote);
      await refreshFunds(account, fundsMaxAgeMs);

      const fresh = newDeal(account, userId, idempotencyKey, hash);
      const {
        epic,
        direction,
        size,
        stopLevel = null,
        stopDistancePoints = null,
        limitLevel = null,
        limitDistancePoints = null,
      } = order;
      const dealReference = referenceOf(fresh.id);
      const attempt = (mayAskAgain: boolean) =>
        ledger(account, async (entry) => {
          const reason =
            refuseFunds(null, entry.risk) ?? refuseOpening(order, quote) ?? refuseFunds(required, entry.risk);
          if (
            mayAskAgain &&
            reason?.code === 'insufficient_funds' &&
            !isFresh(entry.risk.fundsAt, entry.at, refusalFundsMaxAgeMs)
          )
            return 'ask again' as const;
          const deal = await admit(
            entry,
            {
              ...fresh,
              kind: 'open',
              dealReference,
              epic,
              expiry: market.expiry,
              name: market.name,
              direction,
              size,
              currency,
              stopLevel,
              stopDistance: stopDistancePoints,
              limitLevel,
              limitDistance: limitDistancePoints,
            },
            required,
            reason,
          );
          return deal && { deal, haltEpoch: entry.risk.haltEpoch };
        });
      let admitted = await attempt(true);
      if (admitted === 'ask again') {
        await refreshFunds(account, refusalFundsMaxAgeMs);
        admitted = await attempt(false);
      }
      if (!admitted || admitted === 'ask again') return lostTheKey(userId, idempotencyKey, hash, waitMs);
      const { deal, haltEpoch } = admitted;
      if (deal.status === 'denied') return { ...toDeal(deal), replayed: false };
      const request = {
        dealReference,
        epic,
        expiry: market.expiry,
        direction,
        size,
        currency,
        stopLevel,
        stopDistancePoints,
        limitLevel,
        limitDistancePoints,
      };
      return exchange.send(account, deal, haltEpoch, waitMs, (options) =>
        dealing.openPosition(account, request, options),
      );
    },

    /** Throws accounts.*, trading.position_not_found, trading.key_reused. Neither a halt nor a missing price keeps anybody in a position. */
    async closePosition(userId: string, close: ClosePosition): Promise<DealOutcome> {
      const { idempotencyKey, waitMs } = close;
      const hash = hashClose(close);
      const replay = await replayOf(userId, idempotencyKey, hash, waitMs);
      if (replay) return replay;
      const account = await accounts.forUser(userId, close.accountId);
      const known = await store.findPosition(account.id, close.dealId);
      if (!known || known.closedAt) throw new AppError('trading.position_not_found');
      const quote = await quoteForClose(account, known.epic);
      const closed = quote && !quote.tick.stale ? refuseClosing(quote.tick.marketState) : null;

      const fresh = newDeal(account, userId, idempotencyKey, hash);
      const admitted = await ledger(account, async (entry) => {
        const position = await store.lockPosition(entry.tx, account.id, close.dealId);
        if (!position || position.closedAt) throw new AppError('trading.position_not_found');
        const size = close.size ?? position.size;
        const inFlight = (await store.lockOpenCloses(entry.tx, account.id, close.dealId)).some(
          ({ status }) => !isDecided(status),
        );
        const reason: DealReason | null = inFlight
          ? { code: 'close_in_flight', dealId: close.dealId }
          : decimal.compare(size, position.size) > 0
            ? { code: 'size_above_position', size, position: position.size }
            : (closed ?? (quote && refusePart(size, position.size, quote)));
        const {
          epic,
          expiry,
          name,
          currency,
          dealId,
          size: positionSize,
          version: positionVersion,
        } = position;
        const direction = position.direction === 'BUY' ? ('SELL' as const) : ('BUY' as const);
        const deal = await admit(
          entry,
          {
            ...fresh,
            kind: 'close',
            dealId,
            epic,
            expiry,
            name,
            direction,
            size,
            currency,
            positionSize,
            positionVersion,
          },
          null,
          reason,
        );
        return deal && { deal, haltEpoch: entry.risk.haltEpoch };
      });
      if (!admitted) return lostTheKey(userId, idempotencyKey, hash, waitMs);
      const { deal, haltEpoch } = admitted;
      if (deal.status === 'denied') return { ...toDeal(deal), replayed: false };
      const request = { dealId: close.dealId, direction: deal.direction, size: deal.size };
      return exchange.send(account, deal, haltEpoch, waitMs, (options) =>
        dealing.closePosition(account, request, options),
      );
    },
  };

  /** What is known of the market; a feed that does not tell refuses no close. */
  async function quoteForClose(account: BrokerAccount, epic: string): Promise<Quote | null> {
    try {
      return await prices.quote(account.feed, epic);
    } catch (err) {
      logger.warn({ err, account: account.id, epic }, 'a position is closed without a look at its market');
      return null;
    }
  }
}

const isFresh = (at: Date | null | undefined, now: Date, maxAgeMs: number) =>
  at != null && now.getTime() - at.getTime() <= maxAgeMs;
const quoteIn = (tick: { bid: string | null; offer: string | null } | undefined) =>
  tick ? { bid: tick.bid, offer: tick.offer } : {};

/** Throws request.invalid for a currency the market does not deal in. */
function currencyOf({ market }: Quote, asked: string | undefined): string {
  const codes = market.currencies.map(({ code }) => code);
  if (asked !== undefined && !codes.includes(asked))
    throw new AppError('request.invalid', {
      fields: { currency: `${market.epic} is dealt in ${codes.join(', ')}` },
    });
  const currency = asked ?? market.currencies.find(({ isDefault }) => isDefault)?.code ?? codes[0];
  if (currency === undefined)
    throw new AppError('broker.unavailable', { detail: `${market.epic} names no currency` });
  return currency;
}

/** Our reference at IG: 29 of its at most 30 characters `[A-Za-z0-9_-]`, one to one with the deal's id. */
const referenceOf = (id: string) => `FT-${id.replace(/^deal_/, '')}`;
