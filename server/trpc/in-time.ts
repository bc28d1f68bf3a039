// A call whose caller says how long it waits (`waitMs`) is answered by then, whatever is in the way. What it does goes on. Knows no procedure.
import { z } from 'zod';
import { AppError } from '../lib/app-error.ts';
import { systemClock } from '../lib/clock.ts';
import { answerWithin, TooLate } from '../lib/within.ts';
import { noting, type Call, type Resolve, type Terms } from './call.ts';
import { toTrpcError } from './errors.ts';

/** An answer is given at most a second after `waitMs`: this much is for what comes before and after the use case. */
export const graceMs = 950;

type Perform = (terms: Terms, resolve: Resolve, call: Call) => Promise<unknown>;

/**
 * `perform`, in time by the clock of the call where the input has a `waitMs`. What the use case has come to by then is the answer; if it
 * has not, for instance since the database stands still, server.unavailable: the same request again learns what became of it, by its
 * idempotency key.
 */
export function inTime(perform: Perform): Perform {
  return async (terms, resolve, call) => {
    const wait = waitOf(terms.input);
    if (!wait) return perform(terms, resolve, call);
    let reached: { output: unknown } | undefined;
    const noted = noting(resolve, (output) => void (reached = { output }));
    const raw = await call.getRawInput().catch(() => undefined); // what is wrong with it is told in its place
    const given = wait.safeParse((raw as { waitMs?: unknown } | null | undefined)?.waitMs);
    const ms = (given.success ? (given.data as number) : 0) + graceMs;
    try {
      return await answerWithin(call.ctx.clock ?? systemClock, ms, () => perform(terms, noted, call));
    } catch (error) {
      if (!(error instanceof TooLate)) throw error;
      if (reached) return terms.output ? terms.output.parse(reached.output) : reached.output;
      const message =
        'The server could not tell in time what became of this request. Repeat it with the same idempotency key.';
      throw toTrpcError(new AppError('server.unavailable', { message, detail: error.message }));
    }
  };
}

const waitOf = (input: z.ZodType | undefined): z.ZodType | undefined =>
  input instanceof z.ZodObject ? (input.shape as Record<string, z.ZodType>)['waitMs'] : undefined;
