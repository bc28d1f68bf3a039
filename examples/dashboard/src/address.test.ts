import { expect, test } from 'vitest';
import { readAddress, writeAddress } from './address.ts';

test.each([
  ['/', { at: 'floor' }],
  ['/market/CS.D.EURUSD.CFD.IP', { at: 'market', epic: 'CS.D.EURUSD.CFD.IP' }],
  ['/market/CS.D.EURUSD.CFD.IP/buy', { at: 'ticket', epic: 'CS.D.EURUSD.CFD.IP', direction: 'BUY' }],
  ['/market/CS.D.EURUSD.CFD.IP/sell', { at: 'ticket', epic: 'CS.D.EURUSD.CFD.IP', direction: 'SELL' }],
  ['/watchlist/wl_01A', { at: 'watchlist', id: 'wl_01A' }],
  ['/deal/deal_01A', { at: 'deal', id: 'deal_01A' }],
  ['/sign-up', { at: 'sign-up' }],
  ['/forgotten', { at: 'forgotten' }],
  ['/you', { at: 'you' }],
  ['/you/two-factor', { at: 'you', part: 'two-factor' }],
  ['/inbox', { at: 'inbox' }],
  ['/admin', { at: 'admin' }],
  ['/admin/feeds', { at: 'admin', part: 'feeds' }],
  ['/accounts', { at: 'accounts' }],
  ['/accounts/connect', { at: 'connect' }],
  ['/history', { at: 'history' }],
  ['/portfolio', { at: 'portfolio' }],
  ['/portfolio/pf_01A', { at: 'portfolio', id: 'pf_01A' }],
  ['/portfolio/<b>', { at: 'nowhere' }],
  ['/portfolio/pf_01A/more', { at: 'nowhere' }],
  ['/history/deals', { at: 'nowhere' }],
  ['/accounts/other', { at: 'nowhere' }],
  ['/accounts/connect/now', { at: 'nowhere' }],
  ['/you/feeds', { at: 'nowhere' }],
  ['/admin/constructor', { at: 'nowhere' }],
  ['/deal', { at: 'nowhere' }],
  ['/market', { at: 'nowhere' }],
  ['/market/<b>', { at: 'nowhere' }],
  ['/market/CS.D.EURUSD.CFD.IP/hold', { at: 'nowhere' }],
  ['/market/CS.D.EURUSD.CFD.IP/buy/1', { at: 'nowhere' }],
  ['/toString', { at: 'nowhere' }],
  ['/market/CS.D.EURUSD.CFD.IP/constructor', { at: 'nowhere' }],
] as const)('the address %j is %j, and is written so that it is read as the same', (path, address) => {
  expect(readAddress(path)).toEqual(address);
  if (address.at !== 'nowhere') expect(writeAddress(address)).toBe(path);
});
