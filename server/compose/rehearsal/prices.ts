// What the server tells of prices, followed over its own plain WebSocket as a client would: by it a rehearsal knows that an instant has arrived.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Quote } from './recorded-day.ts';

export interface ToldPrices extends Disposable {
  /** Resolves once all these are the newest prices that the server tells. Rejects after `withinMs`. */
  until(quotes: readonly Quote[], withinMs: number): Promise<void>;
}

/** Resolves when it is subscribed. Rejects when it is refused. */
export async function followPrices(
  url: string,
  { token, epics }: { token: string; epics: readonly string[] },
): Promise<ToldPrices> {
  const latest = new Map<string, Quote>();
  let changed = Promise.withResolvers<void>();
  const subscribed = Promise.withResolvers<void>();
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/market-data/`);
  const send = (message: object) => socket.send(JSON.stringify(message));
  socket.addEventListener('open', () => {
    send({ type: 'authenticate', token });
    send({ type: 'subscribe', id: 1, channel: 'prices', input: { epics } });
  });
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { type: string; data?: Quote[]; error?: { message: string } };
    if (message.type === 'error') subscribed.reject(new Error(message.error?.message));
    if (message.type === 'subscribed') subscribed.resolve();
    if (message.type !== 'data') return;
    for (const tick of message.data!) latest.set(tick.epic, tick);
    changed.resolve();
    changed = Promise.withResolvers();
  });
  socket.addEventListener('close', ({ code }) => subscribed.reject(new Error(`closed with ${code}`)));
  await subscribed.promise;
  const isTold = ({ epic, bid, offer }: Quote) => {
    const told = latest.get(epic);
    return told?.bid === bid && told.offer === offer;
  };
  return {
    async until(quotes, withinMs) {
      const stop = new AbortController();
      const late = sleep(withinMs, 'late' as const, { signal: stop.signal }).catch(() => undefined);
      try {
        while (!quotes.every(isTold)) {
          if ((await Promise.race([changed.promise, late])) !== 'late') continue;
          const missing = quotes.filter((quote) => !isTold(quote)).map(({ epic }) => epic);
          throw new Error(
            `the prices of ${missing.join(', ')} did not arrive at the server within ${withinMs} ms`,
          );
        }
      } finally {
        stop.abort();
      }
    },
    [Symbol.dispose]: () => socket.close(),
  };
}
