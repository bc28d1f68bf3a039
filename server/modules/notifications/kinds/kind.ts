// What every kind of notification answers. The kinds are the other files here; ../kinds.ts lists them.
import type { z } from 'zod';
import type { Severity } from '../../../../shared/notifications.ts';

export interface NotificationKind<Data> {
  /** What a notice of this kind is made from. */
  schema: z.ZodType<Data>;
  severity: Severity;
  /** What tells of channels themselves leaves by none. */
  inAppOnly?: true;
  /** Whoever causes it mails it too: by the e-mail channel it goes only to who asks for that. */
  isMailedAlready?: true;
  /** One line that says it all, with its numbers. */
  title(data: Data): string;
  /** Whole sentences: what follows from it, and what to do. */
  body(data: Data): string;
}

/** Types the texts by the schema. */
export const notificationKind = <Data>(kind: NotificationKind<Data>): NotificationKind<Data> => kind;
