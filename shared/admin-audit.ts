// The audit log as administrators read it.
import { z } from 'zod';
import { Instant, NextCursor, Page, PlainText, spanHasTime } from './primitives.ts';

export const ListAudit = z
  .object({
    userId: PlainText(60).optional().describe('who did it'),
    action: PlainText(100)
      .optional()
      .describe('a procedure such as auth.login, or all that begin so where it ends in a dot: auth.'),
    outcome: PlainText(100).optional().describe('started, ok, or an error code'),
    requestId: PlainText(100).optional(),
    from: Instant.optional().describe('of this instant or later'),
    to: Instant.optional().describe('before this instant'),
    ...Page.shape,
  })
  .refine(...spanHasTime);
export type ListAudit = z.infer<typeof ListAudit>;

export const AuditEntry = z
  .object({
    id: z.string(),
    at: Instant,
    userId: z.string().nullable().describe('null: nobody was signed in'),
    sessionId: z.string().nullable().describe('the login, or the id of the API key, that did it'),
    action: z.string(),
    subject: z
      .string()
      .nullable()
      .describe('whom it was about where nobody was signed in: the address a login tried'),
    requestId: z.string(),
    ip: z.string().nullable(),
    outcome: z.string().describe('started: a crash cut it off, or it is under way; ok; or an error code'),
    finishedAt: Instant.nullable(),
    before: z.unknown().describe('what was changed, as it stood before; without secrets, null where nothing'),
    after: z.unknown().describe('the same as it stood after'),
    place: z
      .number()
      .int()
      .nullable()
      .describe('its place in the sealed log, from 1 without a gap; null until it is sealed'),
    hash: z.string().nullable().describe('the seal: over the one at the place before and this row'),
  })
  .meta({ id: 'AuditEntry' });
export type AuditEntry = z.infer<typeof AuditEntry>;
export const AuditList = z
  .object({ entries: z.array(AuditEntry), nextCursor: NextCursor })
  .meta({ id: 'AuditList' });
export type AuditList = z.infer<typeof AuditList>;
