// A part of the page that is loaded when it is first shown: nobody waits for it at the door.
import { lazy, type ComponentType } from 'react';

/** `what` begins the sentence that stands in its place where it cannot be loaded. */
export const lazyPart = <Props,>(what: string, load: () => Promise<{ default: ComponentType<Props> }>) =>
  lazy<ComponentType<Props>>(() =>
    load().catch(() => ({
      default: () => <p className="none">{what} could not be loaded: load the page again.</p>,
    })),
  );
