// Which alerts a reader follows, and as which version of their rows: what was changed elsewhere is read anew, what is written here is known. No query of its own.
import type { AlertCondition } from '../../../shared/alerts.ts';
import { slicesOf } from './slices.ts';
import type { AlertRow, AlertStore, AlertVersion } from './store.ts';
import type { Change, Outbox, Told } from './outbox.ts';

/** Rows read at once. */
const rowsAtOnce = 1_000;

/** What is known of an alert besides what it waits for. */
interface Known {
  row: Pick<AlertRow, 'userId' | 'name' | 'repeat'>;
  condition: AlertCondition;
  /** Of the row once all that waits is written. */
  revision: number;
  /** Since when it is in its state. */
  sinceMs: number;
  /** Since when it waited before a price that came late armed it: what it did meanwhile is not known yet. */
  waitedSinceMs?: number | undefined;
}
/** As what an alert went into a gap. */
export interface AsBefore {
  sinceMs: number;
  /** It waited, and was armed by a price behind the gap alone. */
  waited: boolean;
}
/** What an alert did. */
export interface Turned {
  id: string;
  turn: 'armed' | 'fired' | 'done';
  value: string;
  atMs: number;
  receivedAtMs: number;
  firedCount: number;
}
export type FollowedAlerts = ReturnType<typeof createFollowed>;

export function createFollowed({
  store,
  outbox,
  versions,
  onRead,
  onGone,
}: {
  store: Pick<AlertStore, 'rows'>;
  outbox: Pick<Outbox, 'put' | 'holds'>;
  /** In the order in which they are read. */
  versions: () => Promise<AlertVersion[]>;
  /** Alerts that are new or not as they were. */
  onRead: (rows: readonly AlertRow[]) => Promise<void> | void;
  onGone: (id: string) => void;
}) {
  const known = new Map<string, Known>();
  const isAsKnown = ({ id, revision }: AlertVersion) =>
    outbox.holds(id) || known.get(id)?.revision === revision;
  return {
    find: (id: string): Known | undefined => known.get(id),
    /** Undefined: what it is by now it became behind the gap, which ended at `toMs`. */
    before(id: string, toMs: number): AsBefore | undefined {
      const { sinceMs = Infinity, waitedSinceMs = Infinity } = known.get(id) ?? {};
      if (sinceMs < toMs) return { sinceMs, waited: false };
      return waitedSinceMs < toMs ? { sinceMs: waitedSinceMs, waited: true } : undefined;
    },
    /** The row was read, and its alert is in force. */
    keep({ id, revision, stateAt, ...row }: AlertRow, condition: AlertCondition): void {
      known.set(id, { row, condition, revision, sinceMs: stateAt.getTime() });
    },
    /** Whether what was just read is what is known, or is about to be changed from here. */
    isAsKnown,
    forget: (id: string): void => void known.delete(id),
    clear: (): void => known.clear(),
    /** Reads what has changed since the last look. Rejects while PostgreSQL is away. */
    async look(): Promise<void> {
      const all = await versions();
      const there = new Set(all.map(({ id }) => id));
      for (const id of known.keys())
        if (!there.has(id) && !outbox.holds(id)) {
          known.delete(id);
          onGone(id);
        }
      const changed = all.filter((version) => !isAsKnown(version)).map(({ id }) => id);
      for (const ids of slicesOf(changed, rowsAtOnce)) await onRead(await store.rows(ids));
    },
    /** Hands on what an alert did; false: too much waits, and all has to be read anew. */
    turned(step: Turned, told: Pick<Told, 'late' | 'currency'>): boolean {
      const found = known.get(step.id);
      if (!found) return true;
      const { condition } = found;
      const { userId, name, repeat } = found.row;
      const isFired = step.turn === 'fired';
      const state = isFired ? (repeat === 'once' ? 'done' : 'waiting') : step.turn;
      const change: Change = {
        id: step.id,
        revision: found.revision++,
        state: state as Change['state'],
        at: new Date(step.atMs),
        receivedAtMs: step.receivedAtMs,
        ...(isFired && {
          fired: {
            count: step.firedCount,
            told: { ...told, userId, name, condition, value: step.value },
          },
        }),
      };
      found.waitedSinceMs = step.turn === 'armed' && told.late ? found.sinceMs : undefined;
      found.sinceMs = step.atMs;
      if (state === 'done') known.delete(step.id);
      return outbox.put(change);
    },
  };
}
