// Equal questions asked at the same time, answered once. Remembers nothing: the next question is asked anew. No trading word lives here.

export interface Once<Args extends unknown[], Answer> {
  /** Joins an equal question under way, also in its failure; asks when there is none. */
  (...args: Args): Promise<Answer>;
  /** Resolves when what is under way now has ended, well or not. */
  idle(): Promise<void>;
}

/** `ask`, shared by those who ask while an answer is under way. Questions are equal when their `keyOf` is; without it all are. */
export function once<Args extends unknown[], Answer>(
  ask: (...args: Args) => Promise<Answer>,
  keyOf: (...args: Args) => string = () => '',
): Once<Args, Answer> {
  const underWay = new Map<string, Promise<Answer>>();
  const join = (...args: Args) => {
    const key = keyOf(...args);
    const running = underWay.get(key);
    if (running) return running;
    const answer = ask(...args).finally(() => underWay.delete(key));
    underWay.set(key, answer);
    return answer;
  };
  return Object.assign(join, {
    idle: async () => void (await Promise.allSettled(underWay.values())),
  });
}
