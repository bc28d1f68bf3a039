// The rules of an authenticator's codes (RFC 6238: SHA-1, 6 digits, 30 s), which every app knows. No I/O.
import { Secret, TOTP } from 'otpauth';

const issuer = 'FTrader';
const rule = { algorithm: 'SHA1', digits: 6, period: 30 } as const;
const stepMs = rule.period * 1_000;
/** Steps before and after the present one whose codes are taken too: clocks differ, and typing takes a while. */
const windowSteps = 1;
/** 160 bits, as RFC 4226 recommends. */
const secretBytes = 20;

/** The secret of an authenticator in base32, made of a random text of `ids.secret()`. */
export const makeTotpSecret = (random: string): string =>
  new Secret({
    buffer: new Uint8Array(Buffer.from(random, 'base64url').subarray(0, secretBytes)).buffer,
  }).base32;

/** What an authenticator is set up by: `otpauth://totp/FTrader:ann@example.com?…`. */
export const totpUri = (secret: string, label: string): string =>
  new TOTP({ ...rule, issuer, label, secret: Secret.fromBase32(secret) }).toString();

/** The code that an authenticator shows at an instant. */
export const totpCode = (secret: string, at: Date): string =>
  TOTP.generate({ ...rule, secret: Secret.fromBase32(secret), timestamp: at.getTime() });

/** The newest time step whose code may be given at `now`. */
export const newestStep = (now: Date): number => Math.floor(now.getTime() / stepMs) + windowSteps;

/**
 * The time step that a code is of; null for one of no step near `now`, and for one of `lastStep` or before it, which was used. A
 * `lastStep` beyond the newest one was stored by a clock that was ahead, and says nothing.
 */
export function stepOf(
  secret: string,
  code: string,
  { now, lastStep }: { now: Date; lastStep: number | null },
): number | null {
  const delta = TOTP.validate({
    ...rule,
    token: code,
    secret: Secret.fromBase32(secret),
    timestamp: now.getTime(),
    window: windowSteps,
  });
  if (delta === null) return null;
  const newest = newestStep(now);
  const step = newest - windowSteps + delta;
  const isUsed = lastStep !== null && lastStep <= newest && step <= lastStep;
  return isUsed ? null : step;
}
