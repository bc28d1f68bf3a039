// The contract of dealing on an IG demo account, by hand: it deals there. Needs DEALING_DEMO_API_KEY, _IDENTIFIER, _PASSWORD and _ACCOUNT_ID
// of a CFD account without positions (DEALING_DEMO_CURRENCY, default GBP), an open EUR/USD market and some minutes, for IG's pace of reads:
// npx vitest run --config server/testing/vitest.config.ts server/ig/accounts/dealing-demo.test.ts
import { AppError } from '../../lib/app-error.ts';
import { pause, systemClock } from '../../lib/clock.ts';
import type { Evidence } from '../../modules/trading/ports.ts';
import * as build from '../../testing/build.ts';
import { igDealing } from '../../testing/dealing-bench.ts';
import type { DealingBench } from '../../testing/dealer.ts';
import { dealingContract } from '../../testing/dealing.contract.ts';
import { describeWith, igDemoVariables } from '../../testing/requires.ts';

const baseUrl = 'https://demo-api.ig.com/gateway/deal';

/** A read that IG's pace does not allow yet is made when it does. */
async function patiently<T>(read: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'broker.limited') throw error;
      await pause(systemClock, error.options.retryAfterMs ?? 10_000);
    }
  }
}
const patient = (evidence: Evidence): Evidence => ({
  confirm: (...asked) => patiently(() => evidence.confirm(...asked)),
  positions: (...asked) => patiently(() => evidence.positions(...asked)),
  orders: (...asked) => patiently(() => evidence.orders(...asked)),
  activity: (...asked) => patiently(() => evidence.activity(...asked)),
  history: (...asked) => patiently(() => evidence.history(...asked)),
  transactions: (...asked) => patiently(() => evidence.transactions(...asked)),
  funds: (...asked) => patiently(() => evidence.funds(...asked)),
});

/** Throws when the account has positions, which a test could not tell from its own. Disposing closes what a test left open. */
async function demoBench(): Promise<DealingBench> {
  const [apiKey, identifier, password, brokerAccountId] = igDemoVariables.map(
    (variable) => process.env[variable] ?? '',
  ) as [string, string, string, string];
  const account = build.account({
    environment: 'demo',
    feed: 'demo',
    brokerAccountId,
    currency: process.env['DEALING_DEMO_CURRENCY'] ?? 'GBP',
  });
  const credentials = { apiKey, identifier, password };
  const bench = await igDealing({ baseUrl, credentials, account, clock: systemClock });
  const evidence = patient(bench.evidence);
  if ((await evidence.positions(account)).length > 0) {
    await bench[Symbol.asyncDispose]();
    throw new Error(`${brokerAccountId} has open positions: the contract needs an account without`);
  }
  return {
    ...bench,
    evidence,
    market: { epic: 'CS.D.EURUSD.MINI.IP', currency: 'USD', point: '0.0001' },
    pass: (ms) => pause(systemClock, ms),
    async [Symbol.asyncDispose]() {
      for (const { dealId, size, direction } of await evidence.positions(account)) {
        const closing = direction === 'BUY' ? 'SELL' : 'BUY';
        await bench.dealing.send(account, { kind: 'close', dealId, size, direction: closing });
      }
      await bench[Symbol.asyncDispose]();
    },
  };
}

await describeWith('ig-demo', 'an IG demo account', () => dealingContract('IG', demoBench));
