// Who calls, by what a connection and its headers say. Each case is a proxy that exists, or somebody who pretends to be one.
import { describe, expect, test } from 'vitest';
import { createCallerOf, type CallerSettings } from './caller.ts';

interface Arriving {
  peer?: string;
  host?: string;
  httpVersion?: string;
  tls?: boolean;
  headers?: Record<string, string | string[]>;
}
const arriving = ({
  peer = '127.0.0.1',
  host = 'localhost:8000',
  httpVersion = '1.1',
  tls,
  headers,
}: Arriving) =>
  ({
    httpVersion,
    socket: { remoteAddress: peer, ...(tls && { encrypted: true }) },
    headers: { host, ...headers },
  }) as unknown as Parameters<ReturnType<typeof createCallerOf>>[0];
const ask = (request: Arriving, settings: Partial<CallerSettings> = {}) =>
  createCallerOf({ trustedProxies: ['loopback'], production: false, ...settings })(arriving(request));
const addressFor = (forwardedFor: string | string[], trustedProxies = ['loopback'], peer = '127.0.0.1') =>
  ask({ peer, headers: { 'x-forwarded-for': forwardedFor } }, { trustedProxies }).address;

describe('the address behind a proxy on this machine', () => {
  test.each([
    ['one address', '203.0.113.77', '203.0.113.77'],
    ['with a port', '203.0.113.77:40001', '203.0.113.77'],
    ['IPv6', '2001:DB8::1', '2001:db8::1'],
    ['IPv6 in brackets', '[2001:db8::1]', '2001:db8::1'],
    ['IPv6 in brackets with a port', '[2001:db8::1]:40001', '2001:db8::1'],
    ['IPv4 in IPv6', '::ffff:203.0.113.77', '203.0.113.77'],
    ['what the client invented comes first', '198.51.100.1, 203.0.113.77', '203.0.113.77'],
    ['a second trusted proxy in between', '198.51.100.1,203.0.113.77 , 127.0.0.2', '203.0.113.77'],
    ['trusted ones only', '127.0.0.3, 127.0.0.2', '127.0.0.3'],
    ['unknown', 'unknown', '127.0.0.1'],
    ['unknown before an address', 'unknown, 203.0.113.77', '203.0.113.77'],
    ['an address before unknown', '203.0.113.77, unknown', '127.0.0.1'],
    ['garbage', '<script>', '127.0.0.1'],
    ['a name', 'localhost', '127.0.0.1'],
    ['nothing', '', '127.0.0.1'],
    ['only commas', ',,,', '127.0.0.1'],
    ['10,000 characters', 'x'.repeat(10_000), '127.0.0.1'],
    ['5,000 hops', '127.0.0.2,'.repeat(5_000), '127.0.0.1'],
    ['5,000 trusted hops', `${'127.0.0.2,'.repeat(5_000)}127.0.0.2`, '127.0.0.2'],
    ['a nul', '203.0.113.77\0', '127.0.0.1'],
  ])('%s', (_what, header, address) => {
    expect(addressFor(header)).toBe(address);
  });
});

test('a proxy elsewhere is believed when TRUSTED_PROXIES names it or its network, and only then', () => {
  expect(addressFor('203.0.113.77', ['10.0.0.5'], '10.0.0.5')).toBe('203.0.113.77');
  expect(addressFor('203.0.113.77', ['10.0.0.0/8'], '::ffff:10.9.9.9')).toBe('203.0.113.77');
  expect(addressFor('203.0.113.77', ['2001:db8::/32'], '2001:db8::9')).toBe('203.0.113.77');
  expect(addressFor('203.0.113.77, 10.0.0.6', ['loopback', '10.0.0.0/8'])).toBe('203.0.113.77');
  expect(addressFor('203.0.113.77', ['10.0.0.5'], '10.0.0.6')).toBe('10.0.0.6');
  expect(addressFor('203.0.113.77', ['10.0.0.5'])).toBe('127.0.0.1');
});

test('the header nobody names in TRUSTED_PROXIES decides nothing, and is told once', () => {
  const told: string[] = [];
  const callerOf = createCallerOf({
    trustedProxies: ['loopback'],
    production: false,
    onUntrusted: (peer) => told.push(peer),
  });
  for (const peer of ['192.0.2.1', '192.0.2.2'])
    expect(callerOf(arriving({ peer, headers: { 'x-forwarded-for': '203.0.113.77' } }))).toEqual({
      address: peer,
      scheme: 'http',
      isLocal: false,
    });
  expect(told).toEqual(['192.0.2.1']);
});

test('a connection that is gone has an address all the same', () => {
  expect(ask({ peer: '' }).address).toBe('0.0.0.0');
});

describe('a program on this machine', () => {
  test.each<[string, Arriving, boolean]>([
    ['asks localhost', {}, true],
    ['asks 127.0.0.1', { host: '127.0.0.1:8000' }, true],
    ['asks [::1] over IPv6', { peer: '::1', host: '[::1]:8000' }, true],
    ['over IPv4 in IPv6', { peer: '::ffff:127.0.0.1' }, true],
    ['is not one elsewhere', { peer: '192.0.2.1' }, false],
    ['is no proxy that names its callers', { headers: { 'x-forwarded-for': '127.0.0.1' } }, false],
    ['nor one that names them in its own way', { headers: { forwarded: 'for=127.0.0.1' } }, false],
    ['nor one that says Via', { headers: { via: '1.1 proxy' } }, false],
    ['nor one that says X-Real-IP', { headers: { 'x-real-ip': '127.0.0.1' } }, false],
    ['nor one that says X-Forwarded-Host only', { headers: { 'x-forwarded-host': 'localhost' } }, false],
    ['nor one that says X-Forwarded-For and nothing in it', { headers: { 'x-forwarded-for': '' } }, false],
    ['nor a silent one that passes on what was asked for', { host: 'trade.example.org' }, false],
    ['nor a silent one that is asked by this machine’s address', { host: '192.0.2.9:8000' }, false],
    ['nor a silent one as nginx is installed', { host: '127.0.0.1:8000', httpVersion: '1.0' }, false],
    ['nor one without a Host', { host: '' }, false],
  ])('%s', (_title, request, isLocal) => {
    expect(ask(request).isLocal).toBe(isLocal);
  });
});

describe('the scheme by which a browser came', () => {
  const forwarded = (proto: string, hops = '203.0.113.77') => ({
    headers: { 'x-forwarded-for': hops, 'x-forwarded-proto': proto },
  });
  test.each<[string, Arriving, Partial<CallerSettings>, string]>([
    ['straight', {}, {}, 'http'],
    ['over TLS', { tls: true }, {}, 'https'],
    ['over TLS to our proxy', forwarded('https'), {}, 'https'],
    ['in clear to our proxy', forwarded('http'), { production: true }, 'http'],
    ['over TLS to the outer of two', forwarded('https, http', '203.0.113.77, 127.0.0.2'), {}, 'https'],
    ['in clear, pretending otherwise', forwarded('https, http'), {}, 'http'],
    ['over what nobody knows', forwarded('gopher'), {}, 'http'],
    ['straight, pretending a proxy', { peer: '192.0.2.1', ...forwarded('https') }, {}, 'http'],
    ['through a silent proxy in production', { host: 'trade.example.org' }, { production: true }, 'https'],
    ['straight, in production on this machine', {}, { production: true }, 'http'],
  ])('%s', (_title, request, settings, scheme) => {
    expect(ask(request, settings).scheme).toBe(scheme);
  });
});
