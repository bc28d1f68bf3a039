// A part of a view, in a sheet of its own, and the links to the parts. Whoever comes by a part's address is taken to it.
import { useEffect, useId, useRef, type ReactNode } from 'react';
import type { Address } from './address.ts';
import { PageLink } from './page-link.tsx';

interface SectionProps {
  title: string;
  /** The address asks for it. */
  isAsked: boolean;
  children: ReactNode;
}

export function Section({ title, isAsked, children }: SectionProps) {
  const id = useId();
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (!isAsked) return;
    heading.current?.scrollIntoView({ block: 'start' });
    heading.current?.focus({ preventScroll: true });
  }, [isAsked]);
  return (
    <section className="sheet" aria-labelledby={id}>
      <h2 id={id} ref={heading} tabIndex={-1}>
        {title}
      </h2>
      {children}
    </section>
  );
}

interface PartLinksProps<Part extends string> {
  label: string;
  parts: Record<Part, string>;
  asked: Part | undefined;
  to(part: Part): Address;
}
export const PartLinks = <Part extends string>({ label, parts, asked, to }: PartLinksProps<Part>) => (
  <nav className="parts" aria-label={label}>
    {(Object.entries(parts) as [Part, string][]).map(([part, text]) => (
      <PageLink key={part} to={to(part)} aria-current={part === asked ? 'true' : undefined}>
        {text}
      </PageLink>
    ))}
  </nav>
);
