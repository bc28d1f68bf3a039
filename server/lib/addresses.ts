// Internet addresses as text: each in one spelling, and sets of them by network. Who may say which address is somebody's is not decided here.
import { BlockList, isIP, SocketAddress } from 'node:net';

/** The longest IPv6 address with its brackets, zone and port is shorter; what is longer is not looked at. */
const maxLength = 100;

/**
 * The address that `text` is, without port, brackets and zone, in one spelling: `203.0.113.7`, `2001:db8::1`; an IPv4 address in
 * IPv6 clothes (`::ffff:203.0.113.7`) is that IPv4 address. Null for whatever is no address: `unknown`, a name, garbage.
 */
export function parseAddress(text: string): string | null {
  if (text.length > maxLength) return null;
  const trimmed = text.trim();
  const [, bracketed, withPort] =
    /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed) ?? /^()([\d.]+):\d{1,5}$/.exec(trimmed) ?? [];
  const bare = bracketed || withPort || trimmed;
  const family = isIP(bare);
  if (family === 0 || (bracketed && family === 4)) return null;
  if (family === 4) return bare;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' }); // one spelling, and no zone
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}

export interface Networks {
  /** Whether an address as `parseAddress` spells it lies in one of the networks. */
  has(address: string): boolean;
}

const loopback = ['127.0.0.0/8', '::1'];

/** The set of `entries`: addresses, networks (`10.0.0.0/8`, `2001:db8::/32`) and the word `loopback`. Throws on one that `isNetwork` refuses. */
export function createNetworks(entries: readonly string[]): Networks {
  const list = new BlockList();
  for (const entry of entries.flatMap((each) => (each === 'loopback' ? loopback : [each]))) {
    const network = parseNetwork(entry);
    if (!network) throw new Error(`${entry} is no address and no network`);
    list.addSubnet(network.address, network.prefix, familyOf(network.address));
  }
  return { has: (address) => list.check(address, familyOf(address)) };
}

/** Whether `createNetworks` takes `entry`. A network of everybody (`/0`) is none. */
export const isNetwork = (entry: string): boolean => entry === 'loopback' || parseNetwork(entry) !== null;

function parseNetwork(entry: string): { address: string; prefix: number } | null {
  const [, text = '', digits] = /^([\da-fA-F:.]+)(?:\/(\d{1,3}))?$/.exec(entry) ?? [];
  const address = isIP(text) === 0 ? null : parseAddress(text);
  if (address === null) return null;
  const bits = address.includes(':') ? 128 : 32;
  const prefix = digits === undefined ? bits : Number(digits);
  const isWhole = text.includes(':') === address.includes(':'); // the prefix of ::ffff:10.0.0.0/104 counts other bits
  return prefix >= 1 && prefix <= bits && (isWhole || digits === undefined) ? { address, prefix } : null;
}

const familyOf = (address: string) => (address.includes(':') ? 'ipv6' : 'ipv4');
