import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../../../shared/decimal.ts';
import { activityOf, oldActivityOf } from './activity.ts';
import { decisionsOf } from './state.ts';
import { createWorld, eurusd } from './test-world.ts';
import { transactionsOf } from './transactions.ts';
import type { Command } from './commands.ts';

const direction = fc.constantFrom('BUY' as const, 'SELL' as const);
const points = fc.integer({ min: 2, max: 80 }).map(String);
const level = fc.integer({ min: -120, max: 120 }).map((pips) => (1.17 + pips / 10_000).toFixed(5));
const pick = fc.nat(9);
const subject = { accountId: 'CFD1', epic: eurusd, expiry: '-', currencyCode: 'USD' };
const size = fc.constantFrom('1', '1.5', '2', '40');
const step = fc.oneof(
  fc.record({
    do: fc.constant('openPosition' as const),
    direction,
    size,
    forceOpen: fc.boolean(),
    stopDistance: points,
    limitDistance: points,
    guaranteedStop: fc.boolean(),
  }),
  fc.record({
    do: fc.constant('openPosition' as const),
    direction,
    size,
    forceOpen: fc.constant(true),
    stopDistance: points,
    trailingStop: fc.constant(true),
    trailingStopIncrement: fc.constantFrom('5', '10'),
  }),
  fc.record({
    do: fc.constant('amendPosition' as const),
    pick,
    stopLevel: level,
    guaranteedStop: fc.boolean(),
  }),
  fc.record({ do: fc.constant('closePosition' as const), pick, direction, size }),
  fc.record({
    do: fc.constant('placeOrder' as const),
    direction,
    size,
    level,
    kind: fc.constantFrom('LIMIT' as const, 'STOP' as const),
    stopDistance: points,
    guaranteedStop: fc.boolean(),
    forceOpen: fc.boolean(),
    hours: fc.option(fc.nat(40)),
  }),
  fc.record({ do: fc.constant('amendOrder' as const), pick, level }),
  fc.record({ do: fc.constant('cancelOrder' as const), pick }),
  fc.record({ do: fc.constant('quote' as const), level }),
  fc.record({ do: fc.constant('quote' as const), level }),
  fc.record({ do: fc.constant('hours' as const), hours: fc.integer({ min: 1, max: 30 }) }),
);

/** Seeded where it also counts what occurs; the long form is not. */
const depth = process.env['FTRADER_DEEP'] === '1' ? 20 : 1;

test(
  'whatever an account does: its transactions add up to its cash, and each of its deals is one activity whose actions are the deal’s',
  { timeout: 20_000 * depth },
  () => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 50, size: 'max' }), (steps) => {
        const world = createWorld();
        let { now } = world.context;
        const run = (command: Command) => world.run(command, { now });
        for (const each of steps) {
          const { positions, orders } = world.account();
          const { do: kind } = each;
          if (kind === 'hours') {
            now = new Date(now.getTime() + each.hours * 3_600_000);
            run({ type: 'time' });
          } else if (kind === 'quote') {
            world.quotes.set(eurusd, {
              bid: each.level,
              offer: decimal.add(each.level, '0.00006'),
              status: 'TRADEABLE',
            });
            run({ type: 'tick', epic: eurusd });
            run({ type: 'checkMargin', accountId: 'CFD1' });
          } else if (kind === 'openPosition') run({ type: kind, ...subject, ...each });
          else if (kind === 'placeOrder')
            run({
              type: kind,
              ...subject,
              ...each,
              ...(each.hours !== null && {
                goodTill: new Date(now.getTime() + each.hours * 3_600_000).toISOString(),
              }),
            });
          else if (kind === 'closePosition' || kind === 'amendPosition')
            run({
              type: kind,
              accountId: 'CFD1',
              ...each,
              dealId: positions[each.pick]?.dealId ?? 'NONE',
            } as Command);
          else
            run({
              type: kind,
              accountId: 'CFD1',
              ...each,
              dealId: orders[each.pick]?.dealId ?? 'NONE',
            } as Command);
        }
        const decisions = [...decisionsOf(world.state, 'CFD1')];
        const rows = decisions.flatMap((decision) =>
          transactionsOf(decision, 'GBP', world.context.instrument),
        );
        expect(rows.reduce((sum, { profitAndLoss }) => decimal.add(sum, profitAndLoss.slice(1)), '0')).toBe(
          world.account().cash,
        );
        for (const { transactionType, cashTransaction, instrumentName } of rows) {
          expect(transactionType === 'DEAL').toBe(!cashTransaction);
          seen.add(instrumentName.split(' ')[0]!);
        }
        for (const decision of decisions) {
          const activity = activityOf(decision, world.context.instrument);
          expect(activity !== undefined).toBe('dealReference' in decision);
          if (!activity) continue;
          expect(activity.details.actions.length > 0).toBe(decision.type !== 'rejected');
          expect(
            Object.values(oldActivityOf(activity)).every(
              (text) => typeof text === 'string' && !/undefined|NaN|null/.test(text),
            ),
          ).toBe(true);
          for (const { actionType } of activity.details.actions) seen.add(actionType);
        }
      }),
      { numRuns: 150 * depth, ...(depth === 1 && { seed: 7 }) },
    );
    expect([...seen].sort()).toEqual([
      'EUR/USD',
      'Guaranteed',
      'LIMIT_ORDER_AMENDED',
      'LIMIT_ORDER_DELETED',
      'LIMIT_ORDER_FILLED',
      'LIMIT_ORDER_OPENED',
      'Opening',
      'Overnight',
      'POSITION_CLOSED',
      'POSITION_OPENED',
      'POSITION_PARTIALLY_CLOSED',
      'STOP_LIMIT_AMENDED',
      'STOP_ORDER_AMENDED',
      'STOP_ORDER_DELETED',
      'STOP_ORDER_FILLED',
      'STOP_ORDER_OPENED',
      'WORKING_ORDER_DELETED',
    ]);
  },
);
