// A contribution's share of the return of a period: the contribution as a term, and the average capital with its flows. Pure.
import type { Explanation } from '../../../../shared/portfolio-explain.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import type { PerformanceQuestion } from '../performance/period.ts';
import { isEmpty, listed } from './draft.ts';
import { explainOfPeriod } from './of-period.ts';
import { explainRatio, type ExplainedRatio, type WithoutCommon } from './of-returns.ts';

type Share = Extract<Explanation, { figure: 'contributionShare' }>;

/** Undefined where nothing is `of` it. `entries` are those up to the end of the period; `limit` terms, and flows, are listed at most. */
export function explainShare(
  entries: readonly LedgerEntry[],
  asked: PerformanceQuestion,
  of: string,
  limit: number,
): WithoutCommon<Share> | undefined {
  const { term } = explainOfPeriod('contribution', entries, asked, of);
  if (isEmpty(term)) return undefined;
  const dietz = explainRatio('modifiedDietz', entries, asked, limit) as ExplainedRatio<'modifiedDietz'>;
  const isKnown = dietz.value !== null && term.value !== null;
  return {
    ...dietz,
    figure: 'contributionShare',
    formula: 'contribution ÷ averageCapital',
    value: isKnown ? Number(term.value) / dietz.averageCapital! : null,
    reason: isKnown ? null : dietz.reason,
    term: listed(term, limit),
  };
}
