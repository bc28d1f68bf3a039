// The heading of a view: the focus goes to it when somebody comes from another view, and the tab is called after it.
import { createContext, useContext, useEffect, useRef, type ReactNode, type RefObject } from 'react';
import type { Environment } from '../../../client/index.ts';
import { environmentName } from './account-words.ts';

/** Whose money the page is about; undefined while nobody is signed in, or has no account. */
export const MoneyContext = createContext<Environment | undefined>(undefined);
/** The view that had its heading focused last. */
const SeenContext = createContext({ view: '' });

interface ViewTitleProps {
  /** The views that differ by their `view` are other places. */
  view: string;
  /** On the tab; the heading's own text where it is left out. */
  tab?: string | undefined;
  id?: string;
  className?: string;
  children: ReactNode;
  heading?: RefObject<HTMLHeadingElement | null>;
}

export function ViewTitle({ view, tab, children, heading, ...rest }: ViewTitleProps) {
  const own = useRef<HTMLHeadingElement>(null);
  const title = heading ?? own;
  const seen = useContext(SeenContext);
  const money = useContext(MoneyContext);
  useEffect(() => {
    const isFirst = seen.view === '';
    if (seen.view === view) return;
    seen.view = view;
    if (!isFirst) title.current?.focus();
  }, [seen, title, view]);
  useEffect(() => {
    const name = tab ?? title.current?.textContent ?? '';
    document.title = `${money ? `[${environmentName[money]}] ` : ''}${name} · FTrader`;
  }, [money, tab, title, children]);
  useEffect(() => {
    // One shape for each: they are told apart without their colours.
    document
      .querySelector('link[rel=icon]')
      ?.setAttribute('href', money ? `/icon-${money}.svg` : '/icon.svg');
  }, [money]);
  return (
    <h1 ref={title} tabIndex={-1} {...rest}>
      {children}
    </h1>
  );
}
