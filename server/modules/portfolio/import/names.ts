// Names of a broker's file as the ledger takes them: instruments and notes. Pure.
import type { ImportOptions } from './profile.ts';

/** What the caller says it is called here; else its letters and digits, joined by underscores, the first 40. */
export function instrumentNamed(name: string, { instruments }: Pick<ImportOptions, 'instruments'>): string {
  const known = instruments.find((each) => each.name === name);
  if (known) return known.instrument;
  if (/^[A-Za-z0-9][A-Za-z0-9._:=^-]{0,39}$/.test(name)) return name;
  return name
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9.]+/g, '_')
    .replaceAll(/^[^A-Za-z0-9]+|_+$/g, '')
    .slice(0, 40);
}

/** As a note may be: without control characters, 200 characters at most. */
export const noteOf = (text: string): string =>
  text
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
    .trim();
