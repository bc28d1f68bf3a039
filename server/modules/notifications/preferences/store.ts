// Every query of users' preferences.
import { eq } from 'drizzle-orm';
import { notificationPreferences } from '../../../../drizzle/schema/index.ts';
import type { ChosenKinds, QuietHours } from '../../../../shared/notification-preferences.ts';
import type { Db, Tx } from '../../../db/transaction.ts';

export interface StoredPreferences {
  choices: ChosenKinds;
  quietHours: QuietHours | null;
}
export type PreferencesStore = ReturnType<typeof createPreferencesStore>;

const nothingChosen: StoredPreferences = { choices: {}, quietHours: null };

export const createPreferencesStore = (db: Db) => ({
  async find(userId: string, on: Db | Tx = db): Promise<StoredPreferences> {
    const [row] = await on
      .select()
      .from(notificationPreferences)
      .where(eq(notificationPreferences.userId, userId));
    return row ?? nothingChosen;
  },
  async put(
    tx: Tx,
    userId: string,
    { choices, quietHours }: StoredPreferences,
    updatedAt: Date,
  ): Promise<void> {
    const set = { choices, quietHours, updatedAt };
    await tx
      .insert(notificationPreferences)
      .values({ userId, ...set })
      .onConflictDoUpdate({ target: notificationPreferences.userId, set });
  },
});
