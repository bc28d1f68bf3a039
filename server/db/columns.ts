// Column types the tables share: text ids, UTC instants.
import { text, timestamp } from 'drizzle-orm/pg-core';

/** A prefixed id made by lib/ids. */
export const id = (name = 'id') => text(name);
/** A UTC instant, millisecond precision, `Date` in code. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, precision: 3, mode: 'date' });
