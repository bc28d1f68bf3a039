import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeValues } from '../../testing/stream-tlcp.ts';
import { encodeText, encodeValue, encodeValues, parseRequest } from './codec.ts';

test.each<[string | null, string]>([
  [null, '#'],
  ['', '$'],
  ['1.1', '1.1'],
  ['#x', '%23x'],
  ['$', '%24'],
  ['^3|a%20b\r\nnew é€😀', '%5E3%7Ca%2520b%0D%0Anew é€😀'],
  ['{"x":"a|b,c%"}', '{"x":"a%7Cb,c%25"}'],
  ['a#$^', 'a#$^'],
])('the value %j is written %j', (value, text) => expect(encodeValue(value)).toBe(text));

test.each<[(string | null)[], (string | null)[] | undefined, string]>([
  [['1.1', null, ''], undefined, '1.1|#|$'],
  [['1.2', null, ''], ['1.1', null, ''], '1.2||'],
  [['1.2', '2', null], ['1.2', null, ''], '|2|#'],
  [['a', 'b', 'c', 'D'], ['a', 'b', 'c', 'd'], '^3|D'],
  [['B', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'], 'B|^3'],
  [['a', 'b', 'C', 'd'], ['a', 'b', 'c', 'd'], '||C|'],
  [['a', 'b', 'c', 'd'], ['a', 'b', 'c', 'd'], '^4'],
  [['a'], ['a'], ''],
])('the update %j after %j is %j', (values, before, text) => expect(encodeValues(values, before)).toBe(text));

test('message texts keep their commas', () =>
  expect(encodeText('Insufficient permissions, 100%')).toBe('Insufficient permissions%2C 100%25'));

test('requests of both SDK generations are read: batches, a stray & at the end, a name alone, a trailing line end', () => {
  expect(parseRequest('wsok')).toMatchObject({ name: 'wsok', lines: [{ size: 0 }] });
  expect(parseRequest('heartbeat\r\n\r\n').name).toBe('heartbeat');
  const { name, lines } = parseRequest(
    'control\r\nLS_reqId=1&LS_group=L1%3AA%20L1%3AB&\r\nLS_reqId=2&LS_op=delete\r\n',
  );
  expect(name).toBe('control');
  expect(lines.map((line) => [...line])).toEqual([
    [
      ['LS_reqId', '1'],
      ['LS_group', 'L1:A L1:B'],
    ],
    [
      ['LS_reqId', '2'],
      ['LS_op', 'delete'],
    ],
  ]);
});

test('whatever the values, a client reads them back, from full updates and from differences, and no line breaks', () => {
  const value = fc.oneof(
    fc.constantFrom(null, '', '#', '$', '^', '^3', '|', '%', '%7C', '\r\n', '1.17450', '{"a":"b|c,d%"}'),
    fc.string({ unit: 'binary', maxLength: 8 }).map((text) => text.toWellFormed()),
  );
  const pairs = fc.integer({ min: 1, max: 9 }).chain((length) => {
    const row = fc.array(value, { minLength: length, maxLength: length });
    return fc.tuple(row, row, fc.array(fc.boolean(), { minLength: length, maxLength: length }));
  });
  fc.assert(
    fc.property(pairs, ([before, other, same]) => {
      const values = other.map((each, i) => (same[i] ? before[i]! : each));
      for (const [text, known] of [
        [encodeValues(values, undefined), []],
        [encodeValues(values, before), before],
      ] as const) {
        expect(text).not.toMatch(/[\r\n]/);
        expect(decodeValues(text, known)).toEqual(values);
      }
    }),
  );
});
