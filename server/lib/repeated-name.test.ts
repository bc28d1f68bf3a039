import fc from 'fast-check';
import { expect, test } from 'vitest';
import { repeatedName } from './repeated-name.ts';

test.each<[string, string, (string | number)[] | undefined]>([
  ['in the outermost object', '{"size":"1","size":"2"}', ['size']],
  ['with the same value', '{"size":"1", "size" : "1"}', ['size']],
  ['spelled in another way', String.raw`{"size":"1","\u0073ize":"2"}`, ['size']],
  ['with a quote in it', String.raw`{"a\"":1,"a\"":2}`, ['a"']],
  ['of the prototype', '{"__proto__":1,"__proto__":2}', ['__proto__']],
  ['without a letter', '{"":1,"":2}', ['']],
  ['inside', '{"json":{"a":[1,{"b":1,"c":{},"b":2}]}}', ['json', 'a', 1, 'b']],
  ['after a list and an object', '{"a":[1,2],"b":{"c":1},"a":3}', ['a']],
  ['in two objects', '[{"a":1},{"a":1},{"b":{"a":{"a":1}}}]', undefined],
  ['as a value', '{"a":"b","b":"a","c":["a","a"],"d":"{\\"a\\":1,\\"a\\":2}"}', undefined],
  ['not at all', 'null', undefined],
])('a name that stands twice %s', (_what, json, path) => {
  JSON.parse(json);
  expect(repeatedName(json)).toEqual(path);
});

test('no value has a name twice once it was written, and one more of any of its names is found', () => {
  fc.assert(
    fc.property(fc.json(), fc.string(), (json, name) => {
      expect(repeatedName(json)).toBeUndefined();
      const written = JSON.stringify(name);
      expect(repeatedName(`{${written}:${json},"x ${'y'.repeat(50)}":[${json}],${written}:0}`)).toEqual([
        name,
      ]);
    }),
  );
});

test('what is no JSON ends too, and a text as deep as it is long', () => {
  fc.assert(fc.property(fc.string(), (text) => void repeatedName(text)));
  for (const text of ['{"a', '{"a\\', '}}]],,', '"\\', '['.repeat(100_000), '{"a":'.repeat(20_000)])
    expect(repeatedName(text)).toBeUndefined();
});
