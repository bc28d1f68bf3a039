// Whether there is room for a rail; as in styles/market.css.
import { useSyncExternalStore } from 'react';

const narrow = matchMedia('(max-width: 1000px)');

export const useNarrow = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      narrow.addEventListener('change', listener);
      return () => narrow.removeEventListener('change', listener);
    },
    () => narrow.matches,
  );
