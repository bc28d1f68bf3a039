// The broker behind the wire: state, journal and quotes in one place. Every command is decided here, synced, and only then told. Speaks no HTTP.
import type { RandomBytes } from '../../lib/ids.ts';
import { decide } from '../engine/decide.ts';
import { nextDue } from '../engine/due.ts';
import { findConfirm, type Confirm } from '../engine/confirm.ts';
import { messagesOf } from '../engine/messages.ts';
import { createRates } from '../engine/rates.ts';
import { accountOf, evolve } from '../engine/state.ts';
import type { Command, DealCommand } from '../engine/commands.ts';
import type { DealDecision, Decision } from '../engine/decisions.ts';
import type { Account, Context, Market, Quote, State } from '../engine/types.ts';
import { accountFigures, type AccountFigures } from '../engine/value.ts';
import type { Faults, Struck } from '../faults/faults.ts';
import type { Journal } from '../books/journal.ts';
import type { Price, PriceSource } from '../market/price.ts';
import { between } from '../random.ts';
import type { AccountFeed } from '../stream/account-feed.ts';
import type { Outbox } from '../stream/outbox.ts';
import { playPast, type NewAccount, type Past, type PastMarket } from './past.ts';
import { createTelling } from './telling.ts';
import { longestWaitMs } from '../timers.ts';

/** The OPU of a deal comes this much before or after its confirm, by its own clock (recorded: 7 to 10 ms). */
const opuShiftMs = [-10, 10] as const;
/** A lost confirm is one that is due in a hundred years, so that it stays lost over a restart. */
const neverMs = 100 * 365 * 86_400_000;
/** Shortest time between two looks at an account's margin while prices move, by the clock and by the market's own time, which a fast replay leaves behind. */
const marginCheckMs = 1_000;
const kinds = {
  openPosition: 'open',
  closePosition: 'close',
  amendPosition: 'amend',
  placeOrder: 'order',
  amendOrder: 'amend',
  cancelOrder: 'cancel',
} as const satisfies Record<DealCommand['type'], Struck['kind']>;

export interface DealingDesk {
  /** What is on the disk: all reads come from it. */
  state(): State;
  /** An account of `state`. Throws RangeError when there is none. */
  account(accountId: string): Account;
  market: Market;
  /** A fault has it: nothing is dealt on it. */
  isSuspended(accountId: string): boolean;
  /** Resolves when what happened at the start, such as stops passed meanwhile, is on the disk. */
  ready(): Promise<void>;
  /** With a `past` a new account is there since then, with what it has dealt; one that exists stays as it is. */
  createAccount(command: NewAccount, past?: Past): Promise<void>;
  /** Resolves once the decision, refusals included, is on the disk. */
  deal(order: DealCommand): Promise<DealDecision>;
  /** Preferences and watchlists; resolves once the change is on the disk. */
  set(command: Extract<Command, { type: 'setPreferences' | 'setWatchlist' }>): Promise<void>;
  /** The confirm that can be read now. */
  confirm(accountId: string, dealReference: string): Confirm | undefined;
  figures(accountId: string): AccountFigures;
  /** Decides nothing any more. */
  close(): void;
}
export interface DeskDeps {
  /** Loaded. */
  journal: Journal;
  sources: ReadonlyMap<string, PriceSource>;
  /** Those whose prices of any time are known. */
  pastMarkets: ReadonlyMap<string, PastMarket>;
  /** Chance for the deal after `decisions` others: the same after a restart or from a saved state, since generated references come from it. */
  randomAt(decisions: number): RandomBytes;
  /** Its clock is the broker's. */
  faults: Faults;
  trades: Outbox;
  accounts: AccountFeed;
  confirmDelayMs: readonly [least: number, most: number];
  /** The journal cannot be written: what is decided is ahead of the disk, so the process must end without another word. */
  onFatal(error: unknown): void;
}

const quoteOf = ({ bid, offer, status }: Price): Quote => ({ bid, offer, status });

export function createDealingDesk({
  journal,
  sources,
  pastMarkets,
  randomAt,
  faults,
  trades,
  accounts,
  confirmDelayMs,
  onFatal,
}: DeskDeps): DealingDesk {
  const { clock } = faults;
  let state = journal.synced();
  let written: Promise<void> = Promise.resolve();
  let closed = false;
  const quote = (epic: string) => {
    const price = sources.get(epic)?.current();
    return price && quoteOf(price);
  };
  const market: Market = {
    quote,
    instrument: (epic) => sources.get(epic)?.instrument,
    rate: createRates(quote),
  };

  /** Decides and folds in one go, so that no two commands see the same state; it is told only after `written`. */
  function decideNow(command: Command, over: Partial<Context>): readonly Decision[] {
    if (closed) throw new Error('the dealing desk is closed');
    const decisions = decide(state, command, {
      ...market,
      now: clock.now(),
      random: randomAt(state.decisions),
      ...over,
    });
    return keep(decisions);
  }
  /** As one entry of the journal: all of it or nothing is there after a crash. */
  function keep(decisions: readonly Decision[]): readonly Decision[] {
    if (decisions.length === 0) return decisions;
    for (const decision of decisions) state = evolve(state, decision);
    written = journal.append(decisions);
    written.catch((error: unknown) => {
      if (!closed) onFatal(error);
      closed = true;
    });
    const epics = decisions.flatMap((decision) =>
      decision.type === 'dealt' || decision.type === 'orderChanged' ? decision.epic : [],
    );
    for (const epic of new Set(epics)) hold(epic);
    if (epics.length > 0) wait();
    return decisions;
  }
  async function run(command: Command, over: Partial<Context> = {}): Promise<readonly Decision[]> {
    return told(decideNow(command, over));
  }
  async function told(decisions: readonly Decision[]): Promise<readonly Decision[]> {
    await written; // also when nothing was decided: what the answer rests on may still be on its way to the disk
    for (const { accountId } of decisions) accounts.changed(accountId);
    return decisions;
  }

  /** Prices are listened to while a position is open or an order rests, whether or not anybody subscribed. */
  const held = new Map<string, () => void>();
  function hold(epic: string) {
    const open = state.books.get(epic) !== undefined;
    const release = held.get(epic);
    if (open && !release)
      held.set(
        epic,
        sources.get(epic)?.subscribe({ onPrice: (price) => onPrice(epic, price), busy: () => undefined })
          .unsubscribe ?? (() => {}),
      );
    if (open || !release) return;
    held.delete(epic);
    release();
  }
  function onPrice(epic: string, price: Price) {
    catchUp();
    const book = state.books.get(epic);
    if (!book) return;
    const now = quoteOf(price);
    const seen: Partial<Context> = { quote: (other) => (other === epic ? now : quote(other)) };
    // Once the broker's clock was off, instants say nothing of what came first.
    trigger(
      {
        type: 'tick',
        epic,
        ...(!faults.clockWasOff() && { quotedAt: new Date(price.clockMs).toISOString() }),
      },
      seen,
    );
    for (const accountId of new Set(book.positions.map((position) => position.accountId))) {
      accounts.moved(accountId);
      const looked = { clockMs: clock.monotonicMs(), marketMs: price.recordedMs ?? price.clockMs };
      const { clockMs, marketMs } = marginChecked.get(accountId) ?? {
        clockMs: -Infinity,
        marketMs: -Infinity,
      };
      if (looked.clockMs - clockMs < marginCheckMs && Math.abs(looked.marketMs - marketMs) < marginCheckMs)
        continue;
      marginChecked.set(accountId, looked);
      trigger({ type: 'checkMargin', accountId }, seen);
    }
  }
  const marginChecked = new Map<string, { clockMs: number; marketMs: number }>();
  /** Nobody asked and nobody waits: what comes of it is told to the streams. */
  function trigger(command: Command, over: Partial<Context> = {}) {
    if (closed) return;
    const decisions = decideNow(command, over);
    if (decisions.length === 0) return; // nearly every tick
    written.then(
      () => {
        for (const decision of decisions) {
          accounts.changed(decision.accountId);
          tell(decision, 'trigger', clock.now().getTime());
        }
      },
      () => undefined, // told by onFatal
    );
  }
  /** Waits for the next instant at which time alone changes something: an order's date, the end of a trading day. */
  let cancelWait: (() => void) | undefined;
  let dueMs = Infinity;
  function wait() {
    cancelWait?.();
    cancelWait = undefined;
    const nowMs = clock.now().getTime();
    dueMs = nextDue(state, nowMs) ?? Infinity;
    if (closed || dueMs === Infinity) return;
    cancelWait = clock.after(Math.max(0, Math.min(dueMs - nowMs, longestWaitMs)), passTime);
  }
  function passTime() {
    trigger({ type: 'time' });
    wait();
  }
  /** What is due comes before what follows, though its timer is late, as after a sleep or a clock that was set. */
  function catchUp() {
    if (clock.now().getTime() >= dueMs) passTime();
  }

  const isSuspended = (accountId: string) => faults.holds('dealing-suspended', { accountId }) !== undefined;
  const telling = createTelling(faults, trades);
  function tell(decision: Decision, kind: Struck['kind'], opuMs: number) {
    const messages = messagesOf(decision);
    if (messages) telling.tell(messages, kind, opuMs);
  }
  /** The market an order is about, if it is there. */
  function epicOf(order: DealCommand): string | undefined {
    if ('epic' in order && order.epic !== undefined) return order.epic;
    const { positions, orders } = accountOf(state, order.accountId);
    return 'dealId' in order
      ? [...positions, ...orders].find(({ dealId }) => dealId === order.dealId)?.epic
      : undefined;
  }

  // While we were away the market was closed to us: what the first quotes trigger is triggered now.
  trigger({ type: 'time' });
  for (const [epic] of [...state.books.entries()]) {
    hold(epic);
    const price = sources.get(epic)?.current();
    if (price) onPrice(epic, { ...price, clockMs: clock.now().getTime() });
  }
  wait();

  return {
    state: () => journal.synced(),
    account: (accountId) => accountOf(journal.synced(), accountId),
    market,
    isSuspended,
    ready: () => written,
    async createAccount(command, past) {
      if (!past || closed || state.accounts.get(command.accountId))
        await run({ type: 'createAccount', ...command });
      else await told(keep(playPast(state, command, past, { markets: pastMarkets, randomAt })));
    },
    async deal(order) {
      catchUp();
      const struck: Struck = { kind: kinds[order.type], accountId: order.accountId };
      const random = randomAt(state.decisions);
      const usualMs = between(random, confirmDelayMs);
      const delayMs = faults.strikes('lost-confirm', struck)
        ? neverMs
        : (faults.strikes('late-confirm', struck)?.ms ?? usualMs);
      const used =
        'dealReference' in order &&
        order.dealReference !== undefined &&
        accountOf(state, order.accountId).references.get(order.dealReference) !== undefined;
      const duplicateCheckOff = used && faults.strikes('duplicate-check-off', struck) !== undefined;
      faults.strikes('suspended-mid-order', { ...struck, epic: epicOf(order) });
      const opuMs = clock.now().getTime() + usualMs + between(random, opuShiftMs);
      const [decision] = await run(order, {
        confirmDelayMs: delayMs,
        duplicateCheckOff,
        suspended: isSuspended(order.accountId),
      });
      tell(decision!, struck.kind, opuMs);
      return decision as DealDecision;
    },
    async set(command) {
      await run(command);
    },
    confirm: (accountId, dealReference) =>
      findConfirm(journal.synced(), accountId, dealReference, clock.now()),
    figures: (accountId) => accountFigures(journal.synced(), accountId, market),
    close() {
      closed = true;
      cancelWait?.();
      telling.close();
      for (const release of held.values()) release();
      held.clear();
    },
  };
}
