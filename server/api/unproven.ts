// Sockets whose callers have not proved yet who they are: how many there may be, and which one makes room. What proves a caller is not known here.
import { AppError } from '../lib/app-error.ts';
import type { Clock } from '../lib/clock.ts';
import { networkOf } from '../lib/network-of.ts';

export const defaultUnprovenLimits = {
  /** From one address, IPv6 by its network of 64 bits: above what an office opens in the moment before it has proved itself. */
  maxUnprovenPerNetwork: 100,
  /** Where there is no more room, one that has waited for so long makes some: longer than a proof takes from far away. */
  pressedWithinMs: 1_000,
};
type UnprovenLimits = typeof defaultUnprovenLimits & {
  /** In this process. */
  maxUnproven: number;
};

export interface Unproven<Each> {
  /**
   * Makes room for one more from `address`: where there is none, by pushing out the one that has waited longest. Gives what it is refused
   * with while even that one has waited less than `pressedWithinMs`: request.limited, or server.unavailable.
   */
  makeRoom(address: string): AppError | undefined;
  /** One more, after `makeRoom`. */
  add(each: Each, address: string): void;
  /** For when it has proved itself, or has closed. Safe to call twice. */
  remove(each: Each): void;
}

interface Waiting {
  network: string;
  sinceMs: number;
}

export function createUnproven<Each>({
  pushOut,
  clock,
  limits,
}: {
  pushOut: (each: Each) => void;
  clock: Clock;
  limits: UnprovenLimits;
}): Unproven<Each> {
  /** The longest waiting first: over all networks, and of each. */
  const all = new Map<Each, Waiting>();
  const networks = new Map<string, Map<Each, Waiting>>();

  function remove(each: Each) {
    const { network } = all.get(each) ?? {};
    if (network === undefined) return;
    all.delete(each);
    const same = networks.get(network)!;
    same.delete(each);
    if (same.size === 0) networks.delete(network);
  }
  /** How long until the longest waiting makes room; 0 when it has. */
  function roomIn(waiting: Map<Each, Waiting>): number {
    const [oldest, { sinceMs }] = waiting.entries().next().value!;
    const leftMs = limits.pressedWithinMs - (clock.monotonicMs() - sinceMs);
    if (leftMs > 0) return Math.ceil(leftMs);
    remove(oldest);
    pushOut(oldest);
    return 0;
  }
  return {
    makeRoom(address) {
      const same = networks.get(networkOf(address));
      if (same && same.size >= limits.maxUnprovenPerNetwork) {
        const retryAfterMs = roomIn(same);
        const message =
          'Too many sockets from your network have not said yet who they are: say it in the first message, at once.';
        return retryAfterMs > 0 ? new AppError('request.limited', { message, retryAfterMs }) : undefined;
      }
      const retryAfterMs = all.size >= limits.maxUnproven ? roomIn(all) : 0;
      return retryAfterMs > 0 ? new AppError('server.unavailable', { retryAfterMs }) : undefined;
    },
    add(each, address) {
      const waiting = { network: networkOf(address), sinceMs: clock.monotonicMs() };
      all.set(each, waiting);
      const same = networks.get(waiting.network);
      if (same) same.set(each, waiting);
      else networks.set(waiting.network, new Map([[each, waiting]]));
    },
    remove,
  };
}
