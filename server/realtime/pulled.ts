// An outlet that is pulled from: for subscriptions that do not run on a tRPC socket.
import { createBacklog, type Outlet } from './conflate.ts';
import type { TickText } from './wire-text.ts';

export interface PulledOutlet extends Outlet {
  next(): Promise<IteratorResult<readonly TickText[], undefined>>;
  /** Ends it: `next` answers done, or rejects with `error`, after which it is done. */
  end(error?: Error): void;
}

/** What is unread comes as one array; bounded by `keepAll` as in `createBacklog`. */
export function createPulledOutlet(keepAll: number): PulledOutlet {
  const backlog = createBacklog(keepAll);
  let unread = false;
  let waiter: PromiseWithResolvers<IteratorResult<readonly TickText[], undefined>> | undefined;
  let ended = false;
  let failure: Error | undefined;
  const done = { done: true, value: undefined } as const;
  function answer() {
    unread = true;
    if (!waiter) return;
    unread = false;
    waiter.resolve({ done: false, value: backlog.take() });
    waiter = undefined;
  }
  return {
    one(tickText) {
      backlog.add(tickText);
      answer();
    },
    many(tickTexts) {
      tickTexts.forEach(backlog.add);
      answer();
    },
    async next() {
      if (failure) {
        const error = failure;
        failure = undefined;
        throw error;
      }
      if (ended) return done;
      waiter ??= Promise.withResolvers();
      const { promise } = waiter;
      if (unread) answer();
      return promise;
    },
    end(error) {
      if (ended) return;
      ended = true;
      if (!waiter) failure = error;
      else if (error) waiter.reject(error);
      else waiter.resolve(done);
    },
    close() {},
  };
}
