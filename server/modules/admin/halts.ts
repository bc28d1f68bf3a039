// Stopping and resuming dealing for a user, or for everything here.
import type { DealingHalts, HaltDealing, ResumeDealing } from '../../../shared/admin.ts';
import { AppError } from '../../lib/app-error.ts';
import type { Dealing, Users, Whom } from './ports.ts';

export type Halts = ReturnType<typeof createHalts>;

export function createHalts({ dealing, users }: { dealing: Dealing; users: Users }) {
  /** Throws admin.user_not_found: a halt for nobody would look like one that holds. */
  async function whom(given: HaltDealing['for']): Promise<Whom> {
    if (given.scope === 'everything') return given;
    if (!(await users.exists(given.userId))) throw new AppError('admin.user_not_found');
    return { scope: 'administrator', userId: given.userId };
  }
  const told = async (): Promise<DealingHalts> => ({ halts: await dealing.halts() });
  return {
    list: told,
    /** Throws admin.user_not_found. Gives all that administrators have set by then. */
    async halt({ for: given, dealingState, reason }: HaltDealing): Promise<DealingHalts> {
      await dealing.setDealingState(await whom(given), { dealingState, by: 'administrator', reason });
      return told();
    },
    /** What users have set for themselves stays. Throws admin.user_not_found. */
    async resume({ for: given }: ResumeDealing): Promise<DealingHalts> {
      const set = { dealingState: 'active', by: 'administrator', reason: null } as const;
      await dealing.setDealingState(await whom(given), set);
      return told();
    },
  };
}
