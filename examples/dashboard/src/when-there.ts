// Going to something that another view is about to show.

/** It is given up after this long: whoever asked has seen by then that it is not there. */
const givenUpAfterMs = 10_000;

/** Calls `then` once with the first element that fits, as soon as there is one. */
export function whenThere(selector: string, then: (found: HTMLElement) => void): void {
  const look = () => {
    const found = document.querySelector<HTMLElement>(selector);
    if (!found) return false;
    stop();
    then(found);
    return true;
  };
  const observer = new MutationObserver(look);
  const timer = setTimeout(() => observer.disconnect(), givenUpAfterMs);
  const stop = () => {
    clearTimeout(timer);
    observer.disconnect();
  };
  if (!look()) observer.observe(document.body, { childList: true, subtree: true });
}

/** Brings a control into view and gives it the focus; the next press is its own. */
export const focusThere = (selector: string): void =>
  whenThere(selector, (found) => {
    found.scrollIntoView({ block: 'center' });
    found.focus({ preventScroll: true });
  });
