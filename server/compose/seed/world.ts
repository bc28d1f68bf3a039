// A person of a demo world from nothing to today, or what of it is not there yet: each step looks first, so a run that ended early goes on.
import { isDecided } from '../../../shared/deal-words.ts';
import type { Deal } from '../../../shared/trading.ts';
import { simulatedNames, simulatedStart } from '../../modules/accounts/index.ts';
import type { Administration } from '../../modules/auth/index.ts';
import { toAppError } from '../../trpc/errors.ts';
import type { Actor, Api } from './actor.ts';
import type { Person } from './people.ts';
import { seedPortfolio } from './portfolio.ts';
import { daysBefore, tradeOf, type Trade } from './trades.ts';

export interface Extent {
  seed: number;
  deals: number;
  days: number;
  now: Date;
}
/** How long somebody may be waited for who cannot be hurried. */
interface Patience {
  /** For the verdict on a deal that a run was killed with: whether it reached the broker is known after some 55 s. */
  patienceMs: number;
}
export interface Wanted extends Extent {
  users: number;
}
/** What was added for one person. */
export interface Added {
  email: string;
  name: string;
  user: boolean;
  watchlists: number;
  transactions: number;
  /** Trades of the days before, and of today; of those, the ones that were refused or are undecided. */
  trades: { past: number; today: number; notAccepted: number };
  accountId: string;
  /** Whether the books of the account are the broker's. */
  agrees: boolean;
}
/** Readings of the broker that a deal is given to be decided. */
const mostReadings = 5;
/** As far apart as readings must be that are to count. */
const lookEveryMs = 2_000;
/** Of the newest notifications these stay unread. */
const unreadLeft = 3;

type UserRow = NonNullable<Awaited<ReturnType<Administration['find']>>>;

/** All that somebody has who is a user already. `onStep` hears what is done. */
export async function seedUser(
  actor: Actor,
  user: UserRow,
  person: Pick<Person, 'watchlists'> & Partial<Pick<Person, 'profile'>>,
  extent: Extent & Patience,
  onStep: (step: string) => void = () => undefined,
): Promise<Omit<Added, 'user'>> {
  const { email, name } = user;
  const api = actor.as(user);
  if (person.profile && user.country === null) await api.users.updateProfile(person.profile);
  const trades = Array.from({ length: extent.deals }, (_, n) =>
    tradeOf({ seed: extent.seed, email }, n, extent),
  );

  onStep('the days before');
  const past = await accountWithPast(actor, { user, api }, trades, extent);
  onStep('watchlists and portfolio');
  const watchlists = await seedWatchlists(api, person.watchlists);
  const timeZone = person.profile?.timeZone ?? user.timeZone;
  const transactions = await seedPortfolio(api, { ...extent, email, timeZone }, extent);

  const { accountId } = past;
  const rest = trades.filter(({ key }) => !past.references.has(key));
  const dealt = { today: 0, notAccepted: 0 };
  for (const trade of rest) {
    const done = await dealToday(actor, { api, accountId, onStep, ...extent }, trade);
    dealt.today += Number(done.isNew);
    dealt.notAccepted += Number(done.isNew && done.status !== 'accepted');
    if (done.isNew) onStep(`${dealt.today} of ${rest.length} deals of today`);
  }
  if (dealt.today > 0) await leaveUnread(api);
  await actor.read(accountId);
  const { cash, openBreaks, unsettled } = await api.trading.drift({ accountId });
  const isSame = cash === null || /^-?0(\.0+)?$/.test(cash.difference);
  return {
    email,
    name,
    watchlists,
    transactions,
    trades: { past: past.added, ...dealt },
    accountId,
    agrees: openBreaks === 0 && unsettled === 0 && isSame,
  };
}

/**
 * Their simulated account. One that is new has dealt on the days before, at the broker itself; it is connected afterwards, so that its
 * cash is known from the first moment. `references`: of all trades that its history here names.
 */
async function accountWithPast(
  { simulator, accountsOf }: Actor,
  { user, api }: { user: UserRow; api: Api },
  trades: readonly Trade[],
  { now, days }: Extent,
): Promise<{ accountId: string; references: Set<string>; added: number }> {
  const names = simulatedNames(user.id);
  const mine = async () =>
    (await accountsOf(user.id)).find(({ brokerAccountId }) => brokerAccountId === names.accountId);
  const before = await mine();
  if (!before) {
    const { accountId: _, ...credentials } = await simulator.createLogin(
      { ...names, ...simulatedStart },
      {
        since: daysBefore(now, days).since,
        trades: trades.flatMap(({ key, epic, direction, size, stopPoints, limitPoints, past }) =>
          past
            ? [
                {
                  dealReference: key,
                  ...past,
                  epic,
                  direction,
                  size,
                  ...(stopPoints !== undefined && { stopDistance: stopPoints }),
                  ...(limitPoints !== undefined && { limitDistance: limitPoints }),
                },
              ]
            : [],
        ),
      },
    );
    await api.accounts.connect({ environment: 'simulated', ...credentials });
  }
  const account = before ?? (await mine())!;
  const references = await referencesOf(api, account.id);
  const added = before ? 0 : trades.filter(({ past, key }) => past && references.has(key)).length;
  return { accountId: account.id, references, added };
}

/** Of all deals that the broker's history has of an account, read by the product's own reading. */
async function referencesOf(api: Api, accountId: string): Promise<Set<string>> {
  const references = new Set<string>();
  let cursor: string | undefined;
  do {
    const page = await api.trading.listActivity({ accountId, cursor, limit: 500 });
    for (const { dealReference, status } of page.activity)
      if (dealReference !== null && status === 'accepted') references.add(dealReference);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined);
  await api.trading.listTransactions({ accountId });
  return references;
}

async function seedWatchlists(api: Api, wanted: Person['watchlists']): Promise<number> {
  const { watchlists } = await api.marketData.listWatchlists();
  const missing = Object.entries(wanted).filter(([name]) => !watchlists.some((list) => list.name === name));
  for (const [name, epics] of missing)
    await api.marketData.createWatchlist({ name, epics: [...epics], feed: 'simulated' });
  return missing.length;
}

/** Opens it, and closes it again unless it stays open: each is asked for once ever, by its key. */
async function dealToday(
  actor: Actor,
  on: Patience & { api: Api; accountId: string; onStep: (step: string) => void },
  { key, epic, direction, size, stopPoints, limitPoints, closes }: Trade,
): Promise<{ isNew: boolean; status: Deal['status'] }> {
  const { api, accountId } = on;
  const opened = await once(actor, on, key, (idempotencyKey) =>
    api.trading.openPosition({
      accountId,
      epic,
      direction,
      size,
      ...(stopPoints !== undefined && { stopDistancePoints: stopPoints }),
      ...(limitPoints !== undefined && { limitDistancePoints: limitPoints }),
      idempotencyKey,
      waitMs: 0,
    }),
  );
  const { dealId, status } = opened.deal;
  if (!closes || status !== 'accepted' || dealId === null) return { isNew: opened.isNew, status };
  const closed = await once(actor, on, `${key}-close`, (idempotencyKey) =>
    api.trading.closePosition({ accountId, dealId, idempotencyKey, waitMs: 0 }),
  ).catch((error: unknown) => {
    // Of a run that ended early: its stop or limit was reached meanwhile.
    if (toAppError(error).code === 'trading.position_not_found') return opened;
    throw error;
  });
  return { isNew: opened.isNew || closed.isNew, status: closed.deal.status };
}

/**
 * What became of the deal with this key, and whether it was asked for only now. One that never left, since the run before was killed
 * with it, is asked for once more, by another key.
 */
async function once(
  actor: Actor,
  on: Parameters<typeof dealToday>[1],
  key: string,
  ask: (idempotencyKey: string) => Promise<Deal>,
): Promise<{ deal: Deal; isNew: boolean }> {
  const { api, accountId, patienceMs, onStep } = on;
  const found = await find(api, key);
  let deal = found ?? (await repeated(() => ask(key)));
  const look = async () => void (deal = (await find(api, key)) ?? deal);
  for (let n = 0; n < mostReadings && !isDecided(deal.status); n++) {
    await actor.read(accountId);
    await look();
  }
  for (let waitedMs = 0; found && waitedMs < patienceMs && !isDecided(deal.status); waitedMs += lookEveryMs) {
    onStep('whether a deal reached the broker with which an earlier run was stopped');
    await actor.wait(lookEveryMs);
    await actor.settle(accountId);
    await look();
  }
  if (found && deal.reason?.code === 'never_reached_broker') return once(actor, on, `${key}-again`, ask);
  return { deal, isNew: !found };
}
/** By its key: what could not be told in time is learnt by asking again. */
async function repeated(ask: () => Promise<Deal>): Promise<Deal> {
  for (let left = mostReadings; ; left--)
    try {
      return await ask();
    } catch (error) {
      if (left === 0 || toAppError(error).code !== 'server.unavailable') throw error;
    }
}
async function find(api: Api, idempotencyKey: string): Promise<Deal | undefined> {
  try {
    return await api.trading.findDeal({ idempotencyKey });
  } catch (error) {
    if (toAppError(error).code === 'trading.deal_not_found') return undefined;
    throw error;
  }
}

/** As somebody leaves it who has looked a while ago. */
async function leaveUnread(api: Api): Promise<void> {
  const { notifications } = await api.notifications.list({ unreadOnly: true, limit: 500 });
  const ids = notifications.slice(unreadLeft).map(({ id }) => id);
  for (let n = 0; n < ids.length; n += 100) await api.notifications.markRead({ ids: ids.slice(n, n + 100) });
}
