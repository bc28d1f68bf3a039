// What is asked for again and again, and only while somebody can see it.

/** Runs `read` now and then every `everyMs` while the page can be seen, and at once when it can be seen again. Returns how to stop. */
export function whileVisible(read: () => void, everyMs: number): () => void {
  let timer: ReturnType<typeof setInterval> | undefined;
  const look = () => {
    clearInterval(timer);
    timer = undefined;
    if (document.visibilityState !== 'visible') return;
    read();
    timer = setInterval(read, everyMs);
  };
  look();
  document.addEventListener('visibilitychange', look);
  return () => {
    document.removeEventListener('visibilitychange', look);
    clearInterval(timer);
  };
}
