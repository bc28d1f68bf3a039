// Whom a limit per address counts. No trading word lives here.
import { isIPv6 } from 'node:net';

/**
 * The network of an address: an IPv4 address is its own, also written as IPv6 (`::ffff:192.0.2.1`); of an IPv6 address it is the first 64
 * bits (`2001:db8:1:2`), since one customer holds all of those. What is no address is its own network.
 */
export function networkOf(address: string): string {
  const bare = address.replace(/%.*$/, ''); // the zone of a link-local address is this machine's name for it
  if (!isIPv6(bare)) return address;
  const groups = groupsOf(bare);
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff)
    return [groups[6]! >> 8, groups[6]! & 255, groups[7]! >> 8, groups[7]! & 255].join('.');
  return groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':');
}

/** The eight numbers of an IPv6 address, in whichever of its spellings. */
function groupsOf(address: string): number[] {
  // As a URL writes it: in hexadecimal throughout, also where the last 32 bits were given as IPv4.
  const [head = '', tail] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const numbers = (text: string) =>
    text
      .split(':')
      .filter(Boolean)
      .map((group) => Number.parseInt(group, 16));
  const [left, right] = [numbers(head), numbers(tail ?? '')];
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right];
}
