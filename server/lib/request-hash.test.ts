import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { decimal } from '../../shared/decimal.ts';
import { control, IdempotencyKey } from '../../shared/idempotency.ts';
import { DecimalText, Instant } from '../../shared/primitives.ts';
import { ClosePosition, OpenPosition } from '../../shared/deal-requests.ts';
import { requestHash } from './request-hash.ts';

const hashOpen = requestHash(OpenPosition, 'open');
const hashClose = requestHash(ClosePosition, 'close');
const epic = 'CS.D.EURUSD.CFD.IP';
const key = { idempotencyKey: 'intent-1' };
const dealId = 'DIAAAA000000001';

// Written by the version before this file: rows hold them, and a repeated request must find its own.
test.each([
  ['016b1e7f6924d9a618a0c14443199507e3335ce509e29e1aad23bf9e9b18c45f', { direction: 'BUY', size: '1' }],
  [
    'fde041652fce28d594f4a7729ed8ab64c2ff079250976f81b8ab68a9cd191c26',
    {
      accountId: 'acct_06a3k',
      direction: 'SELL',
      size: '01.50',
      stopLevel: '1.38780',
      limitDistancePoints: '020.0',
      currency: 'USD',
      waitMs: 0,
    },
  ],
  [
    'f759dbd3be253008bb1ad3408c43db7d7f4f624c56de16e54dec1dcefa128282',
    {
      epic: 'IX.D.FTSE.DAILY.IP',
      direction: 'BUY',
      size: '0.10',
      stopDistancePoints: '10',
      limitLevel: '8000.000',
    },
  ],
])('an open hashes to what stored rows hold: %s', (hash, order) => {
  expect(hashOpen(OpenPosition.parse({ epic, ...order, ...key }))).toBe(hash);
});
test.each([
  ['0f7c12eb469fb3d018d4afb18c657a6505ef77e34697b0eabbec2e2e8cbb8819', {}],
  [
    'ba7dec562f5e12619e7d4c34b5ff9f4af589a5eed644286ba39b12d10468bfa0',
    { accountId: 'acct_06a3k', size: '2.0', waitMs: 10 },
  ],
])('a close hashes to what stored rows hold: %s', (hash, close) => {
  expect(hashClose(ClosePosition.parse({ dealId, ...close, ...key }))).toBe(hash);
});

// Whatever its fields together: which of them exclude each other is not the hash's affair.
const hashOfAny = hashOpen as (order: object) => string;
const digits = (most: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${most}}$`));
const size = fc
  .tuple(digits(6), fc.option(digits(6)))
  .map(([whole, part]) => (part === null ? whole : `${whole}.${part}`))
  .filter((text) => /[1-9]/.test(text));
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const text = fc.stringMatching(/^[A-Z0-9a-z_.]{6,12}$/);
/** Every field of the schema; a new one does not compile before it stands here. */
const fields: { [Name in keyof OpenPosition]-?: fc.Arbitrary<OpenPosition[Name]> } = {
  accountId: maybe(text),
  epic: text,
  direction: fc.constantFrom('BUY' as const, 'SELL' as const),
  size,
  stopLevel: maybe(size),
  stopDistancePoints: maybe(size),
  limitLevel: maybe(size),
  limitDistancePoints: maybe(size),
  guaranteedStop: maybe(fc.constant(true as const)),
  trailingStop: maybe(fc.record({ distancePoints: size, incrementPoints: size })),
  level: maybe(size),
  tolerancePoints: maybe(size),
  forceOpen: maybe(fc.boolean()),
  tag: maybe(text),
  note: maybe(text),
  currency: maybe(fc.stringMatching(/^[A-Z]{3}$/)),
  idempotencyKey: fc.stringMatching(/^[a-z]{8,12}$/),
  waitMs: fc.integer({ min: 0, max: 10_000 }),
};
const orders = fc.record(fields);
const controls = ['idempotencyKey', 'waitMs'] as const;
const asked = Object.keys(fields).filter(
  (name): name is Exclude<keyof OpenPosition, (typeof controls)[number]> =>
    !controls.some((each) => each === name),
);
const decimals = [
  'size',
  'stopLevel',
  'stopDistancePoints',
  'limitLevel',
  'limitDistancePoints',
  'level',
  'tolerancePoints',
] as const;
const isDecimal = (name: string) => decimals.some((each) => each === name);

test('a change of any one field of a request changes its hash, and a change of its key or its patience does not', () => {
  const meaning = (name: string, value: unknown) => {
    if (typeof value === 'object' && value !== null)
      return JSON.stringify(Object.values(value).map((text) => decimal.canonical(String(text))));
    return typeof value === 'string' && isDecimal(name) ? decimal.canonical(value) : value;
  };
  const compared = new Set<string>();
  fc.assert(
    fc.property(orders, orders, (order, other) => {
      for (const name of asked) {
        const changed = { ...order, [name]: other[name] };
        const same = meaning(name, order[name]) === meaning(name, other[name]);
        if (!same) compared.add(name);
        expect([name, hashOfAny(changed) === hashOfAny(order)]).toEqual([name, same]);
      }
      for (const name of controls)
        expect(hashOfAny({ ...order, [name]: other[name] })).toBe(hashOfAny(order));
    }),
  );
  expect([...compared].sort()).toEqual([...asked].sort());
});

test('the spelling of decimals and the order of fields do not change the hash', () => {
  fc.assert(
    fc.property(orders, fc.nat(5), fc.nat(5), (order, left, right) => {
      const respelt = Object.entries(order)
        .map(([name, value]): [string, unknown] => {
          if (typeof value !== 'string' || !isDecimal(name)) return [name, value];
          const [whole, part = ''] = value.split('.');
          const fraction = part + '0'.repeat(right);
          return [name, '0'.repeat(left) + whole + (fraction && `.${fraction}`)];
        })
        .reverse();
      const again: object = { ...order, ...Object.fromEntries(respelt) };
      expect(hashOfAny(again)).toBe(hashOfAny(order));
    }),
  );
});

test('what is a decimal is known by its schema alone: text that looks like one is taken as it is', () => {
  const hash = requestHash(z.object({ note: z.string(), fee: DecimalText.optional().describe('paid') }), 'x');
  expect(hash({ note: '1', fee: '1.0' })).toBe(hash({ note: '1', fee: '1' }));
  expect(hash({ note: '1.0' })).not.toBe(hash({ note: '1' }));
});

describe('inside objects, lists and unions', () => {
  const Transaction = z.strictObject({
    at: Instant,
    legs: z.array(z.object({ amount: DecimalText.nullable(), asset: z.string().max(9).default('cash') })),
    paid: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('fee'), fee: DecimalText }),
      z.object({ kind: z.literal('note'), fee: z.string() }),
    ]),
    idempotencyKey: IdempotencyKey.describe('another word for it').optional(),
    patience: z.number().int().register(control).optional(),
  });
  type Transaction = z.output<typeof Transaction>;
  const hash = requestHash(Transaction, 'transaction');
  const base: Transaction = {
    at: new Date('2026-01-05T09:00:00.123Z'),
    legs: [
      { amount: '10', asset: 'cash' },
      { amount: '-2.5', asset: 'share' },
    ],
    paid: { kind: 'fee', fee: '0.1' },
  };
  const [first, second] = [base.legs[0]!, base.legs[1]!];

  test.each<[string, Partial<Transaction>]>([
    ['a decimal in a list', { legs: [{ ...first, amount: '010.00' }, second] }],
    ['fields in another order', { legs: [{ asset: 'cash', amount: '10' }, second] }],
    ['a decimal in the option that fits', { paid: { kind: 'fee', fee: '0.10' } }],
    ['the key', { idempotencyKey: 'intent-2' }],
    ['a field marked as control', { patience: 5 }],
  ])('%s may be spelt anew', (_what, change) => {
    expect(hash({ ...base, ...change })).toBe(hash(base));
  });
  test.each<[string, Partial<Transaction>]>([
    ['an instant', { at: new Date('2026-01-05T09:00:00.124Z') }],
    ['the order of a list', { legs: [second, first] }],
    ['the length of a list', { legs: [first] }],
    ['a decimal in a list', { legs: [{ ...first, amount: '10.01' }, second] }],
    ['a decimal that is null', { legs: [{ ...first, amount: null }, second] }],
    ['a text in a list', { legs: [{ ...first, asset: 'bond' }, second] }],
    ['the option', { paid: { kind: 'note', fee: '0.1' } }],
  ])('%s cannot change unseen', (_what, change) => {
    expect(hash({ ...base, ...change })).not.toBe(hash(base));
  });
  test('text in another option is taken as it is', () => {
    const noted = (fee: string) => hash({ ...base, paid: { kind: 'note', fee } });
    expect(noted('1.0')).not.toBe(noted('1'));
  });
});

test('the kind of a request is part of it', () => {
  expect(requestHash(ClosePosition, 'amend')({ dealId, waitMs: 0, ...key })).not.toBe(
    hashClose({ dealId, waitMs: 0, ...key }),
  );
});

test.each<[string, z.ZodType]>([
  ['a record', z.object({ by: z.record(z.string(), DecimalText) })],
  ['a transform', z.object({ at: z.string().transform(Number) })],
  ['unknown fields', z.looseObject({ id: z.string() })],
  ['anything at all', z.object({ data: z.unknown() })],
])('%s is refused when the hash is made, not when a request comes', (_what, schema) => {
  expect(() => requestHash(schema, 'x')).toThrow(TypeError);
});
