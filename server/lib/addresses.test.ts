import { expect, test } from 'vitest';
import { createNetworks, isNetwork, parseAddress } from './addresses.ts';

test.each([
  ['203.0.113.77', '203.0.113.77'],
  ['203.0.113.77:40001', '203.0.113.77'],
  [' 203.0.113.77 ', '203.0.113.77'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:DB8:0:0::0001', '2001:db8::1'],
  ['[2001:db8::1]', '2001:db8::1'],
  ['[2001:db8::1]:443', '2001:db8::1'],
  ['[fe80::1%eth0]:443', 'fe80::1'],
  ['fe80::1%eth0', 'fe80::1'],
  ['::ffff:203.0.113.77', '203.0.113.77'],
  ['::FFFF:cb00:714d', '203.0.113.77'],
  ['[::ffff:203.0.113.77]:40001', '203.0.113.77'],
  ['::1', '::1'],
  ['', null],
  [' ', null],
  ['unknown', null],
  ['_hidden', null],
  ['localhost', null],
  ['example.com:80', null],
  ['203.0.113.777', null],
  ['203.0.113', null],
  ['010.0.0.1', null],
  ['0x7f000001', null],
  ['2130706433', null],
  ['203.0.113.77:', null],
  ['203.0.113.77:x', null],
  ['203.0.113.77:400011', null],
  ['203.0.113.77/24', null],
  ['[203.0.113.77]', null],
  ['[2001:db8::1', null],
  ['2001:db8::1]', null],
  ['[2001:db8::1]443', null],
  ['2001:db8::1::2', null],
  ['for=203.0.113.77', null],
  ['"203.0.113.77"', null],
  ['203.0.113.77\0', null],
  ['<script>', null],
  ['1'.repeat(10_000), null],
  [`::1%${'z'.repeat(500)}`, null],
])('%j is the address %j', (text, address) => {
  expect(parseAddress(text)).toBe(address);
});

test('a set of addresses and networks knows its members in either family', () => {
  const networks = createNetworks(['loopback', '10.1.2.3/8', '192.0.2.7', '2001:db8::/32', 'FE80::1']);
  const members = ['127.0.0.1', '127.8.8.8', '::1', '10.255.0.1', '192.0.2.7', '2001:db8:9::1', 'fe80::1'];
  const others = ['128.0.0.1', '11.0.0.1', '192.0.2.8', '2001:db9::1', 'fe80::2', '::2'];
  expect(members.filter((address) => !networks.has(address))).toEqual([]);
  expect(others.filter((address) => networks.has(address))).toEqual([]);
  expect(createNetworks(['::ffff:192.0.2.7']).has('192.0.2.7')).toBe(true);
});

test.each([
  '',
  'x',
  'proxy.local',
  '10.0.0.0/33',
  '::/129',
  '0.0.0.0/0',
  '::/0',
  '10.0.0.0/',
  '10.0.0/8',
  '10.0.0.1:80',
  '[::1]',
  '::ffff:10.0.0.0/104',
])('neither an address nor a network: %j', (entry) => {
  expect(isNetwork(entry)).toBe(false);
  expect(() => createNetworks([entry])).toThrow('no network');
});
