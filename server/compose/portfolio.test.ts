// Portfolios in the running product: priced by the markets of its simulator, with what runs on an account there, and live on a plain socket.
import { expect, onTestFinished, test } from 'vitest';
import * as build from '../testing/build.ts';
import { signUp } from '../testing/kit.ts';
import { openPlain } from '../testing/sockets.ts';
import { testApp } from '../testing/test-app.ts';

test('a portfolio that holds a market of the broker is worth what that quotes, now and live', async () => {
  await using app = await testApp();
  await using ann = await signUp(app);
  const { id } = await ann.api.portfolio.create.mutate({
    name: 'FX',
    baseCurrency: 'USD',
    startsOn: '2020-01-01',
  });
  await ann.api.portfolio.addTransaction.mutate({
    id,
    at: new Date(Date.now() - 1_000),
    terms: { kind: 'buy', instrument: build.eurusd, quantity: '100', price: '1', currency: 'USD' },
    idempotencyKey: 'the-first-one',
  });
  const { holdings, running } = await ann.api.portfolio.holdings.query({ id });
  expect(holdings).toMatchObject([{ price: { source: 'live', currency: 'USD' } }]);
  expect(running).toBe(null);
  const socket = await openPlain(Number(new URL(app.url).port), (await ann.token())!, {}, '/ws/trading/');
  onTestFinished(socket.close);
  socket.send({ type: 'subscribe', id: 1, channel: 'portfolio', input: { portfolioId: id } });
  const isLive = ({ type, data }: any) => type === 'data' && data.holdings[0].price?.source === 'live';
  const first = await socket.message((message) => isLive(message) && !message.data.stale);
  await socket.message(
    (message) =>
      isLive(message) && message.data.holdings[0].price.price !== first.data.holdings[0].price.price,
  );
}, 60_000);
