// What makes a request safe to repeat: its key, and which of its fields say how it is answered and not what is asked for.
import { z } from 'zod';

/** Schemas of fields that are no part of what is asked for: a repetition may change them. `.register(control)` marks one. */
export const control = z.registry();

/** A new one for each intent, the same one to repeat it. In an input it is the field `idempotencyKey`; REST has it as a header. */
export const IdempotencyKey = z
  .string({
    error: ({ input }) =>
      input === undefined
        ? 'is required: send a new one for each intent, over REST in the header Idempotency-Key'
        : undefined,
  })
  .min(8, 'must have at least 8 characters')
  .max(100)
  .regex(/^[\x21-\x7e]+$/, 'may hold visible ASCII only')
  .register(control);
