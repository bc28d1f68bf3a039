// Where webhooks may go: public addresses, and networks of its own that the operator names. Asked of the very address that is connected to.
import { Resolver } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { parseAddress, type Networks } from '../../../lib/addresses.ts';
import { isLoopbackHost } from '../../../lib/loopback.ts';
import { isPublicAddress } from '../../../lib/public-addresses.ts';

/** The addresses of a name. Rejects with one of Node's codes: ENOTFOUND, ETIMEOUT … */
export type Resolve = (name: string) => Promise<string[]>;
export type Guard = ReturnType<typeof createGuard>;

/** A webhook that may not go where it is to go; the message says why, as a sentence for its user. */
export class NotAllowed extends Error {}

const dns = { timeout: 2_000, tries: 2 };

/**
 * Asks name servers, and not the system: its look-ups take one of four threads each, which the whole process shares, for as long as
 * somebody's name server likes. The hosts file is not read; localhost is this machine (RFC 6761).
 */
export function createResolve(): Resolve {
  const resolver = new Resolver(dns);
  return async (name) => {
    if (isLoopbackHost(name)) return ['127.0.0.1', '::1'];
    const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
    const addresses = found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []));
    const [failed] = found.flatMap((each) => (each.status === 'rejected' ? [each.reason as Error] : []));
    if (addresses.length === 0 && failed) throw failed;
    return addresses;
  };
}

/** The name or address of a URL, without the brackets of IPv6. */
const hostOf = ({ hostname }: URL) => hostname.replace(/^\[(.*)\]$/, '$1');

export function createGuard({ networks, resolve }: { networks: Networks; resolve: Resolve }) {
  /** Without TLS only where the operator says that the network is theirs. */
  const allows = (protocol: string, address: string) =>
    networks.has(address) || (protocol === 'https:' && isPublicAddress(address));
  /** What is wrong with a host of which no address is allowed. */
  const nowhere = (protocol: string, addresses: readonly (string | null)[]) =>
    protocol === 'http:' && addresses.some((each) => each !== null && isPublicAddress(each))
      ? 'is not in a network of the operator’s (WEBHOOK_NETWORKS), so it must be https'
      : 'is no public address; the operator can allow a network of their own with WEBHOOK_NETWORKS';

  return {
    /** Why a webhook may not have this URL, in words that read on from its name, as far as that can be known without asking for a name; undefined: it may. */
    problemOf(url: URL): string | undefined {
      const { protocol, username, password } = url;
      const host = hostOf(url);
      if (protocol !== 'https:' && protocol !== 'http:') return 'must begin with https://';
      if (username !== '' || password !== '')
        return 'may hold no user name and password: what is sent is signed instead';
      if (isIP(host) !== 0) {
        const address = parseAddress(host);
        if (address && allows(protocol, address)) return undefined;
        return `is at ${host}, which ${nowhere(protocol, [address])}`;
      }
      if (isLoopbackHost(host) && !networks.has('127.0.0.1') && !networks.has('::1'))
        return `is at ${host}, which ${nowhere(protocol, [])}`;
      return undefined;
    },
    /** For a connection to this URL: gives its addresses that are allowed, and fails with NotAllowed where none is. Addresses in a URL are not looked up: see `problemOf`. */
    lookupFor(url: URL): LookupFunction {
      return (name, { all }, answer) => {
        void resolve(name).then(
          (found) => {
            const addresses = found.map((each) => parseAddress(each));
            const allowed = addresses
              .filter((each) => each !== null && allows(url.protocol, each))
              .map((address) => ({ address: address!, family: isIP(address!) }));
            const [first] = allowed;
            if (!first) answer(new NotAllowed(`${name} ${nowhere(url.protocol, addresses)}.`), '', 0);
            else if (all) answer(null, allowed);
            else answer(null, first.address, first.family);
          },
          (error: NodeJS.ErrnoException) => answer(error, '', 0),
        );
      };
    },
  };
}
