// What administrators do: stopping and resuming dealing for a user, or for everything here.
import { z } from 'zod';
import { Instant } from './primitives.ts';
import { SwitchedBy, SwitchPosition, SwitchReason } from './risk.ts';

/** Whom it is for: everybody, or one user. */
const For = z.discriminatedUnion('scope', [
  z.strictObject({ scope: z.literal('everything').describe('every account of this installation') }),
  z.strictObject({
    scope: z.literal('user').describe('all accounts of one user, also those connected later'),
    userId: z.string().min(1).max(60),
  }),
]);
export const HaltDealing = z.strictObject({
  for: For,
  dealingState: SwitchPosition.exclude(['active'])
    .default('halted')
    .describe('halted, or reduce_only; positions may be closed in both'),
  reason: SwitchReason.describe('why: told to every user that it holds for'),
});
export type HaltDealing = z.infer<typeof HaltDealing>;
export const ResumeDealing = z.strictObject({ for: For });
export type ResumeDealing = z.infer<typeof ResumeDealing>;

/** What administrators have set and not taken back. */
export const DealingHalts = z
  .object({
    halts: z.array(
      z.object({
        scope: z.enum(['everything', 'user']),
        userId: z.string().nullable(),
        dealingState: SwitchPosition,
        by: SwitchedBy,
        at: Instant,
        reason: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'DealingHalts' });
export type DealingHalts = z.infer<typeof DealingHalts>;
