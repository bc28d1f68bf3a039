// The ways to the palette of commands and to the list of shortcuts: a button in the head, and keys.
import { Suspense, useEffect, useState, type ComponentProps } from 'react';
import { Icon } from './icon.tsx';
import { lazyPart } from './lazy-part.tsx';
import { Modal } from './modal.tsx';
import type Palette from './palette.tsx';

type PaletteProps = ComponentProps<typeof Palette>;
const LazyPalette = lazyPart<PaletteProps>('The commands', () => import('./palette.tsx'));

const isMac = navigator.platform.startsWith('Mac');
const shortcuts: [keys: string, does: string][] = [
  [isMac ? '⌘ K' : 'Ctrl K', 'Commands: views, markets, tickets, positions, orders'],
  ['?', 'This list'],
  ['/', 'To the search for a market, on the page of prices'],
  ['↑ ↓', 'Through a list that is open'],
  ['Enter', 'Does what is chosen; in a ticket it deals'],
  ['Esc', 'Closes what is open'],
];
const isTypedInto = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');

export function CommandsButton(props: Omit<PaletteProps, 'onClose' | 'onShortcuts'>) {
  const [open, setOpen] = useState<'palette' | 'shortcuts'>();
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent) {
      const { key, metaKey, ctrlKey, altKey, target } = event;
      if (key.toLowerCase() === 'k' && (metaKey || ctrlKey) && !altKey)
        setOpen((before) => (before === 'palette' ? undefined : 'palette'));
      else if (metaKey || ctrlKey || altKey || isTypedInto(target)) return;
      else if (key === '?') setOpen('shortcuts');
      else if (key === '/') document.querySelector<HTMLElement>('.search input')?.focus();
      else return;
      event.preventDefault();
    }
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
  const close = () => setOpen(undefined);
  return (
    <>
      <button
        type="button"
        className="commands"
        aria-label="Commands"
        aria-keyshortcuts={isMac ? 'Meta+K' : 'Control+K'}
        title={`Commands (${shortcuts[0]![0]})`}
        onClick={() => setOpen('palette')}
      >
        <Icon path="M10.5 17.5a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM15.5 15.5l5 5" />
        <kbd aria-hidden="true">{shortcuts[0]![0]}</kbd>
      </button>
      {open === 'palette' && (
        <Suspense>
          <LazyPalette {...props} onClose={close} onShortcuts={() => setOpen('shortcuts')} />
        </Suspense>
      )}
      {open === 'shortcuts' && (
        <Modal label="Shortcuts" className="shortcuts" onClose={close}>
          <h2>Shortcuts</h2>
          <dl>
            {shortcuts.map(([keys, does]) => (
              <div key={keys}>
                <dt>
                  <kbd>{keys}</kbd>
                </dt>
                <dd>{does}</dd>
              </div>
            ))}
          </dl>
          <button type="button" onClick={close}>
            Close
          </button>
        </Modal>
      )}
    </>
  );
}
