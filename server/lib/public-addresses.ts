// Which Internet addresses are public: those of single machines that anybody may reach, by IANA's registries of special-purpose addresses (read in November 2026). No trading word lives here.
import { createNetworks } from './addresses.ts';

const notPublic4 = createNetworks([
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by customers of one provider
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local; where clouds answer who a machine is
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // multicast tunnels
  '192.88.99.0/24', // relays of 6to4
  '192.168.0.0/16', // private
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and broadcast
]);
/** All that was given out to single machines; the rest is loopback, link-local, private, multicast, an IPv4 address in other clothes, or nobody's. */
const global6 = createNetworks(['2000::/3']);
const notPublic6 = createNetworks([
  '2001::/23', // protocol assignments: Teredo, which carries an IPv4 address, among them
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which carries an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]);

/** Of an address as `parseAddress` spells it. */
export const isPublicAddress = (address: string): boolean =>
  address.includes(':') ? global6.has(address) && !notPublic6.has(address) : !notPublic4.has(address);
