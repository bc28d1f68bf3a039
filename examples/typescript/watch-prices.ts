// Signs in and prints the live prices of two markets: `npm run example -- [URL] [--ticks N]`.
import { parseArgs } from 'node:util';
import { createFTraderClient, createTokenSource, errorOf } from '../../client/index.ts';

const {
  positionals: [url = 'http://127.0.0.1:8000'],
  values: { ticks = 'Infinity' },
} = parseArgs({ allowPositionals: true, options: { ticks: { type: 'string' } } });
const token = createTokenSource({ url, email: 'demo@ftrader.local', password: 'ftrader-demo' });
const { api, close } = createFTraderClient({ url, token });

try {
  const { email } = await api.users.me.query();
  console.log(`signed in as ${email}`);
  await new Promise<void>((done, fail) => {
    let left = Number(ticks);
    api.marketData.onPrices.subscribe(
      { epics: ['CS.D.EURUSD.CFD.IP', 'IX.D.FTSE.IFE.IP'] },
      {
        // First the snapshot of every epic, then what changes. After a lost connection it goes on by itself.
        onData(prices) {
          for (const { at, epic, bid, offer, stale } of prices.slice(0, left))
            console.log(at.toISOString(), epic, bid, offer, stale ? 'STALE' : '');
          left -= prices.length;
          if (left <= 0) done();
        },
        onError: fail,
      },
    );
  });
} catch (error) {
  const known = errorOf(error); // the same object on every face: code, message, requestId, retryable …
  const { code } = (error as { cause?: { cause?: { code?: string } } }).cause?.cause ?? {};
  if (known) console.error(`${known.code}: ${known.message} (request ${known.requestId})`);
  else if (code === 'ECONNREFUSED')
    console.error(`nothing listens at ${url}: start FTrader with npm start, and give its URL`);
  else console.error(String(error));
  process.exitCode = 1;
} finally {
  await close();
}
