// What a signal says, and whether its terms let it through, as plain functions. Counting, dealing and telling are elsewhere.
import { hash, timingSafeEqual } from 'node:crypto';
import type { z } from 'zod';
import { decimal } from '../../../shared/decimal.ts';
import { ClosePosition, OpenPosition } from '../../../shared/deal-requests.ts';
import { CloseSignal, SaidSignal, SignalTime, type ReceiveSignal } from '../../../shared/signals.ts';
import { AppError } from '../../lib/app-error.ts';
import { requestHash } from '../../lib/request-hash.ts';
import { problemsOf } from '../../trpc/problems.ts';
import type { SignalRow } from './store.ts';

const sha256 = (text: string) => hash('sha256', text, 'hex');
/** A new secret, which is shown once, and what is kept of it: 256 bits that nobody can guess need no slow hash. */
export function makeSecret(ids: { secret(): string }): { secret: string; secretHash: string } {
  const secret = `fts_${ids.secret()}`;
  return { secret, secretHash: sha256(secret) };
}
/** Takes as long for a signal that there is not: who guesses does not learn which there are. */
export const isSecretOf = (row: Pick<SignalRow, 'secretHash'> | undefined, secret: string): boolean =>
  timingSafeEqual(
    Buffer.from(sha256(secret), 'hex'),
    Buffer.from(row?.secretHash ?? sha256('of no signal'), 'hex'),
  ) && row !== undefined;

/** A signal as it can be dealt. `key`: of the deal; the same signal again has the same. */
export type Asked = { at: Date; key: string } & (
  { action: 'open'; order: OpenPosition } | { action: 'close'; epic: string }
);
type Sent = Omit<ReceiveSignal, 'id' | 'secret'>;
type Terms = Pick<
  SignalRow,
  'id' | 'accountId' | 'scopes' | 'epics' | 'maxSize' | 'windowSeconds' | 'dryRun' | 'state'
>;

const hashOfOpening = requestHash(OpenPosition, 'signal to open');
const hashOfClosing = requestHash(CloseSignal, 'signal to close');

/** Reads what was sent. Throws request.invalid that names every field which cannot be had. */
export function askedBy(terms: Terms, given: Sent, waitMs: number): Asked {
  const said = SaidSignal.safeParse(given);
  if (said.error)
    throw new AppError('request.invalid', { fields: problemsOf(said.error, given, SaidSignal) });
  const { at, key, ...fields } = said.data;
  const sent: typeof fields = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  );
  const action = sent.action?.toLowerCase();
  if (action !== 'open' && action !== 'close')
    throw new AppError('request.invalid', { fields: { action: 'must be open or close' } });
  const time = SignalTime.safeParse({ at, key });
  if (action === 'close') {
    const closing = CloseSignal.safeParse({ ...sent, action });
    refuseUnread([time, SignalTime], [closing, CloseSignal], sent);
    const content = hashOfClosing(closing.data!);
    return { action, epic: closing.data!.epic, ...dated(terms, content, time.data!) };
  }
  const { action: _open, direction, ...rest } = sent;
  const opening = OpenPosition.safeParse({
    ...rest,
    direction: direction?.toUpperCase(),
    accountId: terms.accountId,
    // Kept on the deal and on what it opens: which signal it was. Of the id, since a repeat must say the same.
    note: `Signal ${terms.id}`,
    idempotencyKey: 'made-of-it-below',
    waitMs,
  });
  refuseUnread([time, SignalTime], [opening, OpenPosition], sent);
  const found = dated(terms, hashOfOpening(opening.data!), time.data!);
  return { action, order: { ...opening.data!, idempotencyKey: found.key }, ...found };
}

type Read<T> = [z.ZodSafeParseResult<T>, z.ZodType];
function refuseUnread(time: Read<unknown>, said: Read<unknown>, sent: object): void {
  const fields = Object.assign(
    {},
    ...[said, time].map(([{ error }, schema]) => error && problemsOf(error, sent, schema)),
  ) as Record<string, string>;
  if (Object.keys(fields).length > 0) throw new AppError('request.invalid', { fields });
}

/** A dry run has keys of its own: what it answered deals nothing later. */
function dated({ id, dryRun }: Terms, content: string, { at, key }: z.output<typeof SignalTime>) {
  const instant = new Date(at);
  const name = key === undefined ? `${content} ${instant.toISOString()}` : `key ${key}`;
  return { at: instant, key: `${id}${dryRun ? ':dry' : ''}:${sha256(name).slice(0, 40)}` };
}

/** The request that closes: to a net size of nothing in its market. */
export const closingOf = (
  { accountId, id }: Terms,
  { epic, key }: { epic: string; key: string },
  waitMs: number,
) => ({
  accountId,
  epic,
  netSize: '0',
  note: `Signal ${id}`,
  idempotencyKey: key,
  waitMs,
});
export const asksToClose = (accountId: string, dealId: string) =>
  ({ accountId, dealId }) satisfies Partial<z.input<typeof ClosePosition>>;

/** Throws signals.not_allowed, signals.not_in_time. */
export function refuseBeyond(terms: Terms, asked: Asked, now: Date): void {
  const refuse = (message: string) => {
    throw new AppError('signals.not_allowed', { message });
  };
  const scope = asked.action === 'open' ? 'trade:open' : 'trade:close';
  if (!terms.scopes.includes(scope))
    refuse(`This signal may not ${asked.action}: it lacks the scope ${scope}.`);
  const epic = asked.action === 'open' ? asked.order.epic : asked.epic;
  if (!terms.epics.includes(epic))
    refuse(`This signal does not deal in ${epic}, but in ${terms.epics.join(', ')}.`);
  if (asked.action === 'open' && decimal.compare(asked.order.size, terms.maxSize) > 0)
    refuse(
      `A size of ${asked.order.size} is more than the ${decimal.canonical(terms.maxSize)} that one signal may open.`,
    );
  const awayMs = Math.abs(now.getTime() - asked.at.getTime());
  if (awayMs > terms.windowSeconds * 1_000)
    throw new AppError('signals.not_in_time', {
      message: `This signal is of ${asked.at.toISOString()}, ${Math.round(awayMs / 1_000)} s away from the time here, and ${terms.windowSeconds} s are let through.`,
    });
}
