// Wake-ups beyond the bus: which of them PostgreSQL carries too, and a bus that sends and receives those both ways.
import { z } from 'zod';
import type { Notices } from '../db/notices.ts';
import type { Clock } from '../lib/clock.ts';
import type { Logger } from '../lib/logger.ts';
import type { Bus, TransientChannel, TransientMessages, WakeupMessage } from './bus.ts';
import type { DurableKinds } from './channels.ts';
import { createMemoryBus } from './memory.ts';
import { defaultLimits } from './topology.ts';
import { wakeupReach, type WakeupKind } from './wakeup-kinds.ts';

const Told = z.object({
  key: z.string(),
  message: z.object({ kind: z.enum(Object.keys(wakeupReach) as [WakeupKind]), id: z.string() }),
});

/**
 * `bus`, whose wake-ups of kinds that reach everywhere also go by `notices`. A subscriber gets such a one twice where both
 * carry it, this process included: it only reads its rows. Closing it closes both.
 */
export function createWakingBus<Durable extends DurableKinds>({
  bus,
  notices,
  clock,
  logger,
}: {
  bus: Bus<Durable>;
  notices: Notices;
  clock: Clock;
  logger: Logger;
}): Bus<Durable> {
  /** Carries what came from the database to subscribers here, under the bounds and promises of every bus. */
  const heard = createMemoryBus({ clock, logger, limits: defaultLimits });
  const gapListeners = new Set<(connected: boolean) => void>();
  const toText = (key: string, message: WakeupMessage) => JSON.stringify({ key, message });
  function onText(text: string) {
    const { data } = Told.safeParse(parseJson(text)); // else of another version, or somebody's own
    if (data) heard.publish('wakeups', data.key, data.message);
  }
  function onGap() {
    for (const listener of gapListeners) {
      try {
        listener(true);
      } catch (err) {
        logger.error({ err }, 'a listener failed on a gap in the wake-ups');
      }
    }
  }
  return {
    ...bus,
    get connected() {
      return bus.connected;
    },
    publish(channel, key, message) {
      bus.publish(channel, key, message);
      if (isWakeup(message) && wakeupReach[message.kind] === 'everywhere') notices.send(toText(key, message));
    },
    async subscribe(channel, handler) {
      const near = await bus.subscribe(channel, handler);
      if (channel !== 'wakeups') return near;
      const far = await heard.subscribe(channel, handler);
      notices.listen({ onText, onGap });
      return {
        async setKeys(keys) {
          const all = [...keys];
          await far.setKeys(all);
          await near.setKeys(all);
        },
        close: async () => void (await Promise.all([near.close(), far.close()])),
      };
    },
    onConnectionChange(listener) {
      const stop = bus.onConnectionChange(listener);
      gapListeners.add(listener);
      return () => {
        stop();
        gapListeners.delete(listener);
      };
    },
    async close() {
      await notices.close();
      await heard.close();
      await bus.close();
    },
  };
}

/** Of all transient messages only these have a kind. */
const isWakeup = (message: TransientMessages[TransientChannel]): message is WakeupMessage =>
  'kind' in message;

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
