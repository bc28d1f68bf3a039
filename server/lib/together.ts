// Equal questions asked in one turn of the event loop, answered once. Unlike `once`, nobody gets an answer older than the question. No trading word lives here.
import { setImmediate } from 'node:timers/promises';

/** `ask`, begun when the turn is over, for all who have asked the same by then. Questions are equal when their `keyOf` is. */
export function together<Args extends unknown[], Answer>(
  ask: (...args: Args) => Promise<Answer>,
  keyOf: (...args: Args) => string,
): (...args: Args) => Promise<Answer> {
  const gathering = new Map<string, Promise<Answer>>();
  return (...args) => {
    const key = keyOf(...args);
    let answer = gathering.get(key);
    if (!answer) {
      answer = setImmediate().then(() => {
        gathering.delete(key);
        return ask(...args);
      });
      gathering.set(key, answer);
    }
    return answer;
  };
}
