// So many beginnings in one turn of the event loop, however many ask at once: what else the process has to do comes between. No trading word lives here.

/**
 * Gives a function that resolves when its caller may begin: at once for the first `perTurn` of a turn, for those beyond in a later
 * one, in the order in which they came.
 */
export function createTurns(perTurn: number): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let begun = 0;
  let isDue = false;
  function next() {
    isDue = false;
    begun = 0;
    for (const begin of waiting.splice(0, perTurn)) {
      begun++;
      begin();
    }
    if (begun > 0) expectNext();
  }
  function expectNext() {
    if (isDue) return;
    isDue = true;
    setImmediate(next);
  }
  return async () => {
    expectNext();
    if (begun < perTurn && waiting.length === 0) begun++;
    else await new Promise<void>((resolve) => waiting.push(resolve));
  };
}
