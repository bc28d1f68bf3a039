// What every broker behind trading's ports promises, as one suite for all of them: IG's simulator, the tests' venue, and an IG demo account.
import { describe, expect, test } from 'vitest';
import { decimal } from '../../shared/decimal.ts';
import type { Clock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import type {
  BrokerAccount,
  CloseRequest,
  ConfirmEvidence,
  DealAnswer,
  Dealing,
  Evidence,
  OpenRequest,
} from '../modules/trading/ports.ts';
import * as build from './build.ts';

/** A broker with one account that has no position, and money for six contracts of `market` at most. */
export interface DealingBench extends AsyncDisposable {
  account: BrokerAccount;
  dealing: Dealing;
  evidence: Evidence;
  clock: Clock;
  /** Dealt in one contract at least; `point` is what a point is in its quote. */
  market: { epic: string; currency: string; point: string };
  /** Time passes, on a clock or really. */
  pass(ms: number): Promise<void>;
}
/** A broker whose failures can be arranged. */
export interface BreakableBench extends DealingBench {
  /** The next request is `booked` or not, and its answer never comes. */
  loseAnswer(booked: boolean): void;
  /** Its market is closed from now on. */
  closeMarket(): void;
  /** From now on nobody is there. */
  goAway(): Promise<void>;
}

/** A real broker's lists follow its engine after a moment. */
const lookEveryMs = 500;
const looks = 20;
/** Longer than any broker keeps a confirm. */
const confirmGoneMs = 90_000;
/** A real broker takes its time, and more when it is asked at the pace it allows. */
const timeoutMs = 600_000;

const figures = ['size', 'level', 'stopLevel', 'limitLevel', 'profit', 'cash', 'margin', 'runningProfit'];
/** The same evidence with its figures in one spelling: text of a broker may end in zeros. */
const plain = <T extends object>(evidence: T): T => ({
  ...evidence,
  ...Object.fromEntries(
    Object.entries(evidence).flatMap(([name, value]) =>
      figures.includes(name) && typeof value === 'string' ? [[name, decimal.canonical(value)]] : [],
    ),
  ),
});

/** What a test does with a bench, in the words of a dealer. */
function dealer(bench: DealingBench) {
  const { account, dealing, evidence, market, clock } = bench;
  const ids = createIds(clock);
  /** The first answer that is enough. A broker that never gives one fails the test with the last. */
  async function eventually<T>(read: () => Promise<T>, enough: (value: T) => boolean): Promise<T> {
    for (let look = 1; ; look++) {
      const value = await read();
      if (enough(value)) return value;
      if (look === looks) throw new Error(`not within ${looks} looks: ${JSON.stringify(value)}`);
      await bench.pass(lookEveryMs);
    }
  }
  const positions = async () => (await evidence.positions(account)).map(plain);
  const history = async (since = new Date(clock.now().getTime() - 600_000)) =>
    (await evidence.activity(account, since)).map(plain);
  const entryOf = async (dealReference: string) =>
    (
      await eventually(history, (entries) => entries.some((entry) => entry.dealReference === dealReference))
    ).filter((entry) => entry.dealReference === dealReference);
  const confirmOf = async (dealReference: string): Promise<ConfirmEvidence> =>
    plain(
      (await eventually(
        () => evidence.confirm(account, dealReference),
        (confirm) => confirm !== null,
      ))!,
    );
  const order = (over: Partial<OpenRequest> = {}): OpenRequest =>
    build.openRequest({
      dealReference: ids.next('ct'),
      epic: market.epic,
      currency: market.currency,
      ...over,
    });
  const submitted = (answer: DealAnswer): string => {
    if (answer.kind !== 'submitted') throw new Error(`not submitted: ${JSON.stringify(answer)}`);
    return answer.dealReference;
  };
  return {
    ...bench,
    order,
    positions,
    history,
    entryOf,
    confirmOf,
    eventually,
    funds: async () => plain(await evidence.funds(account)),
    send: (request: OpenRequest) => dealing.openPosition(account, request),
    sendClose: (request: CloseRequest) => dealing.closePosition(account, request),
    /** Opens; its confirm, once the position is listed. */
    async open(over: Partial<OpenRequest> = {}) {
      const confirm = await confirmOf(submitted(await dealing.openPosition(account, order(over))));
      if (confirm.status !== 'accepted') throw new Error(`not opened: ${JSON.stringify(confirm)}`);
      await eventually(positions, (list) => list.some(({ dealId }) => dealId === confirm.dealId));
      return { ...confirm, dealId: confirm.dealId! };
    },
    /** Asks for a close; its confirm. */
    close: async (request: CloseRequest) =>
      confirmOf(submitted(await dealing.closePosition(account, request))),
    /** Nothing of `dealReference` is anywhere, and no position is there but those of `ids`. */
    async expectNothing(dealReference: string, ids: string[] = []) {
      expect(await evidence.confirm(account, dealReference)).toBeNull();
      expect((await positions()).map(({ dealId }) => dealId)).toEqual(ids);
      expect((await history()).filter((entry) => entry.dealReference === dealReference)).toEqual([]);
    },
    /** The confirm of a request that the broker took and did not book. */
    async expectRejected(dealReference: string, brokerCode: string) {
      const confirm = await confirmOf(dealReference);
      expect(confirm).toMatchObject({ dealReference, status: 'rejected', brokerCode, action: null });
      expect([confirm.size, confirm.level, confirm.profit, confirm.profitCurrency]).toEqual([
        null,
        null,
        null,
        null,
      ]);
      expect((await entryOf(dealReference)).at(-1)).toMatchObject({
        status: 'rejected',
        dealId: confirm.dealId,
        actions: [],
        level: null,
      });
      return confirm;
    },
  };
}
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
        profit: null,
        profitCurrency: null,
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
        expect(await at.dealing.openPosition(at.account, order, { mayStillSend })).toEqual(expected);
        expect(
          await at.dealing.closePosition(at.account, build.closeRequest({ dealId }), { mayStillSend }),
        ).toEqual(expected);
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
      expect(await at.dealing.openPosition(at.account, order, ask('open'))).toMatchObject({
        kind: 'submitted',
      });
      const { dealId } = await at.confirmOf(order.dealReference);
      expect(
        await at.dealing.closePosition(at.account, build.closeRequest({ dealId: dealId! }), ask('close')),
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

/** What can only be shown where failures are to be had. */
export function brokenDealingContract(name: string, open: () => Promise<BreakableBench>) {
  const promise = (
    title: string,
    body: (at: ReturnType<typeof dealer>, bench: BreakableBench) => Promise<void>,
  ) =>
    test(title, async () => {
      await using bench = await open();
      await body(dealer(bench), bench);
    });

  describe(`${name}: when things go wrong`, () => {
    for (const booked of [true, false]) {
      const end = booked ? 'booked' : 'not booked';
      promise(
        `an opening whose answer is lost is unknown, its connection closed, and ${end}`,
        async (at, bench) => {
          bench.loseAnswer(booked);
          const order = at.order();
          await expectUnknown(bench, at.send(order));
          if (!booked) return at.expectNothing(order.dealReference);
          expect(await at.confirmOf(order.dealReference)).toMatchObject({ status: 'accepted' });
          expect(await at.positions()).toMatchObject([{ dealReference: order.dealReference }]);
        },
      );
      promise(
        `a close whose answer is lost is unknown, its connection closed, and ${end}`,
        async (at, bench) => {
          const { dealId } = await at.open();
          bench.loseAnswer(booked);
          await expectUnknown(bench, at.sendClose(build.closeRequest({ dealId })));
          expect((await at.positions()).map((position) => position.dealId)).toEqual(booked ? [] : [dealId]);
          const closings = (await at.history()).filter(({ actions }) =>
            actions.some((each) => each.action === 'closed' && each.dealId === dealId),
          );
          expect(closings).toHaveLength(Number(booked));
        },
      );
    }
    promise('in a closed market opening and closing are submitted, and rejected', async (at, bench) => {
      const { dealId } = await at.open();
      bench.closeMarket();
      const order = at.order();
      expect(await at.send(order)).toMatchObject({ kind: 'submitted' });
      await at.expectRejected(order.dealReference, 'MARKET_CLOSED');
      const answer = await at.sendClose(build.closeRequest({ dealId }));
      expect(answer).toMatchObject({ kind: 'submitted' });
      const { dealReference } = answer as Extract<DealAnswer, { kind: 'submitted' }>;
      await at.expectRejected(dealReference, 'MARKET_CLOSED');
      expect(await at.positions()).toMatchObject([{ dealId, size: '1' }]);
    });
    promise(
      'a broker that is not there is sent nothing, and nobody is asked for permission',
      async (at, bench) => {
        const { dealId } = await at.open();
        await bench.goAway();
        let asked = 0;
        const options = { mayStillSend: async () => ++asked > 0 };
        const expected = { kind: 'not_sent', reason: 'unreachable', detail: expect.any(String) };
        expect(await at.dealing.openPosition(at.account, at.order(), options)).toEqual(expected);
        expect(await at.dealing.closePosition(at.account, build.closeRequest({ dealId }), options)).toEqual(
          expected,
        );
        expect(asked).toBe(0);
      },
    );
    promise('a broker that is not there has no empty books: every read of them fails', async (at, bench) => {
      const { dealReference } = await at.open();
      await bench.goAway();
      for (const read of [
        () => at.positions(),
        () => at.history(),
        () => at.funds(),
        () => at.evidence.confirm(at.account, dealReference),
      ]) {
        const failure = await whileTimePasses(
          bench,
          read().then(
            () => expect.unreachable('it should have failed'),
            (error: unknown) => error,
          ),
        );
        expect(failure).toMatchObject({ code: expect.stringMatching(/^broker\./) });
      }
    });
  });
}

async function expectUnknown({ clock }: DealingBench, sending: Promise<DealAnswer>): Promise<void> {
  const before = clock.now();
  const answer = await sending;
  expect(answer).toEqual({ kind: 'unknown', detail: expect.any(String), closedAt: expect.any(Date) });
  const { closedAt } = answer as Extract<DealAnswer, { kind: 'unknown' }>;
  expect(closedAt.getTime()).toBeGreaterThanOrEqual(before.getTime());
  expect(closedAt.getTime()).toBeLessThanOrEqual(clock.now().getTime());
}

/** The end of work that waits for time to pass. */
async function whileTimePasses<T>(bench: DealingBench, work: Promise<T>): Promise<T> {
  let ended = false;
  const end = () => void (ended = true);
  work.then(end, end);
  while (!ended) await bench.pass(100);
  return work;
}
