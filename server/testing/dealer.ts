// A broker behind trading's ports as a suite needs it, and what a test does with it in the words of a dealer. Promises nothing itself.
import { expect } from 'vitest';
import { decimal } from '../../shared/decimal.ts';
import type { Clock } from '../lib/clock.ts';
import { createIds } from '../lib/ids.ts';
import type {
  BrokerAccount,
  CloseRequest,
  ConfirmEvidence,
  Dealing,
  DealAnswer,
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
export function dealer(bench: DealingBench) {
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
    send: (request: OpenRequest) => dealing.send(account, request),
    sendClose: (request: Omit<CloseRequest, 'kind'>) => dealing.send(account, { ...request, kind: 'close' }),
    /** Opens; its confirm, once the position is listed. */
    async open(over: Partial<OpenRequest> = {}) {
      const confirm = await confirmOf(submitted(await dealing.send(account, order(over))));
      if (confirm.status !== 'accepted') throw new Error(`not opened: ${JSON.stringify(confirm)}`);
      await eventually(positions, (list) => list.some(({ dealId }) => dealId === confirm.dealId));
      return { ...confirm, dealId: confirm.dealId! };
    },
    /** Asks for a close; its confirm. */
    close: async (request: Omit<CloseRequest, 'kind'>) =>
      confirmOf(submitted(await dealing.send(account, { ...request, kind: 'close' }))),
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
