// A button that asks for a second press, and forgets the first after a while.
import { useEffect, useRef, useState } from 'react';

/** A first press waits this long for the second. */
const confirmMs = 5_000;

export function useArming(): { armed: boolean; arm(on: boolean): void } {
  const [armed, setArmed] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  return {
    armed,
    arm(on) {
      clearTimeout(timer.current);
      setArmed(on);
      if (on) timer.current = setTimeout(() => setArmed(false), confirmMs);
    },
  };
}
