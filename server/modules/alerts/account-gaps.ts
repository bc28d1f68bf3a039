// What alerts on accounts missed while their account was not valued, as far as candles tell it.
import { decimal } from '../../../shared/decimal.ts';
import type { Candle } from '../../../shared/candles.ts';
import type { AlertGap } from '../../../drizzle/schema/index.ts';
import { again } from '../../lib/again.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../lib/logger.ts';
import { createTrouble } from '../../lib/trouble.ts';
import type { AccountBook, FollowedAlert } from './account-book.ts';
import { createBackCheck, untoldOf, type LateTurn } from './back-check.ts';
import type { FollowedAlerts } from './followed.ts';
import { isTold } from './gaps.ts';
import { askCandles, minutesOf } from './past.ts';
import type { PastCandles, ValuedAccount } from './ports.ts';
import type { AccountAlert } from './rows.ts';

type ProfitAt = NonNullable<ReturnType<ValuedAccount['profitSince']>>;
interface Watched {
  book: AccountBook;
  account?: ValuedAccount | undefined;
}

/** Each call checks the gaps of all alerts, one call after the other, until the signal aborts. */
export function createAccountGaps<Account extends Watched>({
  accounts,
  candles,
  before,
  onTurn,
  signal,
  clock,
  logger,
}: {
  accounts: () => Iterable<Account>;
  candles: PastCandles;
  before: FollowedAlerts['before'];
  onTurn: (watched: Account, alert: FollowedAlert, turn: LateTurn) => void;
  signal: AbortSignal;
  clock: Clock;
  logger: Logger;
}): () => void {
  const checking = createTrouble(
    logger,
    'what alerts on accounts missed could not be checked by candles',
    'what alerts on accounts missed can be checked by candles again',
  );
  /** Whether all there is to know of it is known. */
  async function checkGap(
    watched: Account,
    account: ValuedAccount,
    alert: FollowedAlert,
    gap: AlertGap,
  ): Promise<boolean> {
    const { sinceMs } = before(alert.id, gap.toMs) ?? {};
    const check =
      sinceMs === undefined ? undefined : await checkOf(alert, { account, gap, sinceMs, candles });
    // What has happened to it meanwhile, by its worth or its user, is what counts.
    const now = before(alert.id, gap.toMs);
    if (!check || !watched.book.has(alert) || !now) return true;
    const turns = now.waited
      ? untoldOf(check.turns({ ...alert, state: 'waiting' }, now.sinceMs), alert, clock.now().getTime())
      : check.turns(alert, now.sinceMs);
    for (const turn of turns) onTurn(watched, alert, turn);
    return check.whole;
  }
  return again(async () => {
    for (const watched of [...accounts()])
      for (const alert of watched.book.list())
        for (const gap of alert.sight.gaps()) {
          if (signal.aborted || !watched.account) break;
          try {
            const isWhole = await checkGap(watched, watched.account, alert, gap);
            if (isTold(gap, isWhole, clock.now().getTime())) alert.sight.checked(gap);
            checking.worked();
          } catch (error) {
            checking.failed(error);
          }
        }
  });
}

/**
 * What the profit of a position would have done in a gap, by the candles of its market; undefined where they cannot tell: of a margin
 * level, which hangs on all positions and on cash, and of a position that is not as it was or whose profit needs a rate. `whole` as in
 * `PastCandles`.
 */
async function checkOf(
  { condition, rearmBand, repeat, expiresAt, id }: AccountAlert,
  {
    account,
    gap,
    sinceMs,
    candles,
  }: { account: ValuedAccount; gap: AlertGap; sinceMs: number; candles: PastCandles },
): Promise<{ whole: boolean; turns(alert: AccountAlert, sinceMs: number): LateTurn[] } | undefined> {
  if (condition.kind !== 'position_profit') return undefined;
  const position = account.position(condition.dealId);
  const profitAt = account.profitSince(condition.dealId, new Date(gap.fromMs));
  const question = minutesOf(gap);
  const { startMs: lastMs } = minutesOf({ fromMs: gap.toMs, toMs: gap.toMs }).span;
  if (!position || !profitAt || lastMs < sinceMs) return undefined; // no candle began since it is as it is
  const { feed } = account;
  const { epic } = position;
  const { direction, amount: level } = condition;
  const found = await askCandles(candles, { feed, epic }, question);
  const check = createBackCheck(found.candles.map((candle) => profitsOf(candle, profitAt)));
  const asPrice = { kind: 'price', feed, epic, side: 'bid', direction, level } as const;
  return {
    whole: found.whole,
    turns: ({ state, firedCount }, since) =>
      check({ id, repeat, rearmBand, expiresAt, state, firedCount, condition: asPrice, sinceMs: since }),
  };
}

/** A candle of prices as one of what a position made at them, in place of the bid. */
function profitsOf(candle: Candle, profitAt: ProfitAt): Candle {
  const at = (name: 'open' | 'high' | 'low' | 'close') => profitAt(candle[name]);
  const [high, low] = [at('high'), at('low')];
  const isFalling = high !== null && low !== null && decimal.compare(high, low) < 0;
  const asBid = (bid: string | null) => ({ bid, offer: null });
  return {
    ...candle,
    open: asBid(at('open')),
    high: asBid(isFalling ? low : high),
    low: asBid(isFalling ? high : low),
    close: asBid(at('close')),
  };
}
