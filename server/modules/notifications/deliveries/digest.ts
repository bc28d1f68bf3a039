// Which message a notification goes with, where those of one kind within a minute become one: the first goes at once, the others together at the end of the minute. Pure.

/** Between two messages of one kind. */
export const digestMs = 60_000;
/** Notifications in one message. */
export const mostInDigest = 500;

/** A message that is not under way yet, so that more can go with it. */
export interface Gathering {
  id: string;
  dueAt: Date;
  notificationIds: readonly string[];
}
export interface KindSoFar {
  /** The one that gathers; undefined: none does. */
  gathering: Gathering | undefined;
  /** When the last message of the kind was sent, or is to be; undefined: not lately. */
  lastAt: Date | undefined;
}
export interface Placed {
  /** To be made. */
  fresh: Gathering[];
  /** Messages that there are, and what goes with them now. */
  joined: { id: string; notificationIds: string[] }[];
}

/** `ids` are notifications of one kind, oldest first; `heldUntil` is when quiet hours at an instant end. */
export function gatherDigests(
  ids: readonly string[],
  { gathering: there, lastAt: sentAt }: KindSoFar,
  { now, heldUntil, nextId }: { now: Date; heldUntil: (at: Date) => Date | null; nextId: () => string },
): Placed {
  const fresh: (Gathering & { notificationIds: string[] })[] = [];
  const joins: string[] = [];
  let open: Gathering | undefined = there;
  let lastMs = sentAt?.getTime() ?? Number.NEGATIVE_INFINITY;
  for (const id of ids) {
    const isFull = open && open.notificationIds.length + (open === there ? joins.length : 0) >= mostInDigest;
    if (open && !isFull) {
      if (open === there) joins.push(id);
      else fresh.at(-1)!.notificationIds.push(id);
      continue;
    }
    const wanted = new Date(Math.max(now.getTime(), lastMs + digestMs));
    const made = { id: nextId(), dueAt: heldUntil(wanted) ?? wanted, notificationIds: [id] };
    fresh.push(made);
    lastMs = made.dueAt.getTime();
    open = made.dueAt > now ? made : undefined;
  }
  return { fresh, joined: there && joins.length > 0 ? [{ id: there.id, notificationIds: joins }] : [] };
}
