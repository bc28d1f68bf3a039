// A second press belongs to what the first one hit: a double click whose second half falls on something that has come under the pointer
// meanwhile does nothing, and a key that is held down presses once.

const pressable = 'button, a, input, select, label, summary';

/** For the whole page, once. Returns how to stop. */
export function guardSecondPress(page: Document): () => void {
  let first: Element | null = null;
  const click = (event: MouseEvent) => {
    if (event.detail === 0) return; // by keyboard
    const hit = event.target instanceof Element ? event.target.closest(pressable) : null;
    if (event.detail === 1) first = hit;
    else if (hit && hit !== first) refuse(event);
  };
  const keyDown = (event: KeyboardEvent) => {
    if (event.repeat && event.key === 'Enter') refuse(event);
  };
  const refuse = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  page.addEventListener('click', click, true);
  page.addEventListener('keydown', keyDown, true);
  return () => {
    page.removeEventListener('click', click, true);
    page.removeEventListener('keydown', keyDown, true);
  };
}
