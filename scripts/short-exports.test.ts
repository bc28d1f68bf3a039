import { expect, test } from 'vitest';
import { shorten } from './short-exports.ts';

test('every name that was exported leads where it led, by its own entry or by the pattern', () => {
  const entry = (file: string) => ({
    import: { types: `./${file}.d.ts`, default: `./${file}.js` },
    require: `./${file}.cjs`,
  });
  const exports = {
    '.': entry('index'),
    './alias': entry('alias'),
    './pg-core': entry('pg-core/index'),
    './pg-core/alias': entry('pg-core/alias'),
    './pg-core/table': entry('pg-core/table'),
    './package.json': './package.json',
  };
  const short = shorten(exports);
  expect(Object.keys(short)).toEqual(['.', './pg-core', './package.json', './*']);
  for (const [name, before] of Object.entries(exports))
    expect(
      short[name] ?? JSON.parse(JSON.stringify(short['./*']).replaceAll('*', name.slice('./'.length))),
    ).toEqual(before);
  expect(shorten(short)).toEqual(short);
});
