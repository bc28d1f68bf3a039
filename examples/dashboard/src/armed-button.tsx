// A button whose press asks for a second one: for what is not to be done by accident.
import type { MouseEvent } from 'react';
import { useArming } from './use-arming.ts';

interface ArmedButtonProps {
  text: string;
  /** What stands on it while it waits for the second press. */
  sure: string;
  /** What it does, for who cannot see what it stands beside: `close all positions`. */
  does: string;
  disabled?: boolean;
  className?: string;
  onPress(): void;
}

export function ArmedButton({ text, sure, does, disabled = false, className, onPress }: ArmedButtonProps) {
  const { armed, arm } = useArming();
  function press({ detail }: MouseEvent) {
    if (disabled || (armed && detail > 1)) return; // the second half of a double click is no second thought
    arm(!armed);
    if (armed) onPress();
  }
  return (
    <button
      type="button"
      className={[className, armed && 'armed'].filter(Boolean).join(' ') || undefined}
      aria-disabled={disabled}
      aria-label={armed ? `Press again to ${does}` : `${does.charAt(0).toUpperCase()}${does.slice(1)}`}
      onClick={press}
      onBlur={() => arm(false)}
    >
      {armed ? sure : text}
    </button>
  );
}
