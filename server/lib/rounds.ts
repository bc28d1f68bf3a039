// Something that is valued again and again for all who follow it: at most so often, in rounds, and each follower takes what it has not been told yet. No trading word lives here.
import { pause, type Clock } from './clock.ts';

export interface RoundsOptions {
  /** Between two rounds, and between two messages to one follower. */
  everyMs: number;
  clock: Clock;
  /** With the first follower; the signal aborts when the last has left, or a round has failed. */
  begin(over: AbortSignal): void;
  /** Reads what is valued: in the first round, and in the next one after each `reload`. */
  load(): Promise<void>;
  value(): Promise<void> | void;
  /** After the last round. */
  finish?(): void;
  /** Once, when nobody follows any more or a round has failed: it is over then. */
  onIdle(): void;
}
/** What one follower is told. */
export interface Follower<Message> {
  /** Whether there is something that it was not told yet. */
  readonly pending: boolean;
  /** Called after the first round that began after it came. */
  take(): Message;
}
export interface Rounds {
  /** What is valued moved: another round. */
  nudge(): void;
  /** What is valued is to be read anew: another round. */
  reload(): void;
  /** Messages of a follower until the signal aborts; a round that fails throws for all of them. */
  read<Message>(follower: Follower<Message>, signal: AbortSignal): AsyncGenerator<Message, void>;
}

export function createRounds({ everyMs, clock, begin, load, value, finish, onIdle }: RoundsOptions): Rounds {
  const over = new AbortController();
  /** One for each follower: looks whether there is something for it. */
  const followers = new Set<() => void>();
  let [changed, isStale] = [Promise.withResolvers<void>(), true];
  /** Rounds begun, and the last of them that has ended. */
  let [begun, valued] = [0, 0];
  let failure: { thrown: unknown } | undefined;

  const nudge = () => changed.resolve();
  const reload = () => {
    isStale = true;
    nudge();
  };
  const wakeAll = () => followers.forEach((wake) => wake());
  function end() {
    if (over.signal.aborted) return;
    over.abort();
    onIdle();
    nudge();
    wakeAll();
  }
  async function run() {
    try {
      begin(over.signal);
      while (!over.signal.aborted) {
        const number = ++begun;
        if (isStale) {
          isStale = false;
          await load();
        }
        changed = Promise.withResolvers<void>();
        if (over.signal.aborted) return;
        await value();
        valued = number;
        wakeAll();
        await pause(clock, everyMs, over.signal);
        if (!isStale) await changed.promise;
      }
    } catch (thrown) {
      failure = { thrown };
    } finally {
      finish?.();
      end();
    }
  }

  return {
    nudge,
    reload,
    async *read(follower, signal) {
      const isOver = () => signal.aborted || over.signal.aborted;
      let wake = () => {};
      const look = () => wake();
      async function until(holds: () => boolean) {
        while (!isOver() && !holds()) await new Promise<void>((resolve) => (wake = resolve));
      }
      followers.add(look);
      signal.addEventListener('abort', look, { once: true });
      try {
        const before = begun; // that one may have read already
        reload();
        if (before === 0) void run();
        await until(() => valued > before);
        while (!isOver()) {
          const toldMs = clock.monotonicMs();
          yield follower.take();
          const leftMs = everyMs - (clock.monotonicMs() - toldMs);
          if (leftMs > 0) await pause(clock, leftMs, signal);
          await until(() => follower.pending);
        }
        if (failure && !signal.aborted) throw failure.thrown;
      } finally {
        signal.removeEventListener('abort', look);
        followers.delete(look);
        if (followers.size === 0) end();
      }
    },
  };
}
