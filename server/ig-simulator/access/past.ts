// How the past of a new account is written down: its shape. Whether it can have been is the desk's to say.
import { z } from 'zod';

const maxTrades = 400;
const figure = z.string().regex(/^\d{1,9}(\.\d{1,8})?$/);
const instantMs = z.iso.datetime().transform((text) => Date.parse(text));
const Trade = z
  .strictObject({
    dealReference: z.string().regex(/^[A-Za-z0-9_-]{1,30}$/),
    openedAt: instantMs,
    closedAt: instantMs,
    epic: z.string().max(40),
    direction: z.enum(['BUY', 'SELL']),
    size: figure,
    stopDistance: figure.optional(),
    limitDistance: figure.optional(),
  })
  .transform(({ openedAt: openMs, closedAt: closeMs, ...trade }) => ({ openMs, closeMs, ...trade }));

/** Instants are RFC 3339; a trade names its reference, and is closed at `closedAt` unless its stop or limit was reached before. */
export const WrittenPast = z
  .strictObject({ since: instantMs, trades: z.array(Trade).max(maxTrades) })
  .transform(({ since: sinceMs, trades }) => ({ sinceMs, trades }));
