// What every broker behind trading's ports promises, as one suite for all of them: IG's simulator, the tests' venue, and an IG demo account.
import { describe, expect, test } from 'vitest';
import { decimal } from '../../shared/decimal.ts';
import type { DealAnswer, PositionEvidence } from '../modules/trading/ports.ts';
import * as build from './build.ts';
import { dealer, type DealingBench } from './dealer.ts';

/** Longer than any broker keeps a confirm. */
const confirmGoneMs = 90_000;
/** A real broker takes its time, and more when it is asked at the pace it allows. */
const timeoutMs = 600_000;

/** A trailing stop’s points in one spelling. */
const points = ({ trailingStop }: Pick<PositionEvidence, 'trailingStop'>) =>
  trailingStop && Object.values(trailingStop).map(decimal.canonical);
const negative = (text: string) => decimal.compare(text, '0') < 0;

export function dealingContract(name: string, open: () => Promise<DealingBench>) {
  const promise = (title: string, body: (at: ReturnType<typeof dealer>) => Promise<void>) =>
    test(title, { timeout: timeoutMs }, async () => {
      await using bench = await open();
      await bench.pass(400); // not on a whole second, as some clocks start
      await body(dealer(bench));
    });

  describe(`${name}: opening`, () => {
    promise('is one deal under our reference: in confirm, positions and history alike', async (at) => {
      const order = at.order();
      const before = at.clock.now();
      expect(await at.send(order)).toEqual({ kind: 'submitted', dealReference: order.dealReference });
      const confirm = await at.confirmOf(order.dealReference);
      expect(confirm).toEqual({
        dealReference: order.dealReference,
        dealId: expect.any(String),
        status: 'accepted',
        brokerCode: null,
        action: 'opened',
        epic: order.epic,
        direction: 'BUY',
        size: '1',
        level: expect.any(String),
        stopLevel: null,
        limitLevel: null,
        stopDistancePoints: null,
        limitDistancePoints: null,
        guaranteedStop: false,
        trails: false,
        profit: null,
        profitCurrency: null,
        affected: [{ dealId: confirm.dealId, action: 'opened' }],
        at: expect.any(Date),
      });
      const { dealId, level } = confirm;
      const [position, ...others] = await at.eventually(at.positions, (list) => list.length > 0);
      expect(others).toEqual([]);
      expect(position).toMatchObject({
        dealId,
        level,
        dealReference: order.dealReference,
        epic: order.epic,
        expiry: '-',
        direction: 'BUY',
        size: '1',
        currency: order.currency,
        stopLevel: null,
        limitLevel: null,
      });
      const entries = await at.entryOf(order.dealReference);
      expect(entries).toMatchObject([
        {
          dealId,
          epic: order.epic,
          status: 'accepted',
          actions: [{ action: 'opened', dealId }],
          direction: 'BUY',
          size: '1',
          level,
          throughApi: true,
        },
      ]);
      // Of the same second at the latest: histories and lists know no milliseconds.
      const second = Math.floor(confirm.at.getTime() / 1_000) * 1_000;
      expect(second).toBeGreaterThanOrEqual(before.getTime() - 1_000);
      expect([entries[0]!.at.getTime(), position!.openedAt.getTime()]).toEqual([second, second]);
    });
    promise('stop and limit in points become levels from the fill; levels stay as they are', async (at) => {
      const points = await at.open({ stopDistancePoints: '20', limitDistancePoints: '30' });
      const away = (count: string) => decimal.multiply(count, at.market.point);
      const expected = {
        stopLevel: decimal.subtract(points.level!, away('20')),
        limitLevel: decimal.add(points.level!, away('30')),
      };
      expect(points).toMatchObject(expected);
      expect(await at.positions()).toMatchObject([expected]);
      const sold = await at.open({
        direction: 'SELL',
        stopDistancePoints: '20',
        limitLevel: decimal.subtract(points.level!, away('40')),
      });
      expect(sold).toMatchObject({
        stopLevel: decimal.add(sold.level!, away('20')),
        limitLevel: decimal.subtract(points.level!, away('40')),
      });
    });
    promise(
      'a stop is guaranteed or trails as asked for, is listed so, and stays so when it is resent',
      async (at) => {
        const trailingStop = { distancePoints: '40', incrementPoints: '10' };
        const opened = [
          await at.open({ stopDistancePoints: '40', guaranteedStop: true }),
          await at.open({ stopDistancePoints: '40', trailingIncrementPoints: '10' }),
        ];
        const types = [
          { guaranteedStop: true, trailingStop: null },
          { guaranteedStop: false, trailingStop },
        ];
        expect(opened).toMatchObject([
          { guaranteedStop: true, trails: false },
          { guaranteedStop: false, trails: true },
        ]);
        for (const [i, { dealId, stopLevel, level }] of opened.entries()) {
          const listed = (list: PositionEvidence[]) => list.find((position) => position.dealId === dealId)!;
          const before = listed(await at.positions());
          expect(before).toMatchObject({ guaranteedStop: types[i]!.guaranteedStop });
          expect(points(before)).toEqual(points(types[i]!));
          const limitLevel = decimal.add(level!, decimal.multiply('60', at.market.point));
          const request = { kind: 'amend' as const, dealId, stopLevel, limitLevel };
          await at.pass(1_000);
          await at.dealing.send(at.account, { ...request, ...types[i]! });
          const after = listed(await at.eventually(at.positions, (list) => listed(list).limitLevel !== null));
          expect(after).toMatchObject({ limitLevel, guaranteedStop: types[i]!.guaranteedStop });
          expect(points(after)).toEqual(points(types[i]!));
        }
      },
    );
    promise(
      'with a worst level it is filled at it or better, or refused whole, and a close likewise',
      async (at) => {
        const probe = await at.open();
        const worse = (count: string) => decimal.add(probe.level!, decimal.multiply(count, at.market.point));
        const filled = await at.open({ worstLevel: worse('50') });
        expect(decimal.compare(filled.level!, worse('50'))).toBeLessThanOrEqual(0);
        const order = at.order({ worstLevel: worse('-50') });
        await at.send(order);
        await at.expectRejected(order.dealReference, 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET');
        const { dealId } = filled;
        const close = { dealId, direction: 'SELL' as const, size: '1' };
        expect(await at.close({ ...close, worstLevel: worse('50') })).toMatchObject({
          status: 'rejected',
          brokerCode: 'LIMIT_ORDER_WRONG_SIDE_OF_MARKET',
        });
        expect(await at.close({ ...close, worstLevel: worse('-50') })).toMatchObject({ status: 'accepted' });
      },
    );
    promise('never nets: a sale beside a purchase is a position of its own', async (at) => {
      const [bought, sold] = [await at.open(), await at.open({ direction: 'SELL' })];
      expect((await at.positions()).map(({ dealId, direction }) => [dealId, direction]).sort()).toEqual(
        [
          [bought.dealId, 'BUY'],
          [sold.dealId, 'SELL'],
        ].sort(),
      );
    });
    promise(
      'that nets closes what is open the other way, oldest first; confirm and history name all it touched',
      async (at) => {
        const first = await at.open({ size: '2' });
        await at.pass(1_000);
        const second = await at.open({ size: '1' });
        const { epic, expiry, currency, dealReference } = at.order();
        const request = { dealReference, epic, expiry, currency, direction: 'SELL', size: '2.5' } as const;
        expect(await at.dealing.send(at.account, { kind: 'net', ...request, worstLevel: null })).toEqual({
          kind: 'submitted',
          dealReference,
        });
        const affected = [
          { dealId: first.dealId, action: 'closed' },
          { dealId: second.dealId, action: 'partially_closed' },
        ];
        const confirm = await at.confirmOf(dealReference);
        expect(confirm).toMatchObject({ action: 'partially_closed', dealId: first.dealId, affected });
        const left = await at.eventually(
          at.positions,
          ([one, ...others]) => one?.size === '0.5' && !others[0],
        );
        expect(left).toMatchObject([{ dealId: second.dealId, direction: 'BUY' }]);
        expect((await at.entryOf(dealReference)).flatMap(({ actions }) => actions)).toEqual(affected);
        const { dealReference: again } = at.order();
        await at.dealing.send(at.account, {
          kind: 'net',
          ...request,
          dealReference: again,
          direction: 'BUY',
          size: '1',
          worstLevel: null,
        });
        expect(await at.confirmOf(again)).toMatchObject({ action: 'opened', dealReference: again });
      },
    );
    promise(
      'in an unknown market is refused at once with the broker’s code, and leaves no trace',
      async (at) => {
        const order = at.order({ epic: 'CS.D.NOSUCH.CFD.IP' });
        expect(await at.send(order)).toEqual({
          kind: 'refused',
          brokerCode: expect.stringMatching(/^error\./),
        });
        await at.expectNothing(order.dealReference);
      },
    );
    promise(
      'of more than there is money for is submitted, and rejected with the broker’s code',
      async (at) => {
        const before = await at.funds();
        const order = at.order({ size: '1000' });
        expect(await at.send(order)).toMatchObject({ kind: 'submitted' });
        const confirm = await at.expectRejected(order.dealReference, 'INSUFFICIENT_FUNDS');
        expect(confirm).toMatchObject({
          epic: order.epic,
          direction: 'BUY',
          stopLevel: null,
          limitLevel: null,
        });
        expect(await at.positions()).toEqual([]);
        expect(await at.funds()).toEqual({ ...before, at: expect.any(Date) });
      },
    );
    promise('under a reference that was used before opens nothing', async (at) => {
      const order = at.order();
      await at.send(order);
      const { dealId } = await at.confirmOf(order.dealReference);
      for (const [again, code] of [
        [order, 'DUPLICATE_ORDER_ERROR'],
        [{ ...order, size: '2' }, 'CONFLICTING_ORDER'],
      ] as const) {
        await at.pass(1_000);
        expect(await at.send(again)).toMatchObject({ kind: 'submitted' });
        await at.eventually(
          () => at.evidence.confirm(at.account, order.dealReference),
          (confirm) => confirm?.brokerCode === code,
        );
        expect((await at.positions()).map((position) => position.dealId)).toEqual([dealId]);
      }
      expect((await at.entryOf(order.dealReference)).map(({ status }) => status).sort()).toEqual([
        'accepted',
        'rejected',
        'rejected',
      ]);
    });
  });

  describe(`${name}: closing`, () => {
    promise('a part leaves the rest under the same id; the rest closes it; each is one deal', async (at) => {
      const { dealId, level, dealReference } = await at.open({ size: '3' });
      const references = [dealReference];
      for (const [size, left, action] of [
        ['1', '2', 'partially_closed'],
        ['2', null, 'closed'],
      ] as const) {
        const confirm = await at.close({ dealId, direction: 'SELL', size });
        expect(confirm).toMatchObject({
          dealId,
          status: 'accepted',
          brokerCode: null,
          action,
          epic: at.market.epic,
          direction: 'SELL',
          size,
          level: expect.any(String),
          profit: expect.any(String),
          profitCurrency: at.account.currency,
        });
        const [entry, ...others] = await at.entryOf(confirm.dealReference);
        expect(others).toEqual([]);
        expect(entry).toMatchObject({
          status: 'accepted',
          actions: [{ action, dealId }],
          direction: 'SELL',
          size,
          level: confirm.level,
          throughApi: true,
        });
        expect(entry!.dealId).not.toBe(dealId);
        const rest = await at.eventually(at.positions, (list) => (list[0]?.size ?? null) === left);
        if (left === null) expect(rest).toEqual([]);
        else expect(rest).toMatchObject([{ dealId, size: left, level, dealReference }]);
        references.push(confirm.dealReference);
      }
      expect(new Set(references).size).toBe(3);
    });
    promise('a position that is gone, or never was, is rejected and names no market', async (at) => {
      const { dealId } = await at.open();
      await at.close({ dealId, direction: 'SELL', size: '1' });
      for (const gone of [dealId, 'DIAAAANOSUCHDL0']) {
        const answer = await at.sendClose({ dealId: gone, direction: 'SELL', size: '1' });
        expect(answer).toMatchObject({ kind: 'submitted' });
        const { dealReference } = answer as Extract<DealAnswer, { kind: 'submitted' }>;
        const confirm = await at.expectRejected(dealReference, 'POSITION_NOT_AVAILABLE_TO_CLOSE');
        expect(confirm).toMatchObject({ epic: null, direction: 'SELL' });
        expect(confirm.dealId).not.toBe(gone);
      }
      expect(await at.positions()).toEqual([]);
    });
    promise('more than the position, or in its own direction, is rejected and closes nothing', async (at) => {
      const { dealId } = await at.open();
      for (const [over, code] of [
        [{ size: '2' }, 'POSITION_NOT_AVAILABLE_TO_CLOSE'],
        [{ direction: 'BUY' }, 'POSITION_ALREADY_EXISTS_IN_OPPOSITE_DIRECTION'],
      ] as const) {
        const answer = await at.sendClose({ dealId, direction: 'SELL', size: '1', ...over });
        expect(answer).toMatchObject({ kind: 'submitted' });
        const { dealReference } = answer as Extract<DealAnswer, { kind: 'submitted' }>;
        const confirm = await at.expectRejected(dealReference, code);
        expect(confirm).toMatchObject({ epic: at.market.epic });
        expect(confirm.dealId).not.toBe(dealId);
      }
      expect(await at.positions()).toMatchObject([{ dealId, size: '1' }]);
    });
  });

  describe(`${name}: permission to send`, () => {
    promise('denied, or not to be had, nothing is sent: not_sent, and no trace', async (at) => {
      const { dealId } = await at.open();
      for (const [mayStillSend, reason] of [
        [async () => false, 'halted'],
        [() => Promise.reject(new Error('no database')), 'unreachable'],
      ] as const) {
        const order = at.order();
        const expected = { kind: 'not_sent', reason, detail: expect.any(String) };
        expect(await at.dealing.send(at.account, order, { mayStillSend })).toEqual(expected);
        expect(await at.dealing.send(at.account, build.closeRequest({ dealId }), { mayStillSend })).toEqual(
          expected,
        );
        await at.expectNothing(order.dealReference, [dealId]);
      }
    });
    promise('is asked once for a request that goes out', async (at) => {
      const asked: string[] = [];
      const ask = (name: string) => ({
        mayStillSend: async () => {
          asked.push(name);
          return true;
        },
      });
      const order = at.order();
      expect(await at.dealing.send(at.account, order, ask('open'))).toMatchObject({
        kind: 'submitted',
      });
      const { dealId } = await at.confirmOf(order.dealReference);
      expect(
        await at.dealing.send(at.account, build.closeRequest({ dealId: dealId! }), ask('close')),
      ).toMatchObject({ kind: 'submitted' });
      expect(asked).toEqual(['open', 'close']);
    });
  });

  describe(`${name}: evidence`, () => {
    promise('has no confirm for a reference that nobody used, nor for one of minutes ago', async (at) => {
      expect(await at.evidence.confirm(at.account, at.order().dealReference)).toBeNull();
      const { dealReference } = await at.open();
      expect(await at.evidence.confirm(at.account, dealReference)).toMatchObject({ status: 'accepted' });
      await at.pass(confirmGoneMs);
      expect(await at.evidence.confirm(at.account, dealReference)).toBeNull();
    });
    promise('of activity holds every entry since an instant, to the millisecond', async (at) => {
      const since = at.clock.now();
      const { dealId, dealReference } = await at.open();
      const { dealReference: closing } = await at.close({ dealId, direction: 'SELL', size: '1' });
      await at.entryOf(closing);
      const entries = (await at.history(since)).filter((entry) =>
        [dealReference, closing].includes(entry.dealReference ?? ''),
      );
      expect(entries.map((entry) => entry.dealReference).sort()).toEqual([dealReference, closing].sort());
    });
    promise(
      'of funds: an opening takes margin and no cash, its closing gives it back and brings the profit',
      async (at) => {
        const before = await at.funds();
        expect([before.margin, before.runningProfit]).toEqual(['0', '0']);
        const { dealId } = await at.open({ size: '2' });
        const open = await at.funds();
        expect(open.cash).toBe(before.cash);
        expect(decimal.compare(open.margin, '0')).toBe(1);
        expect(negative(open.runningProfit)).toBe(true); // the spread
        const part = await at.close({ dealId, direction: 'SELL', size: '1' });
        const half = await at.funds();
        expect(half.cash).toBe(decimal.add(before.cash, part.profit!));
        expect(decimal.compare(half.margin, open.margin)).toBe(-1);
        const rest = await at.close({ dealId, direction: 'SELL', size: '1' });
        expect(await at.funds()).toEqual({
          cash: decimal.add(half.cash, rest.profit!),
          margin: '0',
          runningProfit: '0',
          at: expect.any(Date),
        });
      },
    );
  });
}
