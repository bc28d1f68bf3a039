// The profiles of imports, and the rows of a file as one of them reads it. Pure.
import type { ImportProfile } from '../../../../shared/portfolio-import.ts';
import { RowProblem } from './cells.ts';
import { igProfile } from './ig.ts';
import { ownProfile } from './own.ts';
import type { Draft, ImportContext, ImportOptions, Profile } from './profile.ts';
import { UnreadableFile, type CsvFile } from './table.ts';
import { trading212Profile } from './trading-212.ts';

const profiles: Readonly<Record<ImportProfile, Profile>> = {
  ftrader: ownProfile,
  ig: igProfile,
  trading_212: trading212Profile,
};
const names = Object.keys(profiles) as ImportProfile[];

/** A row, and what it stands for or why it cannot be read. */
export type ReadRow = { row: number } & ({ drafts: Draft[] } | { problem: string } | { leftOut: true });

export interface ReadFile {
  /** In the order in which they count. */
  rows: ReadRow[];
  /** Columns of which nothing is read. */
  unread: string[];
}

/** Throws UnreadableFile for one that is not of this profile, and for a row in `leaveOut` that it does not have. */
export function readFile(
  { head, rows }: CsvFile,
  {
    profile: name,
    leaveOut,
    ...context
  }: ImportContext & { profile: ImportProfile; leaveOut: readonly number[] },
): ReadFile {
  const profile = profiles[name];
  const missing = missingColumns(profile, head, context);
  if (missing.length > 0) throw new UnreadableFile(notOfProfile(name, missing, head, context));
  const unknown = leaveOut.find((row) => !rows.some((each) => each.row === row));
  if (unknown !== undefined)
    throw new UnreadableFile(`has no row ${unknown}, which is in leaveOut: take it out of there`);
  const read = rows.map(({ row, cells }): ReadRow => {
    if (leaveOut.includes(row)) return { row, leftOut: true };
    try {
      return { row, drafts: profile.draftsOf((column) => cells.get(column) ?? '', context) };
    } catch (error) {
      if (!(error instanceof RowProblem)) throw error;
      return { row, problem: error.message };
    }
  });
  const reads = profile.reads(context, head);
  return {
    rows: profile.order === 'file' ? read : oldestFirst(read),
    unread: head.filter((column) => column !== '' && !reads.includes(column)),
  };
}

const missingColumns = (profile: Profile, head: readonly string[], options: ImportOptions) =>
  profile.required(options).filter((anyOf) => !anyOf.some((column) => head.includes(column)));

function notOfProfile(
  name: ImportProfile,
  [missing]: readonly (readonly string[])[],
  head: readonly string[],
  options: ImportOptions,
): string {
  const fits = names.find((other) => missingColumns(profiles[other], head, options).length === 0);
  const what = `is not ${profiles[name].name}, its head has no column ${missing!.map((column) => JSON.stringify(column)).join(' or ')}`;
  if (fits) return `${what}: it is ${profiles[fits].name}, so set profile to ${fits}`;
  return name === 'ftrader'
    ? `${what}: say in columns what its head calls it`
    : `${what}: export it again with all its columns, or set profile to ftrader and name the columns`;
}

/** Brokers write either way round; rows of one instant keep the order of the file, or the reverse of it. */
function oldestFirst(rows: ReadRow[]): ReadRow[] {
  const instants = rows.flatMap((row) => ('drafts' in row ? [row.drafts.at(-1)!.at.getTime()] : []));
  return instants.length > 1 && instants[0]! > instants.at(-1)! ? rows.toReversed() : rows;
}
