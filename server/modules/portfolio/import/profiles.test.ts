// What the rows of each broker's file stand for.
import { expect, test } from 'vitest';
import { ImportFile } from '../../../../shared/portfolio-import.ts';
import { readCsv } from './csv.ts';
import { readFile, type ReadRow } from './profiles.ts';

const read = (profile: ImportFile['profile'], lines: readonly string[], more: object = {}) => {
  const {
    id: _id,
    csv,
    ...options
  } = ImportFile.parse({ id: 'pf', profile, csv: lines.join('\n'), ...more });
  return readFile(readCsv(csv), { ...options, baseCurrency: 'GBP', zoneOfPortfolio: 'Europe/London' });
};
const shown = (row: ReadRow) =>
  'drafts' in row
    ? row.drafts.map(({ at, terms, note }) => ({ at: at.toISOString(), ...terms, note }))
    : 'problem' in row
      ? row.problem
      : 'left out';
const only = (profile: ImportFile['profile'], head: string, line: string, more: object = {}) =>
  shown(read(profile, [head, line], more).rows[0]!);

const ig =
  'Date,Summary,MarketName,Period,ProfitAndLoss,Transaction type,Reference,Open level,Close level,Size,Currency,PL Amount,Cash transaction,DateUtc,OpenDateUtc,CurrencyIsoCode';
const ofIg = (line: string, more: object = {}) => only('ig', ig, line, more);

test('a closed trade of IG becomes its opening and its closing, on the side that its profit says', () => {
  expect(
    ofIg(
      '30/03/26,Closing trades,Wall Street Cash (£1),DFB,£19.95,DEAL,ABCD1234,21800.5,21840.4,0.5,£,19.95,false,2026-03-30T14:00:11,2026-03-30T12:00:00,GBP',
      { instruments: [{ name: 'Wall Street Cash (£1)', instrument: 'IX.D.DOW.DAILY.IP' }] },
    ),
  ).toEqual([
    {
      at: '2026-03-30T12:00:00.000Z',
      kind: 'buy',
      instrument: 'IX.D.DOW.DAILY.IP',
      quantity: '0.5',
      price: '21800.5',
      currency: 'GBP',
      note: 'IG ABCD1234',
    },
    {
      at: '2026-03-30T14:00:11.000Z',
      kind: 'sell',
      instrument: 'IX.D.DOW.DAILY.IP',
      quantity: '0.5',
      price: '21840.4',
      currency: 'GBP',
      note: 'IG ABCD1234',
    },
  ]);
  expect(
    ofIg(
      '30/03/26,Closing trades,FTSE 100,DFB,£-15.70,DEAL,R1,6810.7,6826.4,-1,£,-15.70,false,2026-03-30T14:00:11,2026-03-30T12:00:00,',
    ),
  ).toMatchObject([
    { kind: 'short', instrument: 'FTSE_100', quantity: '1', currency: 'GBP' },
    { kind: 'cover', price: '6826.4' },
  ]);
});

test.each([
  ['Cash In,,,,DEPO,R,-,-,-,£,500.00', { kind: 'deposit', amount: '500' }],
  ['Cash Out,,,,WITH,R,0,0,-,£,-20.00', { kind: 'withdrawal', amount: '20' }],
  [
    'Dividend,Vodafone Group PLC,-,,DEPO,R,-,-,-,£,"1,004.20"',
    { kind: 'dividend', instrument: 'Vodafone_Group_PLC', amount: '1004.20' },
  ],
  ['CFD funding Interest Paid,x,-,,WITH,R,-,-,-,£,-0.31', { kind: 'interest', amount: '-0.31' }],
  ['Share Dealing Commissions,x,-,,WITH,R,-,-,-,£,-8.00', { kind: 'fee', amount: '8' }],
  ['SDRT,x,-,,WITH,R,-,-,-,£,-5.00', { kind: 'tax', amount: '5' }],
])('cash of IG: %s', (line, terms) => {
  const [summary] = line.split(',');
  expect(ofIg(`30/03/26,${line},true,2026-03-30T14:00:11,,GBP`)).toMatchObject([
    { ...terms, currency: 'GBP', note: `IG R: ${summary}` },
  ]);
});

test.each([
  [
    '30/03/26,Closing trades,Germany 40,-,£8,DEAL,R,100,110,1,£,8.51,false,2026-03-30T14:00:11,2026-03-30T12:00:00,GBP',
    /PL Amount is 8.51, and Size × .* is 10: it was dealt in contracts or converted/,
  ],
  [
    '30/03/26,Client Consideration,VOD,-,£8,DEAL,R,-,-,-,£,-80,true,2026-03-30T14:00:11,,GBP',
    /Summary is "Client Consideration" with -80, of which nothing is known: enter it by hand/,
  ],
  ['30/03/26,SDRT,x,-,,WITH,R,-,-,-,£,5.00,true,2026-03-30T14:00:11,,GBP', /nothing is known/],
  ['30/03/26,Cash In,x,-,,DEPO,R,-,-,-,$,5.00,true,2026-03-30T14:00:11,,', /write a currency code/],
])('what IG’s row does not tell is refused: %s', (line, problem) => {
  expect(ofIg(line)).toMatch(problem);
});

const t212 =
  'Action,Time (UTC),ISIN,Ticker,Name,Notes,ID,No. of shares,Price / share,Currency (Price / share),Exchange rate,Result,Currency (Result),Total,Currency (Total),Withholding tax,Currency (Withholding tax),Stamp duty,Currency (Stamp duty),Currency conversion fee,Currency (Currency conversion fee)';
const of212 = (line: string) => only('trading_212', t212, line);

test('a trade of Trading 212 in the money of the account has its charges; pence are pounds', () => {
  expect(
    of212(
      'Market buy,2026-01-15 07:00:31+00:00,IE00,CYSE,"WisdomTree, Acc",,EOF1,10.0000000000,1939.6000000000,GBX,100.00,,,194.93,"GBP",,,0.97,GBP,,',
    ),
  ).toEqual([
    {
      at: '2026-01-15T07:00:31.000Z',
      kind: 'buy',
      instrument: 'CYSE',
      quantity: '10',
      price: '1939.6',
      currency: 'GBX',
      tax: '0.97',
      note: 'Trading 212 EOF1',
    },
  ]);
});

test('a trade of Trading 212 in another money comes with the exchange that paid for it and the fee of that', () => {
  const line = (action: string, total: string) =>
    `${action},2026-01-15 14:30:06,US59,MSFT,Microsoft,,EOF2,2,100.5,USD,1.25,,,${total},GBP,,,,,0.25,GBP`;
  expect(of212(line('Limit buy', '161.05'))).toMatchObject([
    {
      kind: 'exchange',
      sold: { amount: '160.8', currency: 'GBP' },
      bought: { amount: '201', currency: 'USD' },
    },
    { kind: 'buy', instrument: 'MSFT', quantity: '2', price: '100.5', currency: 'USD', rate: '0.8' },
    { kind: 'fee', amount: '0.25', currency: 'GBP', instrument: 'MSFT' },
  ]);
  expect(of212(line('Stop limit sell', '160.55'))).toMatchObject([
    { kind: 'sell', price: '100.5', rate: '0.8' },
    {
      kind: 'exchange',
      sold: { amount: '201', currency: 'USD' },
      bought: { amount: '160.8', currency: 'GBP' },
    },
    { kind: 'fee', amount: '0.25' },
  ]);
});

test.each([
  ['Deposit,2026-01-13 06:37:13,,,,Notes,I,,,,,,,200.00,GBP,,,,,,', { kind: 'deposit', amount: '200' }],
  ['Withdrawal,2026-01-14 08:00:00,,,,,I,,,,,,,-50.00,GBP,,,,,,', { kind: 'withdrawal', amount: '50' }],
  ['Interest on cash,2026-01-14 08:00:00,,,,,I,,,,,,,0.07,GBP,,,,,,', { kind: 'interest', amount: '0.07' }],
  [
    'Dividend (Ordinary),2026-01-14 08:00:00,x,VUSA,x,,I,3,0.25,GBP,,,,0.60,GBP,0.15,GBP,,,,',
    { kind: 'dividend', instrument: 'VUSA', amount: '0.75', tax: '0.15' },
  ],
  [
    'Dividend (Ordinary),2026-01-14 08:00:00,x,MAIN,x,,I,3,0.25,USD,,,,0.60,GBP,0.15,USD,,,,',
    { kind: 'dividend', instrument: 'MAIN', amount: '0.6', currency: 'GBP' },
  ],
])('cash of Trading 212: %s', (line, terms) => {
  expect(of212(line)).toMatchObject([terms]);
});
test.each([
  ['Stock split open,2026-01-14 08:00:00,x,A,x,,I,3,,,,,,1,GBP,,,,,,', /Action is "Stock split open"/],
  [
    'Market buy,2026-01-14 08:00:00,x,A,x,,I,3,2,GBP,,,,9,GBP,,,,,,',
    /Total is 9, and shares × price .* is 6/,
  ],
  ['Market buy,2026-01-14 08:00:00,x,A,x,,I,,2,GBP,,,,9,GBP,,,,,,', /No. of shares is "", which is no clear/],
])('what Trading 212’s row does not tell is refused: %s', (line, problem) => {
  expect(of212(line)).toMatch(problem);
});

test('a file of another broker is refused, and which it is said', () => {
  expect(() => read('ig', [t212])).toThrow(
    'is not the transaction history of IG, its head has no column "DateUtc": it is the history of Trading 212, so set profile to trading_212',
  );
  expect(() => read('ftrader', ['Datum;Betrag', '1;2'])).toThrow(/has no column "at": say in columns/);
  expect(() => read('trading_212', ['a,b'])).toThrow(/export it again with all its columns/);
});

test('rows are put into the order in which they count, whichever way round the broker writes', () => {
  const cash = (day: string) => `x,Cash In,,,,DEPO,R${day},-,-,-,£,5,true,2026-01-${day}T10:00:00,,GBP`;
  for (const days of [
    ['05', '06', '07'],
    ['07', '06', '05'],
  ])
    expect(
      read('ig', [ig, ...days.map(cash)]).rows.map((row) => 'drafts' in row && row.drafts[0]!.note),
    ).toEqual(['IG R05: Cash In', 'IG R06: Cash In', 'IG R07: Cash In']);
});

test('any plain file is read by the names of its columns and kinds, its dates, its comma and its zone', () => {
  const { rows, unread } = read(
    'ftrader',
    [
      '\ufeffDatum;Art;Papier;Stück;Kurs;Währung;Depot',
      '05.01.2026 09:30;Kauf;SAP SE;1.000;1.234,5;EUR;7',
      '05.01.2026 09:30;Kauf;SAP SE;1,5;1.234,5;EUR;7',
    ],
    {
      decimal: 'comma',
      dates: 'dmy',
      timeZone: 'Europe/Berlin',
      columns: {
        at: 'Datum',
        kind: 'Art',
        instrument: 'Papier',
        quantity: 'Stück',
        price: 'Kurs',
        currency: 'Währung',
      },
      kinds: [{ word: 'Kauf', kind: 'buy' }],
      instruments: [{ name: 'SAP SE', instrument: 'SAP' }],
    },
  );
  // 1.000 could be one or a thousand.
  expect(shown(rows[0]!)).toMatch(/^Stück is "1.000", which is no clear number with a decimal comma/);
  expect(shown(rows[1]!)).toEqual([
    {
      at: '2026-01-05T08:30:00.000Z',
      kind: 'buy',
      instrument: 'SAP',
      quantity: '1.5',
      price: '1234.5',
      currency: 'EUR',
      note: null,
    },
  ]);
  expect(unread).toEqual(['Depot']);
});
