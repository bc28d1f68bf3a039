// How near an account is to a close-out: the figures' own rule, and what is told of it by the real dealing path.
import { describe, expect, test } from 'vitest';
import type { MarginCall } from '../../../../shared/risk.ts';
import { noticed } from '../../../testing/noticed.ts';
import { tell, tellThen } from '../../../testing/risk-rig.ts';
import { tradingRig } from '../../../testing/trading-rig.ts';
import { isGraver, marginCallAfter, marginLevel } from './margin-call.ts';

const money = (equity: string, margin = '1000') => ({ cash: equity, runningProfit: '0', margin });

describe('by equity as a part of the margin', () => {
  test.each([
    [null, '1000', null],
    [null, '999.99', 'warning'],
    [null, '500', 'warning'],
    [null, '499.99', 'close_out'],
    [null, '-20', 'close_out'],
    ['warning', '1099.99', 'warning'],
    ['warning', '1100', null],
    ['close_out', '599.99', 'close_out'],
    ['close_out', '600', 'warning'],
    ['close_out', '1100', null],
  ] as [MarginCall | null, string, MarginCall | null][])(
    'after %s, with an equity of %s on a margin of 1000: %s',
    (before, equity, after) => {
      expect(marginCallAfter(before, money(equity))).toBe(after);
    },
  );
  test('without margin there is none, and the level is rounded down', () => {
    expect(marginCallAfter('close_out', money('0', '0'))).toBeNull();
    expect(marginLevel(money('0', '0'))).toBeNull();
    expect(marginLevel(money('999.999'))).toBe('99.99');
  });
  test('only what is graver is told', () => {
    expect([
      isGraver('warning', null),
      isGraver('close_out', 'warning'),
      isGraver('close_out', null),
    ]).toEqual([true, true, true]);
    expect([
      isGraver('warning', 'close_out'),
      isGraver('warning', 'warning'),
      isGraver(null, 'warning'),
    ]).toEqual([false, false, false]);
  });
});

test('a margin call is told once, its close-out once, and both again after the account was well, whichever way the figures come', async () => {
  await using rig = await tradingRig();
  const kinds = () => noticed(rig.database, rig.userId);
  await tellThen(rig, '1000', '0', '400');
  await tellThen(rig, '1000', '-500', '400'); // the cash stays: the short way
  expect(await kinds()).toEqual([]);
  for (const loss of ['-601', '-620', '-570']) await tellThen(rig, '1000', loss, '400');
  expect(await kinds()).toEqual(['margin.warning']);
  for (const loss of ['-801', '-850', '-790']) await tellThen(rig, '1000', loss, '400');
  expect(await kinds()).toEqual(['margin.warning', 'margin.close_out']);
  await tellThen(rig, '1000', '-100', '400');
  await tell(rig, '300', '0', '400');
  expect(await kinds()).toEqual(['margin.warning', 'margin.close_out', 'margin.warning']);
  const { rows } = await rig.database.pool.query(
    `select title, body, severity from notifications where kind = 'margin.warning' order by at limit 1`,
  );
  expect(rows).toEqual([
    {
      title: 'Margin: your equity is 99.75 % of it',
      body: 'Equity 399 GBP, margin 400 GBP: nothing more can be opened. At 50 % the broker may close positions; close some, or pay in.',
      severity: 'critical',
    },
  ]);
});
