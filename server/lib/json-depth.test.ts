import { expect, test } from 'vitest';
import { isDeeperThan } from './json-depth.ts';

test('a text is as deep as its lists and objects stand in each other; what stands in a text counts nothing', () => {
  for (const [json, depth] of [
    ['null', 0],
    ['"[[{{"', 0],
    ['[]', 1],
    ['{"a":[1,{"b\\"[":"]"}],"c":{}}', 3],
    [`${'['.repeat(90_000)}${']'.repeat(90_000)}`, 90_000],
  ] as const)
    expect([isDeeperThan(json, depth), depth > 0 && isDeeperThan(json, depth - 1)]).toEqual([
      false,
      depth > 0,
    ]);
});
