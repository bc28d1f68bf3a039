// What tests arrange again and again, as functions with sensible defaults: each takes the fields that matter to its test.
import { createSealer } from '../lib/seal.ts';
import type { BrokerAccount } from '../modules/accounts/ports.ts';
import type { CloseRequest, OpenRequest } from '../modules/trading/ports.ts';

export const eurusd = 'CS.D.EURUSD.CFD.IP';

/** A simulated account in pounds. */
export const account = (over: Partial<BrokerAccount> = {}): BrokerAccount => ({
  id: 'acct_1',
  userId: 'user_1',
  environment: 'simulated',
  feed: 'simulated',
  brokerAccountId: 'ABC12',
  name: 'Simulated',
  currency: 'GBP',
  isDefault: true,
  ...over,
});

/** Buys one contract of EUR/USD, without stop or limit. */
export const openRequest = (over: Partial<OpenRequest> = {}): OpenRequest => ({
  dealReference: 'ftr_1',
  epic: eurusd,
  expiry: '-',
  direction: 'BUY',
  size: '1',
  currency: 'USD',
  stopLevel: null,
  stopDistancePoints: null,
  limitLevel: null,
  limitDistancePoints: null,
  ...over,
});

/** Closes one contract of a BUY. */
export const closeRequest = (over: Partial<CloseRequest> = {}): CloseRequest => ({
  dealId: 'DIAAAABCDEFGH01',
  direction: 'SELL',
  size: '1',
  ...over,
});

/** Seals and opens with one key. */
export const sealer = () => createSealer([`test:${Buffer.alloc(32, 7).toString('base64')}`]);
