// Equal work under way, shared by all who want it, and ended when nobody does any more. No trading word lives here.

interface UnderWay<Result> {
  urgency: number;
  raised: () => void;
  result: Promise<Result>;
  wanting: number;
  hasBegun: boolean;
  aborter: AbortController;
}
interface Work {
  /** Aborts when nobody wants the result any more. */
  wanted: AbortSignal;
  /** To be called when the work begins for good: who must not have an older result than their question joins no more. */
  begun(): void;
  /** That of the most urgent who has wanted the result so far. */
  urgency(): number;
  /** `listener`, in place of the one before, is called when somebody wants it more urgently than all before. */
  onRaised(listener: () => void): void;
}
interface Wanting {
  /** Aborts when this caller has left; the promise then rejects with its reason. */
  signal?: AbortSignal | undefined;
  /** Whether a result will do of work that had begun before it was asked for. */
  mayBeOlder: boolean;
  /** The smaller the more urgent. Default: 0. */
  urgency?: number;
}

/** Gives a function that does `work`, or joins the same work under way; work is the same when its `key` is. */
export function createSharedWork<Result>() {
  const underWay = new Map<string, UnderWay<Result>>();
  function begin(key: string, work: (given: Work) => Promise<Result>, urgency: number): UnderWay<Result> {
    const aborter = new AbortController();
    const begun = () => void (entry.hasBegun = true);
    const entry: UnderWay<Result> = {
      urgency,
      raised: () => undefined,
      result: Promise.resolve().then(() =>
        work({
          wanted: aborter.signal,
          begun,
          urgency: () => entry.urgency,
          onRaised: (listener) => void (entry.raised = listener),
        }),
      ),
      wanting: 0,
      hasBegun: false,
      aborter,
    };
    underWay.set(key, entry);
    const forget = () => void (underWay.get(key) === entry && underWay.delete(key));
    entry.result.then(forget, forget);
    return entry;
  }
  return async (
    key: string,
    work: (given: Work) => Promise<Result>,
    { signal, mayBeOlder, urgency = 0 }: Wanting,
  ): Promise<Result> => {
    signal?.throwIfAborted();
    let entry = underWay.get(key);
    if (!entry || entry.aborter.signal.aborted || (entry.hasBegun && !mayBeOlder))
      entry = begin(key, work, urgency);
    if (urgency < entry.urgency) {
      entry.urgency = urgency;
      entry.raised();
    }
    const { result, aborter } = entry;
    entry.wanting++;
    const left = Promise.withResolvers<never>();
    const leave = () => left.reject(signal!.reason);
    signal?.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race([result, left.promise]);
    } finally {
      signal?.removeEventListener('abort', leave);
      if (--entry.wanting === 0) aborter.abort(); // also when it has ended: then it changes nothing
    }
  };
}
