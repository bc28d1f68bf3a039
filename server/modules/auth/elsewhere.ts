// Whether a login comes from a device or network that its user is not signed in on. What is done about it is service.ts's.
import { ageMs } from '../../lib/instants.ts';
import { isLoopbackHost } from '../../lib/loopback.ts';
import { networkOf } from '../../lib/network-of.ts';

/** An account that is younger is not told of its first login. */
const newAccountMs = 24 * 3_600_000;
/** What tells a device from others: its browser or program, and its network. */
interface Device {
  ip: string | null;
  userAgent: string | null;
}
/** Whether none of the logins there are is of this device; without one nothing is known of it. All programs of the server's own machine are one. */
export function isElsewhere(
  { ip, userAgent }: { ip: string; userAgent: string | undefined },
  logins: readonly Device[],
  { createdAt, now }: { createdAt: Date; now: Date },
): boolean {
  if (logins.length === 0) return ageMs(createdAt, now) > newAccountMs;
  const agent = keptAgent(userAgent);
  const isHere = [ip, networkOf(ip)].some(isLoopbackHost);
  return !logins.some(
    (login) =>
      login.ip !== null && networkOf(login.ip) === networkOf(ip) && (isHere || login.userAgent === agent),
  );
}

/** Longest User-Agent kept. */
const maxUserAgent = 300;
export const keptAgent = (userAgent: string | undefined): string | null =>
  userAgent?.slice(0, maxUserAgent) ?? null;
