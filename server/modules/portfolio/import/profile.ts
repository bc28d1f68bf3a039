// What a profile of an import answers: whose file it is, and which transactions a row of it stands for.
import type { ImportFile } from '../../../../shared/portfolio-import.ts';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';

/** A transaction as a row tells it. */
export interface Draft {
  at: Date;
  /** As they were read: the schema of terms has not seen them yet. Lots name rows by their keys. */
  terms: { kind: TransactionTerms['kind'] } & Readonly<Record<string, unknown>>;
  note: string | null;
  /** By which other rows name it. */
  key?: string | undefined;
  /** The key of what it takes back. */
  reverses?: string | undefined;
}
export type ImportOptions = Omit<ImportFile, 'id' | 'profile' | 'csv' | 'leaveOut'>;
export interface ImportContext extends ImportOptions {
  /** Of the portfolio. */
  baseCurrency: string;
  zoneOfPortfolio: string;
}
/** The text of a cell by the name of its column; empty where the file has no such column. */
export type Cells = (column: string) => string;

export interface Profile {
  /** Whose file it is, in a sentence. */
  name: string;
  /** Columns without which it is no such file: one of each group must be there. */
  required(options: ImportOptions): readonly (readonly string[])[];
  /** All that it reads. */
  reads(options: ImportOptions, head: readonly string[]): readonly string[];
  /** `file`: rows are in the order in which they count. `oldest first`: they are put into it. */
  order: 'file' | 'oldest first';
  /** What a row stands for, one at least. Throws RowProblem. */
  draftsOf(cells: Cells, context: ImportContext): Draft[];
}
