// The money-weighted return: one rate, several, or none, and never a wrong one.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { presentValue, xirr, type Flow } from './xirr.ts';

const flow = (days: number, amount: number): Flow => ({ days, amount });

test('flows of one sign have no rate, and nothing has none either', () => {
  expect(xirr([])).toEqual({ rate: null, reason: 'flows of one sign', roots: [] });
  expect(xirr([flow(0, 100), flow(365, 10)])).toMatchObject({ rate: null, reason: 'flows of one sign' });
  expect(xirr([flow(0, 100), flow(0, -100)])).toMatchObject({ rate: null, reason: 'flows of one sign' });
});

test('two rates: none of them is the answer, both are named', () => {
  // (1 + r)² − 2.3 (1 + r) + 1.32 = (1 + r − 1.1)(1 + r − 1.2)
  const { rate, reason, roots } = xirr([flow(0, -100), flow(365, 230), flow(730, -132)]);
  expect({ rate, reason }).toEqual({ rate: null, reason: 'several rates' });
  expect(roots).toHaveLength(2);
  expect(roots[0]).toBeCloseTo(0.1, 9);
  expect(roots[1]).toBeCloseTo(0.2, 9);
});

test('two rates nearer to one another than a step of the search are both found', () => {
  // (1 + r − 1.1)(1 + r − 1.101)
  const { roots } = xirr([flow(0, -100), flow(365, 220.1), flow(730, -121.11)]);
  expect(roots.map((root) => root.toFixed(6))).toEqual(['0.100000', '0.101000']);
});

test('years without a flow at the end do not stop the process: the search values each step once', () => {
  const flows = Array.from({ length: 60 }, (_, n) => flow(n * 50, n % 2 === 0 ? -110 : 50));
  // 32.2 of ln(1 + rate) in steps of 0.1 ÷ 20 years, and half as much again to narrow a rate down.
  let left = 6_440 * 61 * 1.5;
  const { exp } = Math;
  Math.exp = (x) => {
    if (left-- === 0) throw new Error('the search goes on and on');
    return exp(x);
  };
  try {
    expect(xirr([...flows, flow(20 * 365, 2_400)]).reason).toBeNull();
  } finally {
    Math.exp = exp;
  }
});

test('changes of sign without a rate: the value never is zero', () => {
  expect(xirr([flow(0, -100), flow(365, 100), flow(730, -100)])).toEqual({
    rate: null,
    reason: 'no rate',
    roots: [],
  });
});

test('a rate beyond what is looked for is none', () => {
  expect(xirr([flow(0, -1), flow(1, 2)])).toMatchObject({ rate: null, reason: 'no rate' });
});

test('whatever is paid in first and comes back later has one rate, at which it is worth nothing', () => {
  const amounts = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 3_000 }), fc.integer({ min: 1, max: 100_000 })),
    {
      minLength: 1,
      maxLength: 20,
    },
  );
  fc.assert(
    fc.property(
      amounts,
      fc.integer({ min: 1, max: 100_000 }),
      fc.double({ min: -0.9, max: 9, noNaN: true }),
      (back, _in, rate) => {
        // Paid in: what all of it is worth at a rate that was chosen; so that rate is the answer.
        const flows = back.map(([days, amount]) => flow(days, amount));
        const worth = presentValue(rate, [flow(0, 0), ...flows]);
        const found = xirr([flow(0, -worth), ...flows]);
        expect(found.reason).toBeNull();
        expect(Math.abs(found.rate! - rate)).toBeLessThan(1e-9 * Math.max(1, Math.abs(rate)));
      },
    ),
  );
});
