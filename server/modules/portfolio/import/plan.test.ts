// What an import adds to a ledger: everything that is not there yet, and nothing twice.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TransactionTerms } from '../../../../shared/portfolio-transactions.ts';
import type { LedgerEntry } from '../ledger/entry.ts';
import { createPriceBook } from '../valuation/price-book.ts';
import { readCsv } from './csv.ts';
import { createKeys } from './keys.ts';
import { exportHead, exportLine } from './own.ts';
import { planImport, type Ledger, type NewEntry } from './plan.ts';
import type { Draft } from './profile.ts';
import { readFile, type ReadRow } from './profiles.ts';

type Entry = LedgerEntry & { note: string | null };
const now = new Date('2026-06-01T00:00:00Z');
let made = 0;
const tools = { next: () => `ptx_${++made}`, now };
const ledgerOf = (entries: readonly Entry[]): Ledger => ({
  startsOn: '2026-01-01',
  timeZone: 'Europe/London',
  entries,
  base: {
    currency: 'GBP',
    book: createPriceBook([], [{ from: 'USD', to: 'GBP', on: '2026-01-01', rate: '0.8' }]),
  },
});
const settle = (fresh: readonly NewEntry[]): Entry[] => fresh.map(({ digest: _digest, ...entry }) => entry);
const options = {
  profile: 'ftrader' as const,
  decimal: 'point' as const,
  dates: 'iso' as const,
  kinds: [],
  instruments: [],
  leaveOut: [],
  baseCurrency: 'GBP',
  zoneOfPortfolio: 'Europe/London',
};

/** The rows of an export, `from` to `to` of its transactions. */
function exported(entries: readonly Entry[], from = 0, to = entries.length): ReadRow[] {
  const { keyOf } = createKeys(entries);
  const lines = entries.slice(from, to).map((entry) => exportLine({ ...entry, key: keyOf(entry.id) }, keyOf));
  return readFile(readCsv(exportHead + lines.join('')), options).rows;
}
/** With every id replaced by the place of its transaction: what two ledgers are compared by. */
function placed(entries: readonly Entry[]): unknown {
  const places = new Map(entries.map(({ id }, n) => [id, `place ${n}`]));
  return JSON.parse(
    JSON.stringify(entries, (_name, value: unknown) =>
      typeof value === 'string' ? (places.get(value) ?? value) : value,
    ),
  );
}

const pick = <T>(...values: T[]) => fc.constantFrom(...values);
const instant = fc.integer({ min: 0, max: 3 }).map((n) => new Date(Date.UTC(2026, 0, 5 + n, 9, 30, 0, 250)));
const amount = pick('1', '2.50', '10', '0.1234567891');
const currency = pick('GBP', 'USD');
const traded = {
  instrument: pick('VOD', 'BRK.B'),
  quantity: pick('1', '2', '10.50'),
  price: pick('98.4', '0', '100'),
  currency: pick('GBX', 'GBP'),
};
const extra = { fee: amount, tax: amount, rate: amount };
const some = <T extends object>(required: { [K in keyof T]: fc.Arbitrary<T[K]> }, optional: object = {}) =>
  fc.record({ ...required, ...optional } as Record<string, fc.Arbitrary<unknown>>, {
    requiredKeys: Object.keys(required),
  });
const money = { amount, currency };
const terms = fc.oneof(
  { weight: 6, arbitrary: some({ kind: pick('buy', 'buy', 'short', 'sell', 'cover'), ...traded }, extra) },
  some({ kind: pick('dividend'), instrument: traded.instrument, ...money }, { tax: amount, rate: amount }),
  some(
    { kind: pick('interest'), amount: pick('-1.5', '2'), currency },
    { instrument: traded.instrument, rate: amount },
  ),
  some({ kind: pick('fee', 'tax'), ...money }, { instrument: traded.instrument }),
  some({ kind: pick('deposit', 'withdrawal'), ...money }, { rate: amount }),
  some({ kind: pick('split'), instrument: traded.instrument, newUnits: pick('2'), oldUnits: pick('1', '3') }),
  some({ kind: pick('transfer'), direction: pick('in', 'out'), ...traded }),
  some({ kind: pick('funding'), instrument: traded.instrument, ...money }),
  some(
    {
      kind: pick('exchange'),
      sold: fc.record({ amount, currency: pick('GBP') }),
      bought: fc.record({ amount, currency: pick('USD') }),
    },
    { fee: amount },
  ),
) as fc.Arbitrary<TransactionTerms>;
const note = fc.option(
  fc
    .string({
      unit: fc.oneof(
        fc.constantFrom('"', ',', ';', '=', ' ', "'", '|', 'é'),
        fc.string({ minLength: 1, maxLength: 1 }),
      ),
      maxLength: 12,
    })
    .map((text) => text.replaceAll(/\p{Cc}/gu, '').trim())
    .filter((text) => text.length > 0),
  { nil: null },
);
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ is: pick('entered' as const), at: instant, terms, note }),
  },
  fc.record({ is: pick('closed' as const), at: instant, of: fc.nat() }),
  fc.record({ is: pick('again' as const), of: fc.nat() }),
  fc.record({ is: pick('taken back' as const), of: fc.nat(), note }),
);

/** One unit of what this opened, by its name. */
function closing({ id, terms: opened }: Entry): TransactionTerms {
  const { instrument, currency } = opened as Extract<TransactionTerms, { kind: 'buy' }>;
  const kind = opened.kind === 'buy' ? 'sell' : 'cover';
  return {
    kind,
    instrument,
    currency,
    quantity: '1',
    price: '3',
    lots: [{ transactionId: id, quantity: '1' }],
  };
}

/** A ledger of what of these steps can have happened. */
function grow(steps: readonly (typeof step extends fc.Arbitrary<infer Step> ? Step : never)[]): Entry[] {
  const entries: Entry[] = [];
  const tryAll = (...drafts: Draft[]) => {
    for (const draft of drafts) {
      // A single row is compared with none that is there: it bears a key of its own.
      const before = entries.map((entry) => ({ ...entry, note: `${entry.note ?? ''} ` }));
      const { rows, fresh } = planImport([{ row: 2, drafts: [draft] }], ledgerOf(before), tools);
      if (rows[0]!.outcome === 'add') return void entries.push(...settle(fresh));
    }
  };
  for (const each of steps) {
    if (each.is === 'entered') {
      const plain = { at: each.at, terms: each.terms, note: each.note };
      tryAll(plain);
    }
    const opened = entries.filter(({ terms: { kind } }) => kind === 'buy' || kind === 'short');
    const lot = each.is === 'closed' ? opened[each.of % Math.max(opened.length, 1)] : undefined;
    if (lot && each.is === 'closed') tryAll({ at: each.at, terms: closing(lot), note: null });
    const older =
      each.is === 'entered' || each.is === 'closed'
        ? undefined
        : entries[each.of % Math.max(entries.length, 1)];
    if (older && each.is === 'again' && older.reverses === null)
      tryAll({ at: older.at, terms: older.terms, note: older.note });
    if (older && each.is === 'taken back')
      tryAll({ at: older.at, terms: older.terms, note: each.note, reverses: older.id });
  }
  return entries;
}

test('a ledger that is exported and imported is the same to the last digit, in one file or in two, and imported again adds nothing', () => {
  const seen = { transactions: 0, lots: 0, reversals: 0, equal: 0 };
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), fc.nat(), (steps, cut) => {
      const ledger = grow(steps);
      const whole = planImport(exported(ledger), ledgerOf([]), tools);
      expect(whole.rows.filter(({ outcome }) => outcome !== 'add')).toEqual([]);
      const copy = settle(whole.fresh);
      expect(placed(copy)).toEqual(placed(ledger));

      const at = cut % (ledger.length + 1);
      const first = settle(planImport(exported(ledger, 0, at), ledgerOf([]), tools).fresh);
      const rest = planImport(exported(ledger, at), ledgerOf(first), tools);
      expect(rest.rows.filter(({ outcome }) => outcome !== 'add')).toEqual([]);
      expect(placed([...first, ...settle(rest.fresh)])).toEqual(placed(ledger));

      for (const into of [ledger, copy])
        for (const rows of [exported(ledger), exported(copy), exported(ledger, at)]) {
          const again = planImport(rows, ledgerOf(into), tools);
          expect(again.fresh).toEqual([]);
          expect(again.rows.filter(({ outcome }) => outcome !== 'there')).toEqual([]);
        }
      seen.transactions += ledger.length;
      seen.lots += ledger.filter(({ terms: each }) => 'lots' in each).length;
      seen.reversals += ledger.filter(({ reverses }) => reverses !== null).length;
      const { keyOf } = createKeys(ledger);
      seen.equal += ledger.filter(({ id }) => !keyOf(id).endsWith('-1')).length;
    }),
    { numRuns: 300 },
  );
  // What matters was met, and often.
  for (const times of Object.values(seen)) expect(times).toBeGreaterThan(20);
});

const rows = (lines: string): ReadRow[] => readFile(readCsv(lines), options).rows;
const head = 'at,kind,instrument,quantity,price,currency,key,lots,reverses\n';
const planned = (lines: string, entries: readonly Entry[] = []) =>
  planImport(rows(head + lines), ledgerOf(entries), tools);
const buy = '2026-01-05T10:00:00Z,buy,X,10,1,GBP';

test('of truly equal trades as many are kept as the file has, and only what is more than there is added', () => {
  const two = settle(planned(`${buy}\n${buy}\n`).fresh);
  expect(two).toHaveLength(2);
  expect(planned(`${buy}\n${buy}\n`, two).fresh).toEqual([]);
  // Another spelling of the same numbers and the same instant.
  expect(planned('2026-01-05T11:00:00+01:00,buy,X,10.0,1.00,GBP\n', two).fresh).toEqual([]);
  const three = planned(`${buy}\n${buy}\n${buy}\n`, two);
  expect(three.rows.map(({ outcome }) => outcome)).toEqual(['there', 'there', 'add']);
});

test('what was taken back since it was imported is not added again', () => {
  const first = settle(planned(`${buy},a\n${buy},b,,a\n`).fresh);
  expect(first.map(({ reverses }) => reverses)).toEqual([null, first[0]!.id]);
  expect(planned(`${buy}\n`, first).rows).toMatchObject([{ outcome: 'there' }]);
});

test.each([
  ['2026-01-06T10:00:00Z,sell,X,11,2,GBP', 'quantity is more than is held'],
  ['2026-01-06T10:00:00Z,buy,X,0,2,GBP', 'quantity of the buy is wrong: must be greater than zero'],
  ['2026-01-06T10:00:00Z,buy,X,1,2,JPY', 'rate is needed to turn JPY into GBP on 2026-01-06: enter one'],
  ['2025-12-31T10:00:00Z,buy,X,1,2,GBP', 'at is before 2026-01-01'],
  ['2026-06-01T00:00:01Z,buy,X,1,2,GBP', 'at is in the future'],
  ['2026-01-06T10:00:00Z,bought,X,1,2,GBP', 'kind is "bought", which is no kind of transaction'],
  ['2026-01-06T10:00:00Z,deposit,,,,GBP', 'amount is missing: a transaction of kind deposit needs it'],
  ['2026-01-06T10:00:00Z,sell,X,1,2,GBP,,nobody 1', 'lots names "nobody", which is neither'],
  [`${buy},,,nobody`, 'reverses names "nobody", which is neither'],
  ['2026-01-06T10:00:00Z,buy,X,10,1,GBP,,,a', 'reverses names a transaction of another instant'],
  ['2026-01-06T10:00:00Z,split,X,1,,', 'quantity is not read of a transaction of kind split'],
])('%s is refused with the reason, and what stands beside it is not', (line, problem) => {
  const { rows: found } = planned(`${buy},a\n${line}\n`);
  expect(found[0]).toMatchObject({ row: 2, outcome: 'add', problem: null });
  expect(found[1]).toMatchObject({ row: 3, outcome: 'refused', problem: expect.stringContaining(problem) });
});

test('with a row that is refused what needs it is refused, and what an older transaction needs is named', () => {
  const sale = '2026-01-06T10:00:00Z,sell,X,10,2,GBP';
  const chain = planned(
    `2026-01-05T10:00:00Z,buy,X,10,1,JPY,a\n${sale}\n2026-01-05T10:00:00Z,buy,X,10,1,JPY,,,a\n`,
  );
  expect(chain.rows.map(({ outcome }) => outcome)).toEqual(['refused', 'refused', 'refused']);
  expect(chain.fresh).toEqual([]);
  const older = settle(planned(`${buy}\n${sale}\n`).fresh);
  const { rows: found } = planned('2026-01-05T12:00:00Z,sell,X,1,2,GBP\n', older);
  expect(found[0]!.problem).toContain(
    `with it the sell ${older[1]!.id} of 2026-01-06 could not have happened`,
  );
});

test('a thing is taken back once, and a reversal not at all', () => {
  const { rows: found } = planned(`${buy},a\n${buy},b,,a\n${buy},c,,a\n`);
  expect(found.map(({ outcome, problem }) => problem ?? outcome)).toEqual([
    'add',
    'add',
    expect.stringContaining('taken back already'),
  ]);
  expect(planned(`${buy},a\n${buy},b,,a\n${buy},c,,b\n`).rows[2]!.problem).toContain('names a reversal');
});

test('many rows that are refused on a long ledger are not looked for to the last one, and nothing is written for that', () => {
  const older = settle(planned(`${buy}\n`).fresh)[0]!;
  const long = Array.from({ length: 30_000 }, (_, n) => ({ ...older, id: `old_${n}`, number: n + 1 }));
  const sales = Array.from({ length: 500 }, (_, n) => `2026-01-06T10:00:00Z,sell,X,${1_000_000 + n},2,GBP\n`);
  const { rows: found } = planned(sales.join(''), long);
  const refused = found.filter(({ outcome }) => outcome === 'refused').length;
  expect(refused).toBeGreaterThan(0);
  expect(refused).toBeLessThan(10);
});
