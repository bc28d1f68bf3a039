// A list whose rows are put in order, by a press of an arrow beside each. The focus goes along with the row that moves.
import { useLayoutEffect, useRef, type ReactNode } from 'react';

interface Row {
  id: string;
  name: string;
  content: ReactNode;
}

/** `onMove` is given the place that the row is to have; 0 is the first. */
export function OrderedList({
  label,
  rows,
  onMove,
}: {
  label: string;
  rows: readonly Row[];
  onMove(id: string, place: number): void;
}) {
  const list = useRef<HTMLUListElement>(null);
  const pressed = useRef<{ id: string; step: number }>(undefined);
  const order = rows.map(({ id }) => id).join();
  useLayoutEffect(() => {
    const { id, step } = pressed.current ?? {};
    pressed.current = undefined;
    // A row that is put elsewhere in the document loses the focus.
    if (id === undefined || list.current?.contains(document.activeElement)) return;
    list.current
      ?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"] [data-step="${step}"]`)
      ?.focus({ preventScroll: true });
  }, [order]);
  return (
    <ul className="ordered" aria-label={label} ref={list}>
      {rows.map(({ id, name, content }, at) => (
        <li key={id} data-row={id}>
          {content}
          {([-1, 1] as const).map((step) => {
            const isEnd = rows[at + step] === undefined;
            return (
              <button
                key={step}
                type="button"
                className="plain"
                data-step={step}
                aria-label={`Move ${name} ${step < 0 ? 'up' : 'down'}`}
                aria-disabled={isEnd}
                onClick={() => {
                  if (isEnd) return;
                  pressed.current = { id, step };
                  onMove(id, at + step);
                }}
              >
                {step < 0 ? '↑' : '↓'}
              </button>
            );
          })}
        </li>
      ))}
    </ul>
  );
}
