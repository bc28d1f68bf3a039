// What every kind of notification answers. The kinds are the other files here; ../kinds.ts lists them.
import type { z } from 'zod';

/** `info`: it went as asked · `warning`: worth a look · `critical`: look now. */
export type Severity = 'info' | 'warning' | 'critical';

export interface NotificationKind<Data> {
  /** What a notice of this kind is made from. */
  schema: z.ZodType<Data>;
  severity: Severity;
  /** What tells of channels themselves leaves by none. */
  inAppOnly?: true;
  /** One line that says it all, with its numbers. */
  title(data: Data): string;
  /** Whole sentences: what follows from it, and what to do. */
  body(data: Data): string;
}

/** Types the texts by the schema. */
export const notificationKind = <Data>(kind: NotificationKind<Data>): NotificationKind<Data> => kind;
