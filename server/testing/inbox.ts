// What tests wait for: a condition over what has happened so far, looked at whenever something happens.

/** `until` resolves once `holds` is true: it is looked at now, and at each `changed`. */
export function createWaiters() {
  const waiting = new Set<() => void>();
  return {
    changed() {
      for (const look of waiting) look();
    },
    until: (holds: () => boolean) =>
      new Promise<void>((resolve) => {
        const look = () => {
          if (!holds()) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
      }),
  };
}

/** Collects what arrives; `until` resolves as soon as what has arrived is enough. */
export function createInbox<T>() {
  const { changed, until } = createWaiters();
  const items: T[] = [];
  return {
    items,
    put(item: T) {
      items.push(item);
      changed();
    },
    until: (enough: (items: T[]) => boolean) => until(() => enough(items)),
  };
}
