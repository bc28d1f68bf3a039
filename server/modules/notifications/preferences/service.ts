// The use cases of preferences: reading them with how well each channel works, and replacing them.
import type { Preferences, SetPreferences } from '../../../../shared/notification-preferences.ts';
import type { Database } from '../../../db/client.ts';
import { inTransaction } from '../../../db/transaction.ts';
import { AppError } from '../../../lib/app-error.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Channels } from '../channels.ts';
import { digestMs } from '../deliveries/digest.ts';
import type { DeliveryStore } from '../deliveries/store.ts';
import { leavingKinds, severityOf } from '../kinds.ts';
import { problemsOf, wants } from './choices.ts';
import type { PreferencesStore } from './store.ts';

export type PreferencesService = ReturnType<typeof createPreferencesService>;

export function createPreferencesService({
  database: { db },
  store,
  deliveries,
  channels,
  clock,
}: {
  database: Database;
  store: PreferencesStore;
  deliveries: Pick<DeliveryStore, 'healthOf' | 'hurry'>;
  channels: Channels;
  clock: Clock;
}) {
  const all = Object.values(channels);
  const ofEach = <Value>(value: (channel: (typeof all)[number]) => Value) =>
    Object.fromEntries(all.map((channel) => [channel.name, value(channel)])) as Record<
      (typeof all)[number]['name'],
      Value
    >;

  async function get(userId: string): Promise<Preferences> {
    const { choices, quietHours } = await store.find(userId);
    const health = await deliveries.healthOf(userId);
    return {
      kinds: leavingKinds().map((kind) => ({
        kind,
        severity: severityOf(kind),
        channels: ofEach((channel) => wants(choices, kind, channel)),
      })),
      quietHours,
      channels: await Promise.all(
        all.map(async ({ name: channel, leaving }) => ({
          channel,
          problem: (await leaving?.problemOf(userId)) ?? null,
          ...health.get(channel)!,
        })),
      ),
    };
  }

  return {
    get,
    /** All of them: what is left out is as usual again. Throws request.invalid. */
    async set(userId: string, wanted: SetPreferences): Promise<Preferences> {
      const fields = problemsOf(wanted, all);
      if (Object.keys(fields).length > 0) throw new AppError('request.invalid', { fields });
      const choices = Object.fromEntries(wanted.kinds.map(({ kind, channels: chosen }) => [kind, chosen]));
      const now = clock.now();
      await inTransaction(db, async (tx) => {
        await store.put(tx, userId, { choices, quietHours: wanted.quietHours }, now);
        // What waits for the end of quiet hours that hold no longer; whoever sends it looks at those of now.
        await deliveries.hurry(tx, userId, now, new Date(now.getTime() + digestMs));
      });
      return get(userId);
    },
  };
}
