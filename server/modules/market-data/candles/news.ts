// Who waits for candles of a market to change, and the wake-ups that say so. What changed is read from the rows.
import type { Clock } from '../../../lib/clock.ts';
import type { Bus, KeyedSubscription } from '../../../messaging/index.ts';
import type { CandleKey } from '../ports.ts';

/** A wake-up may be lost: whoever waits looks this often. */
const lookEveryMs = 5_000;

const keyOf = ({ feed, epic }: CandleKey) => `candles.${feed}.${epic}`;

/** Says to all processes that candles of a market changed. */
export const wakeCandles = (bus: Pick<Bus, 'publish'>, key: CandleKey): void =>
  bus.publish('wakeups', keyOf(key), { kind: 'candles', id: key.epic });

export type CandleNews = ReturnType<typeof createCandleNews>;

/** Of one process. Subscribes with the first listener. */
export function createCandleNews({
  bus,
  clock,
}: {
  bus: Pick<Bus, 'subscribe' | 'onConnectionChange'>;
  clock: Clock;
}) {
  const listeners = new Map<string, Set<() => void>>();
  let subscription: Promise<KeyedSubscription> | undefined;
  const tellAll = () => {
    for (const each of listeners.values()) for (const listener of each) listener();
  };
  const stops = [
    clock.every(lookEveryMs, tellAll),
    bus.onConnectionChange((connected) => connected && tellAll()),
  ];
  async function setKeys() {
    subscription ??= bus.subscribe('wakeups', (_, key) => {
      for (const listener of listeners.get(key) ?? []) listener();
    });
    await (await subscription).setKeys([...listeners.keys()]);
  }
  return {
    /** `listener` is called after candles of the market changed, and now and then though none did. Resolves once none is missed; the result ends it. */
    async listen(key: CandleKey, listener: () => void): Promise<() => void> {
      const name = keyOf(key);
      const those = listeners.get(name) ?? new Set();
      listeners.set(name, those.add(listener));
      const leave = () => {
        those.delete(listener);
        if (those.size > 0 || listeners.get(name) !== those) return;
        listeners.delete(name);
        void setKeys().catch(() => undefined); // a key too many wakes nobody
      };
      try {
        await setKeys();
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    async close(): Promise<void> {
      for (const stop of stops) stop();
      listeners.clear();
      await (await subscription)?.close();
    },
  };
}
