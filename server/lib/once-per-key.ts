// What an idempotency key promises: done once, answered again as often as it is asked. Where keys are kept is the caller's. No trading word lives here.
import type { ErrorCode } from '../../shared/errors.ts';
import { AppError } from './app-error.ts';

export interface OncePerKey<Done extends { requestHash: string }, Result> {
  /** By which a repeated request is recognised as the same one (lib/request-hash.ts). */
  requestHash: string;
  /** What the key stands for already: asked before, and asked again where somebody was faster. */
  found: Promise<Done | undefined>;
  find(): Promise<Done | undefined>;
  /** The answer to a repeated request. */
  replay(done: Done): Promise<Result>;
  /** Does it; undefined when the key was taken meanwhile by a request that was faster, and nothing was done. */
  perform(): Promise<Result | undefined>;
  /** Of the error for a key that stands for another request. */
  reused: ErrorCode;
}

/** Performs a request unless its key was used, and gives the answer either way. Throws `reused`, before anything is done. */
export async function oncePerKey<Done extends { requestHash: string }, Result>({
  requestHash,
  found,
  find,
  replay,
  perform,
  reused,
}: OncePerKey<Done, Result>): Promise<Result> {
  const again = async (standing: Promise<Done | undefined>): Promise<{ answer: Result } | undefined> => {
    const done = await standing;
    if (done && done.requestHash !== requestHash) throw new AppError(reused);
    return done && { answer: await replay(done) };
  };
  const earlier = await again(found);
  if (earlier) return earlier.answer;
  const result = await perform();
  if (result !== undefined) return result;
  const faster = await again(find());
  if (!faster) throw new Error('invariant: a key that was taken stands for nothing');
  return faster.answer;
}
