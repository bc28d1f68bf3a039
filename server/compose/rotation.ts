// All that is sealed comes under the newest key while servers run. Rows are gone through in db/sealed-rows.ts; who knows the key is asked in keys.ts.
import { sql } from 'drizzle-orm';
import { leases } from '../../drizzle/schema/index.ts';
import { dropSession, sealedSessions } from '../ig/index.ts';
import { resealRows, surveyKeys, type SealedRows, type Survey } from '../db/sealed-rows.ts';
import { accountsWakeup, sealedCredentials } from '../modules/accounts/index.ts';
import { sealedAuthenticators } from '../modules/auth/index.ts';
import { sealedWebhookSecrets } from '../modules/notifications/index.ts';
import type { Keyring } from '../lib/seal.ts';
import type { Ground } from './ground.ts';
import { askForKey } from './keys.ts';

/** Why nothing was changed, in words for an operator. */
export class RotationRefused extends Error {}

export interface Rotation {
  newest: string;
  /** Rows sealed anew, by what they are; none of them is left out. */
  changed: { what: readonly [string, string]; rows: number }[];
  /** Sessions that nobody could open, now forgotten. */
  dropped: number;
  /** Processes that answered. */
  servers: number;
  /** Servers that know the newest key and go on sealing under an older one. */
  behind: string[];
  /** Given keys, other than the newest, that no row is sealed under any more. */
  unused: string[];
  /** Given keys, other than the newest, that rows are still sealed under. */
  used: string[];
}

/** Ids shown of rows that cannot be read. */
const shownIds = 5;

/**
 * `mayRun`: servers may be running on this database. Safe to end at any moment and to run again. Throws RotationRefused before
 * anything is changed: when a row is sealed under a key that is not given, and when a server that runs would not know the newest one.
 */
export async function rotateKeys(
  ground: Ground,
  keyring: Keyring,
  { mayRun, dropLostSessions }: { mayRun: boolean; dropLostSessions: boolean },
): Promise<Rotation> {
  const { db } = ground.database;
  const sessions = sealedSessions(db);
  const credentials = sealedCredentials(db);
  const tables = [credentials, sessions, sealedAuthenticators(db), sealedWebhookSecrets(db)];
  const { newest } = keyring;
  const { unreadable } = await surveyKeys(keyring, tables);
  const lost = unreadable.filter(({ rows }) => rows === sessions);
  const refused = dropLostSessions ? unreadable.filter(({ rows }) => rows !== sessions) : unreadable;
  if (refused.length > 0) throw new RotationRefused(sentencesOf(keyring, refused));
  const answers = mayRun ? await serversOn(ground, keyring) : [];

  for (const { id } of lost) await dropSession(db, id);
  const changed: Rotation['changed'] = [];
  for (const rows of tables) {
    const announce = (id: string) =>
      ground.bus.publish('wakeups', accountsWakeup, { kind: accountsWakeup, id });
    const count = await resealRows(keyring, rows, rows === credentials ? announce : undefined);
    changed.push({ what: rows.what, rows: count });
  }
  const { byKey } = await surveyKeys(keyring, tables);
  const older = keyring.names().filter((name) => name !== newest);
  return {
    newest,
    changed,
    dropped: lost.length,
    servers: answers.length,
    behind: answers.filter(({ knows }) => knows === 'opens with it').map(({ at }) => at),
    unused: older.filter((name) => !byKey.has(name)),
    used: older.filter((name) => byKey.has(name)),
  };
}

/** The servers that run. Throws RotationRefused for one that would be shut out. */
async function serversOn(ground: Ground, keyring: Keyring) {
  const { newest } = keyring;
  const expected = await isStreaming(ground);
  const answers = await askForKey(ground, keyring, { expected });
  const without = answers.filter(({ knows }) => knows === 'lacks it').map(({ at }) => at);
  if (without.length > 0)
    throw new RotationRefused(
      `nothing was changed: ${without.join(' and ')} ${without.length === 1 ? 'does' : 'do'} not know the key ${newest}. ` +
        `Start ${without.length === 1 ? 'it' : 'them'} again with ENCRYPTION_KEYS=${[newest, '…'].join(':…,')} (the new key first, the old ones after it), then run this again.`,
    );
  if (answers.length === 0 && expected)
    throw new RotationRefused(
      `nothing was changed: a server runs on this database, and it does not answer whether it knows the key ${newest}, ` +
        'as behind a pooler in transaction mode, or with an older release. Stop the servers, run this again, and start them with the new key.',
    );
  return answers;
}

/** Whether somebody holds the lease of a stream: then there is a gateway, whatever it answers. */
async function isStreaming({ database }: Ground): Promise<boolean> {
  const { rows } = await database.db.execute<{ held: boolean }>(
    sql`select exists (select from ${leases} where expires_at > clock_timestamp()) as held`,
  );
  return rows[0]!.held;
}

/** What keeps rows from being read, a sentence for each kind of row and key. */
function sentencesOf(keyring: Keyring, unreadable: Survey['unreadable']): string {
  const groups = Map.groupBy(unreadable, ({ rows, key }) => `${rows.what[0]} ${key}`);
  const sentences = [...groups.values()].map((group) => {
    const { rows, key } = group[0]!;
    const ids = group.slice(0, shownIds).map(({ id }) => id);
    const which = `${countOf(rows.what, group.length)} (${ids.join(', ')}${group.length > ids.length ? ', …' : ''})`;
    const why = keyring.names().includes(key)
      ? `not opened by the key ${key} that is given: another one has had this name`
      : `sealed under the key ${key}, which is not given`;
    return `${which} ${group.length === 1 ? 'is' : 'are'} ${why}. Give that key after the others. ${rows.cure}`;
  });
  return `nothing was changed: ${sentences.join(' ')}`;
}

export const countOf = ([one, several]: SealedRows['what'], n: number): string =>
  `${n} ${n === 1 ? one : several}`;
