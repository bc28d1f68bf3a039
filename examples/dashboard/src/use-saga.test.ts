import { expect, test } from 'vitest';
import { readAsked } from './use-saga.ts';

test.each([
  ['{"kind":"flatten","key":"k1","begun":true}', { kind: 'flatten', key: 'k1', begun: true }],
  ['{"kind":"close_all","key":"k1"}', { kind: 'close_all', key: 'k1', begun: false }],
  ['{"kind":"toString","key":"k1","begun":true}', undefined],
  ['{"kind":"flatten","key":1,"begun":true}', undefined],
  ['{"kind":', undefined],
  ['null', undefined],
  [null, undefined],
])('what was kept as %j is read as %j: what cannot be read is never asked for', (kept, asked) =>
  expect(readAsked(kept)).toEqual(asked),
);
