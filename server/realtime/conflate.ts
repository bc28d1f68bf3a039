// What happens when a client is slower than the market: what waits, how much of it, and for how long. Knows no bus and no snapshot.
import type { Clock } from '../lib/clock.ts';
import type { ClientSocket, WrittenForm } from '../trpc/context.ts';
import type { HubLimits } from './limits.ts';
import { ticksText, type TickText } from './wire-text.ts';

export interface Backlog {
  readonly size: number;
  add(tickText: TickText): void;
  /** Everything that waits, oldest first; leaves the backlog empty. */
  take(): TickText[];
}

/** Keeps every tick up to `keepAll` of them; beyond, only the latest per epic, so never more than the larger of both. */
export function createBacklog(keepAll: number): Backlog {
  let all: TickText[] = [];
  let latest: Map<string, TickText> | undefined;
  const keep = (tickText: TickText) => {
    latest!.delete(tickText.tick.epic); // so that the order stays that of arrival
    latest!.set(tickText.tick.epic, tickText);
  };
  return {
    get size() {
      return latest?.size ?? all.length;
    },
    add(tickText) {
      if (latest) return keep(tickText);
      all.push(tickText);
      if (all.length <= keepAll) return;
      latest = new Map();
      all.forEach(keep);
      all = [];
    },
    take() {
      const taken = latest ? [...latest.values()] : all;
      latest = undefined;
      all = [];
      return taken;
    },
  };
}

/** Where the ticks of one subscription go. */
export interface Outlet {
  one(tickText: TickText): void;
  /** As one `Tick[]`, in this order, even when empty. */
  many(tickTexts: readonly TickText[]): void;
  close(): void;
}

/** The subscriptions of one socket share its backlog: none sends past another while the client reads nothing. */
export interface Lane {
  /** True while the client has too much unread. */
  readonly holding: boolean;
  subscriptions: number;
  epics: number;
  /** An outlet whose messages are written in this form. */
  outlet(written: WrittenForm): Outlet;
}

export function createLane(
  socket: ClientSocket,
  {
    clock,
    limits,
    onHold,
  }: {
    clock: Clock;
    limits: HubLimits;
    onHold: () => void;
  },
): Lane {
  let holding = false;
  let cancelStalled = () => {};
  /** Outlets with a backlog, longest waiting first. */
  const waiting = new Set<() => void>();

  /** Whether the client has so much unread that one more message only goes out to learn, by its callback, when all before it has left. */
  function isFull(): boolean {
    if (socket.bufferedAmount <= limits.backlogBytes) return false;
    holding = true;
    onHold();
    cancelStalled = clock.after(limits.stalledAfterMs, () => socket.close(4490, 'too slow, resume'));
    return true;
  }
  function drained() {
    holding = false;
    cancelStalled();
    if (!socket.open) return waiting.clear();
    for (const flush of waiting) {
      waiting.delete(flush);
      flush();
      if (holding) return;
    }
  }
  return {
    get holding() {
      return holding;
    },
    subscriptions: 0,
    epics: 0,
    outlet({ opening, form }) {
      const backlog = createBacklog(0);
      const send = (tickTexts: readonly TickText[]) =>
        socket.send(opening + ticksText(form, tickTexts), isFull() ? drained : undefined);
      const flush = () => send(backlog.take());
      const hold = (tickText: TickText) => {
        backlog.add(tickText);
        waiting.add(flush);
      };
      return {
        one(tickText) {
          if (holding) hold(tickText);
          else socket.sendShared(opening, tickText.in(form), isFull() ? drained : undefined);
        },
        many(tickTexts) {
          if (!holding) return send(tickTexts);
          tickTexts.forEach(backlog.add);
          waiting.add(flush);
        },
        close: () => void waiting.delete(flush),
      };
    },
  };
}
