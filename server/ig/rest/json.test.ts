import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseLosslessInTurns } from './json-in-turns.ts';
import { parseLossless } from './json.ts';

/** What it must be like: the platform's own parser, and the source of each number as the platform tells it. */
const model = (text: string): unknown =>
  JSON.parse(text, (_key, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' ? context!.source : value,
  );
const outcome = (parse: (text: string) => unknown, text: string) => {
  try {
    return { value: parse(text) };
  } catch (error) {
    return { refused: (error as Error).name };
  }
};
const seed = Number(process.env['FTRADER_SEED'] ?? Date.now() % 2 ** 31);
const check = (property: fc.IProperty<[string]>, numRuns = 1_000) => {
  console.log(`seed ${seed}`);
  fc.assert(property, { seed, numRuns });
};

/** Pieces that JSON is made of, and pieces that come close. */
const piece = fc.constantFrom(
  ...['{', '}', '[', ']', ',', ':', '"', '\\', ' ', '\n', '\u00a0', '"a"', '"a":', '"a" :', '"__proto__":'],
  ...[
    '0',
    '1',
    '-',
    '-1',
    '01',
    '1.',
    '.5',
    '1.50',
    '1e5',
    '1E+05',
    '-0',
    '1e',
    '+1',
    '--1',
    '1-2',
    '1.0E10',
  ],
  ...[
    'true',
    'null',
    'NaN',
    '"1"',
    '"\\"1"',
    '"\\\\"',
    '"\\u0031"',
    '"1,',
    '\u2028',
    '\ud800',
    '12345678901234567890',
  ],
);
const numberText = fc
  .tuple(
    fc.constantFrom('', '-'),
    fc.oneof(fc.constant('0'), fc.bigInt({ min: 1n, max: 10n ** 30n }).map(String)),
    fc.constantFrom('', '.0', '.50', '.1234567890123456789'),
    fc.constantFrom('', 'e5', 'E+10', 'e-07'),
  )
  .map((parts) => parts.join(''));
/** JSON whose numbers are written as people and machines write them. */
const document = fc
  .tuple(fc.jsonValue({ maxDepth: 6 }), fc.array(numberText, { minLength: 1 }), fc.constantFrom(0, 2))
  .map(([value, numbers, indent]) => {
    let n = 0;
    const next = () => JSON.rawJSON(numbers[n++ % numbers.length]!);
    return JSON.stringify(value, (_key, each: unknown) => (typeof each === 'number' ? next() : each), indent);
  });

test('a JSON text is read as by the platform, each number as the text it was written as', () => {
  check(
    fc.property(document, (text) => {
      expect(outcome(parseLossless, text)).toEqual(outcome(model, text));
    }),
  );
});

test('what is not JSON is refused, however close it comes', () => {
  check(
    fc.property(
      fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join('')),
      (text) => {
        expect(outcome(parseLossless, text)).toEqual(outcome(model, text));
      },
    ),
    6_000,
  );
});

test.each([
  '{1 :2}',
  '{"a" 1}',
  '"\\1',
  '["a",1,"b 2]',
  '01',
  '1.',
  '1 2',
  '-',
  '',
  ' 1 ',
  '[1,]',
  '{"a":1,"a":2}',
  '{"__proto__":{"a":1}}',
  '{"constructor":1}',
  '"1"',
  '[-0, 1.0E10 ,14147.0000]',
])('%s is read or refused as by the platform', (text) => {
  expect(outcome(parseLossless, text)).toEqual(outcome(model, text));
  const { value } = outcome(parseLossless, text);
  expect(Object.getPrototypeOf(value ?? {})).toBe(Object.getPrototypeOf(outcome(model, text).value ?? {}));
});

test('a text as deep as an answer is long is read without a stack to overflow, or refused', () => {
  const deep = '['.repeat(100_000);
  expect(outcome(parseLossless, deep)).toEqual({ refused: 'SyntaxError' });
  expect(outcome(parseLossless, `${deep}1${']'.repeat(100_000)}`)).not.toHaveProperty('refused');
});

test('an answer of thousands of positions is read in turns, to the same as in one', async () => {
  const positions = Array.from({ length: 4_000 }, (_, n) => ({
    position: {
      dealId: `DI${n}`,
      size: JSON.rawJSON('1.50'),
      level: JSON.rawJSON('1.0E3'),
      name: 'a "1", 2',
    },
    market: { epic: 'CS.D.EURUSD.CFD.IP', bid: JSON.rawJSON(`${n}.10`), note: 'x'.repeat(60) },
  }));
  const text = JSON.stringify({ positions });
  let turns = 0;
  let done = false;
  const reading = parseLosslessInTurns(text).finally(() => (done = true));
  while (!done) {
    turns++;
    await setImmediate();
  }
  expect(await reading).toEqual(model(text));
  expect(turns).toBeGreaterThan(3);
  await expect(parseLosslessInTurns(text.slice(0, -1))).rejects.toThrow(SyntaxError);
});
