// What a walk found, as a document that may be shown to anybody. Pure: it is made of shapes, which hold no values.
import { isGrave, type Difference, type Observed } from './shapes.ts';

export interface ContractReport {
  format: 'ftrader-ig-contract-1';
  at: string;
  environment: string;
  /** The market dealt in. */
  epic: string;
  /** None of the differences breaks a reader of ours. */
  holds: boolean;
  /** The position or the order may still be there: its owner is to close it by hand. */
  leftOpen: boolean;
  differences: Difference[];
  observed: Observed[];
}

const words: Record<Difference['kind'], string> = {
  status: 'another status',
  code: 'another error code',
  header: 'a header is missing',
  missing: 'a field is missing',
  new: 'a field we do not know',
  type: 'another kind of value',
  null: 'empty on one side only',
  'not seen': 'not tried',
};

/** The same for people, in Markdown. */
export function reportText({ at, environment, epic, differences, observed }: ContractReport): string {
  const rows = (all: readonly Difference[]) =>
    all.map(
      ({ step, call, kind, path, expected, found }) =>
        `| ${step} | \`${call}\` | ${words[kind]} | ${path === '' ? '' : `\`${path}\``} | ${expected} | ${found} |`,
    );
  const table = (title: string, all: readonly Difference[]) =>
    all.length === 0
      ? []
      : [
          `## ${title}`,
          '',
          '| step | call | what | where | the simulator | this broker |',
          '|---|---|---|---|---|---|',
          ...rows(all),
          '',
        ];
  const grave = differences.filter(isGrave);
  return [
    `# What IG ${environment} answers, against what FTrader expects`,
    '',
    `Walked at ${at} with the market ${epic}. It holds kinds of values only: no key, name, number or id of anybody.`,
    grave.length === 0
      ? 'Everything that FTrader reads is there, in the kind it expects.'
      : `${grave.length} ${grave.length === 1 ? 'difference' : 'differences'} may break FTrader. Please send this file.`,
    '',
    ...table('Differences', grave),
    ...table(
      'Worth knowing',
      differences.filter((each) => !isGrave(each)),
    ),
    '## What was walked',
    '',
    '| step | call | status | error code |',
    '|---|---|---|---|',
    ...observed.map(
      ({ step, call, status, code }) =>
        `| ${step} | \`${call}\` | ${status ?? 'no answer'} | ${code ?? ''} |`,
    ),
    '',
  ].join('\n');
}
