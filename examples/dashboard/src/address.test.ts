import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// The file listens to the window's history as soon as it is loaded.
let readAddress: typeof import('./address.ts').readAddress;
let writeAddress: typeof import('./address.ts').writeAddress;
beforeAll(async () => {
  vi.stubGlobal('addEventListener', () => {});
  ({ readAddress, writeAddress } = await import('./address.ts'));
});
afterAll(() => void vi.unstubAllGlobals());

test.each([
  ['', { at: 'floor' }],
  ['#', { at: 'floor' }],
  ['#/', { at: 'floor' }],
  ['#/market/CS.D.EURUSD.CFD.IP', { at: 'market', epic: 'CS.D.EURUSD.CFD.IP' }],
  ['#/market/CS.D.EURUSD.CFD.IP/buy', { at: 'ticket', epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY' }],
  ['#/market/CS.D.EURUSD.CFD.IP/sell', { at: 'ticket', epic: 'CS.D.EURUSD.CFD.IP', direction: 'SELL' }],
  ['#/sign-up', { at: 'sign-up' }],
  ['#/forgotten', { at: 'forgotten' }],
  ['#/you', { at: 'you' }],
  ['#/inbox', { at: 'inbox' }],
  ['#/admin', { at: 'admin' }],
  ['#/accounts', { at: 'accounts' }],
  ['#/accounts/connect', { at: 'connect' }],
  ['#/history', { at: 'history' }],
  ['#/portfolio', { at: 'portfolio' }],
  ['#/portfolio/pf_01A', { at: 'portfolio', id: 'pf_01A' }],
  ['#/portfolio/<b>', { at: 'nowhere' }],
  ['#/portfolio/pf_01A/more', { at: 'nowhere' }],
  ['#/history/deals', { at: 'nowhere' }],
  ['#/accounts/other', { at: 'nowhere' }],
  ['#/accounts/connect/now', { at: 'nowhere' }],
  ['#/market', { at: 'nowhere' }],
  ['#/market/<b>', { at: 'nowhere' }],
  ['#/market/CS.D.EURUSD.CFD.IP/hold', { at: 'nowhere' }],
  ['#/market/CS.D.EURUSD.CFD.IP/buy/1', { at: 'nowhere' }],
  ['#/toString', { at: 'nowhere' }],
  ['#/market/CS.D.EURUSD.CFD.IP/constructor', { at: 'nowhere' }],
] as const)('the address %j is %j, and is written so that it is read as the same', (hash, address) => {
  expect(readAddress({ pathname: '/', hash })).toEqual(address);
  if (address.at === 'nowhere') return;
  expect(readAddress({ pathname: '/', hash: writeAddress(address).slice(1) })).toEqual(address);
});
test('another path is nowhere, whatever follows', () => {
  expect(readAddress({ pathname: '/other', hash: '#/sign-up' })).toEqual({ at: 'nowhere' });
});
