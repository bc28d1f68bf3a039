// A link inside the page: it goes one step on without loading anything, and is an ordinary link to whoever opens it in a tab of its own.
import type { ComponentProps } from 'react';
import type { Address } from './address.ts';
import { go, hrefOf } from './go.ts';

export function PageLink({ to, onClick, ...link }: { to: Address } & ComponentProps<'a'>) {
  return (
    <a
      href={hrefOf(to)}
      onClick={(event) => {
        onClick?.(event);
        if (location.pathname !== '/' || event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault(); // it is there already: nothing needs to be loaded
        go(to);
      }}
      {...link}
    />
  );
}
