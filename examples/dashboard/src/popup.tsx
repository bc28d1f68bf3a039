// A button and what it opens: a panel that closes with Escape, with a press elsewhere and when the focus leaves it.
import { useEffect, useId, useRef, useState, type ReactNode } from 'react';

interface PopupProps {
  className: string;
  /** What the button is called where its content does not say it. */
  label?: string;
  title?: string;
  /** The panel's name. */
  panelLabel: string;
  button: ReactNode;
  children: ReactNode | ((close: () => void) => ReactNode);
}

export function Popup({ className, label, title, panelLabel, button, children }: PopupProps) {
  const [open, setOpen] = useState(false);
  const id = useId();
  const whole = useRef<HTMLSpanElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    setOpen(false);
    opener.current?.focus();
  };
  useEffect(() => {
    if (!open) return;
    const elsewhere = (event: PointerEvent) => {
      if (!whole.current?.contains(event.target as Node)) setOpen(false);
    };
    document.addEventListener('pointerdown', elsewhere);
    return () => document.removeEventListener('pointerdown', elsewhere);
  }, [open]);
  return (
    <span
      className={`popup ${className}`}
      ref={whole}
      onBlur={(event) => {
        if (event.relatedTarget && !event.currentTarget.contains(event.relatedTarget)) setOpen(false);
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !open) return;
        event.stopPropagation(); // what lies around it stays open
        close();
      }}
    >
      <button
        type="button"
        ref={opener}
        aria-expanded={open}
        aria-controls={id}
        aria-label={label}
        title={title}
        onClick={() => setOpen(!open)}
      >
        {button}
      </button>
      {open && (
        <div className="panel" id={id} role="group" aria-label={panelLabel}>
          {typeof children === 'function' ? children(close) : children}
        </div>
      )}
    </span>
  );
}
