// The limits of an account after somebody has changed some of them. Pure.
import { maxEpicLimits, type RiskLimits, type SetRiskLimits } from '../../../../shared/risk-limits.ts';
import { AppError } from '../../../lib/app-error.ts';
import { widerThan } from './bounds.ts';

type Given = Omit<SetRiskLimits, 'accountId'>;
const unbounded = { maxSize: null, maxExposure: null, maxOrdersPerMinute: null, maxOrdersPerDay: null };
/** Whether any limit of a market is set. */
export const isBound = ({ epic: _, ...limits }: NonNullable<Given['epics']>[number]): boolean =>
  Object.values(limits).some((limit) => limit != null);

/** What is left out stays, null goes. Throws request.invalid for a limit of a market that is wider than the account's, and for too many markets. */
export function changedLimits(
  { epics: before, ...previous }: RiskLimits,
  { epics = [], ...given }: Given,
): RiskLimits {
  const account = changed(previous, given);
  const byEpic = new Map(before.map((each) => [each.epic, each]));
  for (const [index, { epic, ...asked }] of epics.entries()) {
    const [wider] = widerThan(account, asked);
    if (wider)
      throw new AppError('request.invalid', {
        fields: {
          [`epics[${index}].${wider}`]: `is ${asked[wider]}, above the account’s ${account[wider]}, which holds as well: a market’s limit can only be narrower`,
        },
      });
    byEpic.set(epic, changed(byEpic.get(epic) ?? { epic, ...unbounded }, asked));
  }
  const all = [...byEpic.values()].filter(isBound);
  if (all.length > maxEpicLimits)
    throw new AppError('request.invalid', {
      fields: {
        epics: `there would be ${all.length} markets with limits, ${maxEpicLimits} at most: take one away first`,
      },
    });
  return { ...account, epics: all.sort((one, two) => (one.epic < two.epic ? -1 : 1)) };
}

/** Undefined changes nothing. */
const changed = <Limits extends object>(
  limits: Limits,
  given: { [Name in keyof Limits]?: Limits[Name] | undefined },
): Limits => ({
  ...limits,
  ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
});
