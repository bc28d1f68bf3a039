import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../../shared/decimal.ts';
import { afterFigures, afterJudgement, equityOf, lossOf, unexplained, type Figures } from './day.ts';

const { add, subtract, compare } = decimal;
const at = (second: number) => new Date(Date.UTC(2026, 0, 5, 9, 0, second));
const told = (cash: string, runningProfit: string, second = 0): Figures => ({
  cash,
  runningProfit,
  at: at(second),
});
const newDay = (equity: string) => ({
  equity,
  paidIn: '0',
  paidOut: '0',
  gone: '0',
  goneAfter: null as Date | null,
  goneBy: null as Date | null,
});

test.each([
  ['nothing changed', ['100', '0'], ['100.00', '0'], '0'],
  ['a deposit', ['100', '-5'], ['150', '-5'], '50'],
  ['a withdrawal', ['100', '5'], ['60', '5'], '-40'],
  ['a close at a gain', ['100', '30'], ['130', '0'], '0'],
  ['a close at a loss', ['100', '-30'], ['70', '0'], '0'],
  ['a close at a gain while prices rose', ['100', '30'], ['140', '0'], '0'],
  ['a deposit while prices fell', ['100', '0'], ['150', '-10'], '40'],
  ['a close at a loss of which the price had not told yet', ['100', '-5'], ['50', '0'], '-45'],
  ['prices alone', ['100', '-5'], ['100', '-50'], '0'],
])('%s', (_what, [c0, r0], [c1, r1], moved) => {
  expect(unexplained(told(c0!, r0!), told(c1!, r1!))).toBe(moved);
});

/** Pounds and pence. */
const money = (min: number, max: number) =>
  fc
    .integer({ min: min * 100, max: max * 100 })
    .map((pence) => decimal.divide(String(pence), '100', 2, 'down'));
type Step = { is: 'pay in' | 'pay out' | 'close' | 'move'; amount: string };
const step = fc.oneof(
  fc.record({ is: fc.constantFrom('pay in' as const, 'pay out' as const), amount: money(0, 5_000) }),
  fc.record({ is: fc.constantFrom('close' as const, 'move' as const), amount: money(-5_000, 5_000) }),
);
/** The figures after a step; closing takes an amount of the running profit, whatever its sign, into the cash. */
function after({ cash, runningProfit, at: told }: Figures, { is, amount }: Step): Figures {
  const next = { at: new Date(told.getTime() + 1_000) };
  if (is === 'pay in') return { ...next, cash: add(cash, amount), runningProfit };
  if (is === 'pay out') return { ...next, cash: subtract(cash, amount), runningProfit };
  if (is === 'move') return { ...next, cash, runningProfit: add(runningProfit, amount) };
  return { ...next, cash: add(cash, amount), runningProfit: subtract(runningProfit, amount) };
}
const worth = (steps: Step[]) =>
  steps.filter(({ is }) => is === 'move').reduce((sum, { amount }) => add(sum, amount), '0');
const atLeast0 = (loss: string) => (compare(loss, '0') > 0 ? loss : '0');

test('whatever is paid in, paid out and closed: the loss is what the prices took, no more and no less', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), money(-5_000, 5_000), (steps, running) => {
      let figures = told('10000', running);
      let day = newDay(equityOf(figures));
      for (const each of steps) {
        const next = after(figures, each);
        day = afterFigures(day, figures, next);
        figures = next;
      }
      const judged = afterJudgement(day, { closed: false });
      expect(lossOf(judged, figures)).toBe(atLeast0(subtract('0', worth(steps))));
      // Before anybody has looked, and if something was closed, what went counts as lost: never less than it is.
      expect(compare(lossOf(day, figures), lossOf(judged, figures))).toBeGreaterThanOrEqual(0);
      expect(lossOf(afterJudgement(day, { closed: true }), figures)).toBe(lossOf(day, figures));
    }),
  );
});

test('where one update brings prices, a close and a payment together, a loss is too small by the payment at most, and never without one', () => {
  const jump = fc.record({
    price: money(-3_000, 3_000),
    closing: money(-3_000, 3_000),
    paidIn: fc.oneof(fc.constant('0'), money(0, 3_000)),
  });
  fc.assert(
    fc.property(fc.array(jump, { maxLength: 20 }), (jumps) => {
      let figures = told('10000', '0');
      let day = newDay('10000');
      let truth = '0';
      for (const { price, closing, paidIn } of jumps) {
        // All at once in one update: the price, what was closed at it, and money that came.
        const next = [
          { is: 'move' as const, amount: price },
          { is: 'close' as const, amount: closing },
          { is: 'pay in' as const, amount: paidIn },
        ].reduce(after, figures);
        day = afterFigures(day, figures, next);
        figures = next;
        truth = subtract(truth, price);
      }
      const paid = jumps.reduce((sum, { paidIn }) => add(sum, paidIn), '0');
      const shown = lossOf(day, figures);
      expect(compare(add(shown, paid), truth)).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('cash that goes twice before anybody looked is one question, from before the first to after the last', () => {
  const [a, b, c] = [told('100', '0', 0), told('90', '0', 1), told('70', '0', 2)];
  const day = afterFigures(afterFigures(newDay('100'), a, b), b, c);
  expect(day).toMatchObject({ gone: '30', goneAfter: a.at, goneBy: c.at, paidOut: '0' });
  expect(afterJudgement(day, { closed: false })).toMatchObject({ gone: '0', goneAfter: null, paidOut: '30' });
});
