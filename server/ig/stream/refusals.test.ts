import { expect, test } from 'vitest';
import { connectionProblem, itemRefusal } from './refusals.ts';

test.each([
  [
    -1,
    'Invalid account type',
    'refused',
    /not for the kind of account whose.*Search for the market by its name/,
  ],
  [-1, 'Insufficient permissions', 'refused', /does not show this market’s prices.*ordered on the broker/],
  [-1, 'No more than 40 items', 'refused', /take one out of what is watched/],
  [-1, 'Something new', 'refused', /asked again within a minute/],
  [17, 'Data Adapter not found', 'refused', /asked again within a minute/],
  [21, 'Invalid group', 'unknown_epic', /look for it by its name/],
  [22, 'Invalid group for this schema', 'unknown_epic', /look for it by its name/],
] as const)('a watch refused with %i %s says why and what to do', (code, text, kind, words) => {
  expect(itemRefusal(code, text)).toEqual({ code: kind, message: expect.stringMatching(words) });
});

test('no code of the stream and none of its terms stands in what users read', () => {
  const texts = ['Invalid account type', 'Insufficient permissions', 'No more than 40 items', 'x'];
  const codes = Array.from({ length: 100 }, (_, n) => n - 5);
  const said = codes.flatMap((code) => [
    connectionProblem(code),
    ...texts.map((text) => itemRefusal(code, text).message),
  ]);
  for (const each of said) {
    expect(each).toMatch(/: /); // and what to do
    expect(each).not.toMatch(/\d|lightstreamer|adapter|\bitem|schema|subscri|TLCP/i);
  }
});
