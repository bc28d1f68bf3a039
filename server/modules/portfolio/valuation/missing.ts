// What is missing, told once each. Pure.
import type { Missing } from '../../../../shared/portfolio.ts';

/** In the order in which each was missed first. */
export const eachOnce = (missing: readonly Missing[]): Missing[] => [
  ...new Map(missing.map((each) => [`${each.what} ${each.of} ${each.on}`, each])).values(),
];
