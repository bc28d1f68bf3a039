import { expect, test } from 'vitest';
import { parseAddress } from './addresses.ts';
import { isPublicAddress } from './public-addresses.ts';

/** The first and the last address of every range that is not public, and what stands on either side of those. */
test.each([
  '0.0.0.0 10.0.0.0 10.255.255.255 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.255 169.254.169.254',
  '172.16.0.0 172.31.255.255 192.0.0.8 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.1.1 192.175.48.1',
  '198.18.0.0 198.19.255.255 198.51.100.7 203.0.113.7 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255',
  ':: ::1 ::127.0.0.1 ::ffff:10.0.0.1 ::ffff:127.0.0.1 64:ff9b::7f00:1 64:ff9b:1::1 100::1 100:0:0:1::1',
  '2001::1 2001:0:7f00:1:: 2001:2::1 2001:10::1 2001:20::1 2001:1ff:: 2001:db8::1 2002:7f00:1:: 2002:c0a8:101::1',
  '2620:4f:8000::1 3fff::1 3fff:fff:: 5f00::1 fc00::1 fdff::1 fe80::1 fec0::1 ff02::1 4000::1',
])('not public: %s', (addresses) => {
  for (const address of addresses.split(' '))
    expect([address, isPublicAddress(parseAddress(address)!)]).toEqual([address, false]);
});

test.each([
  '1.1.1.1 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 126.255.255.255 128.0.0.0 169.253.1.1 172.15.255.255 172.32.0.0',
  '191.255.255.255 192.0.1.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255 ::ffff:1.1.1.1',
  '2001:200::1 2001:4860:4860::8888 2003::1 2606:4700::1111 2a00:1450::1 3ffe::1 2620:4f:7fff::1',
])('public: %s', (addresses) => {
  for (const address of addresses.split(' '))
    expect([address, isPublicAddress(parseAddress(address)!)]).toEqual([address, true]);
});
