import { afterAll, expect, test } from 'vitest';
import { createManualClock } from '../../testing/manual-clock.ts';
import { testSimulator } from '../../testing/test-simulator.ts';
import { pdfOf } from './pdf.ts';

const clock = createManualClock();
const simulator = await testSimulator({ clock });
afterAll(() => simulator.stop());
const headers = await simulator.logIn();
const request = {
  epic: 'CS.D.EURUSD.CFD.IP',
  direction: 'BUY',
  size: 2,
  bid: 1.17,
  ask: 1.1704,
  dealCurrencyCode: 'USD',
  dealReference: 'costs-1',
};
const post = (what: string, body: object = {}) =>
  simulator.call('POST', `/indicativecostsandcharges/${what}`, { headers, body: { ...request, ...body } });
const get = (path: string) => simulator.call('GET', `/indicativecostsandcharges/${path}`, { headers });

test("opening costs half the spread in and half out, a night's funding by direction, the premium of a guaranteed stop, and nothing else", async () => {
  const { body } = await post('open', { guaranteedStop: 'true' });
  expect(body).toMatchObject({
    currencyCodeISO: 'USD',
    notionalValue: 234_080,
    openingSpread: 40,
    closingSpread: 40,
    openingCommission: 0,
    guaranteedStopDeposit: 24,
    guaranteedStopReturn: 24,
  });
  expect(body.notionalValueInUserCurrency).toBeLessThan(body.notionalValue);
  const nights = [body, (await post('open', { direction: 'SELL' })).body].map(
    ({ overnightFundingFee }) => overnightFundingFee,
  );
  expect(nights).toEqual([17.76, -7.5]); // (3.90 − 1.93 + 0.80) % and (1.93 − 3.90 + 0.80) % a year of 234,080
  const other = (await post('open', { dealCurrencyCode: 'GBP' })).body;
  expect(other.notionalValue).toBeCloseTo(body.notionalValueInUserCurrency, 1);
  expect(other.notionalValueInUserCurrency).toBe(other.notionalValue);
});

test('a close and each side of an edit are quoted under references of their own; a side that is not named is null', async () => {
  const close = (await post('close', { openingLevel: 1.16 })).body;
  expect(close).toMatchObject({
    currencyCodeISO: 'USD',
    close: { closingSpread: 40, notionalValue: 234_080, guaranteedStopReturn: 0 },
  });
  const edit = (await post('edit', { openingLevel: 1.16, editType: 'STOP', stopLevel: 1.15 })).body;
  expect(edit).toMatchObject({ limit: null, stop: { closingSpread: 40, notionalValue: 230_040 } });
  expect(edit.stop.indicativeQuoteReference).not.toBe(close.close.indicativeQuoteReference);
});

test("history has the account's quotes, newest first, by type and page; the document of each is a PDF, and another account sees none", async () => {
  await using fresh = await testSimulator({ clock });
  const tokens = await fresh.logIn();
  const references: string[] = [];
  for (let i = 0; i < 3; i++)
    references.unshift(
      (await fresh.call('POST', '/indicativecostsandcharges/open', { headers: tokens, body: request })).body
        .indicativeQuoteReference,
    );
  const day = clock.now().toISOString().slice(0, 10);
  const path = `/indicativecostsandcharges/history/from/${day}T00:00:00.000Z/to/${day}T23:59:59.999Z`;
  const { costsAndChargesHistory, pagination } = (
    await fresh.call('GET', `${path}?pageSize=2`, { headers: tokens })
  ).body;
  expect(pagination).toEqual({ pageNumber: 1, pageSize: 2, totalElements: 3, totalPages: 2 });
  expect(
    costsAndChargesHistory.map(
      ({ indicativeQuoteReference }: { indicativeQuoteReference: string }) => indicativeQuoteReference,
    ),
  ).toEqual(references.slice(0, 2));
  expect(costsAndChargesHistory[0]).toMatchObject({
    createdTimestamp: clock.now().toISOString(),
    direction: 'BUY',
    instrumentName: 'EUR/USD ',
    type: 'OPEN',
  });
  expect(
    (await fresh.call('GET', `${path}?type=CLOSE`, { headers: tokens })).body.pagination.totalElements,
  ).toBe(0);
  const document = await fetch(`${fresh.baseUrl}/indicativecostsandcharges/durablemedium/${references[0]}`, {
    headers: { ...tokens, 'X-IG-API-KEY': 'a'.repeat(40), Accept: 'application/pdf' },
  });
  expect([document.status, document.headers.get('content-type')]).toEqual([200, 'application/pdf']);
  expect(await document.text()).toMatch(/^%PDF-1\.4\n[^]*Indicative costs[^]*%%EOF\n$/);
  const switched = await fresh.call('PUT', '/session', { headers: tokens, body: { accountId: 'XYZ99' } });
  const other = { ...tokens, 'X-SECURITY-TOKEN': switched.headers.get('x-security-token')! };
  expect((await fresh.call('GET', path, { headers: other })).body.pagination.totalElements).toBe(0);
  expect(
    (await fresh.call('GET', `/indicativecostsandcharges/durablemedium/${references[0]}`, { headers: other }))
      .status,
  ).toBe(404);
});

test.each([
  ['validation.null-not-allowed.request.ask', 'open', { ask: null }],
  ['validation.null-not-allowed.request.openingLevel', 'close', {}],
  ['invalid.request.size', 'open', { size: '' }],
  ['invalid.request.bid', 'open', { bid: 0 }],
  ['validation.pattern.invalid.request.dealReference', 'open', { dealReference: 'a b' }],
  ['public-api.costs-and-charges.client-error', 'open', { epic: null }],
  ['public-api.costs-and-charges.client-error', 'open', { epic: 'CS.D.NOTHING.IP' }],
  ['public-api.costs-and-charges.client-error', 'open', { bid: 2 }],
  ['public-api.costs-and-charges.client-error', 'open', { dealCurrencyCode: 'ZZZ' }],
  ['public-api.costs-and-charges.client-error', 'edit', { openingLevel: 1, stopLevel: -1 }],
])('400 %s: %s %j', async (code, what, body) => {
  const answer = await post(what, body);
  expect([answer.status, answer.body]).toEqual([400, { errorCode: code }]);
});

test('a document or period that is not there is told apart', async () => {
  expect(await get('durablemedium/none')).toMatchObject({
    status: 404,
    body: { errorCode: 'public-api.costs-and-charges.indicative-quote-reference-not-found' },
  });
  expect(await get('history/from/yesterday/to/2026-01-01T00:00:00.000Z')).toMatchObject({
    status: 400,
    body: { errorCode: 'public-api.costs-and-charges.client-error' },
  });
});

test('every offset of a PDF points at its object, whatever the lines hold', () => {
  const pdf = pdfOf(['plain', 'brackets () and \\', '£ and 日本']).toString('latin1');
  const start = Number(/startxref\n(\d+)/.exec(pdf)![1]);
  const offsets = [...pdf.slice(start).matchAll(/^(\d{10}) 00000 n $/gm)].map(([, offset]) => Number(offset));
  expect(offsets.map((offset, i) => pdf.startsWith(`${i + 1} 0 obj\n`, offset))).toEqual(Array(5).fill(true));
  expect(pdf).toContain('(brackets \\(\\) and \\\\) Tj');
});
