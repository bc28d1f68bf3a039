// Notifications in a reader's words: how much one matters, and what a kind is called. Pure.
import type { Severity } from '../../../client/index.ts';

export const severityName: Record<Severity, string> = {
  info: 'Info',
  warning: 'Warning',
  critical: 'Critical',
};

/** `deal.accepted` → `Deal accepted`. */
export const kindTitle = (kind: string): string => {
  const words = kind.replaceAll(/[._]/g, ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
