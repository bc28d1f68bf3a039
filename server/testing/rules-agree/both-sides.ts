// The same request judged here, by its kind of deal over what the simulator lists, and sent past our rules to the simulator. No database: what is open is read anew.
import type { RequestOf } from '../../../shared/deal-requests.ts';
import { decimal } from '../../../shared/decimal.ts';
import type { DealKindName } from '../../../shared/trading.ts';
import type { Tx } from '../../db/transaction.ts';
import { MarketDetails } from '../../ig/prices/schemas.ts';
import { fromSnapshot, toMarket } from '../../ig/prices/translate.ts';
import { OrdersAnswer, PositionsAnswer } from '../../ig/accounts/schemas.ts';
import { toOrder, toPosition } from '../../ig/accounts/translate.ts';
import { wireOf } from '../../ig/accounts/wires.ts';
import { parseLossless } from '../../ig/rest/json.ts';
import type { FaultName } from '../../ig-simulator/index.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { DealKind, DealTerms } from '../../modules/trading/deals/kind.ts';
import { createKinds, type KindDeps } from '../../modules/trading/deals/kinds.ts';
import type { DealRow } from '../../modules/trading/deals/life.ts';
import { firstReason } from '../../modules/trading/deals/ruling.ts';
import type { Facing } from '../../modules/trading/deals/store.ts';
import { rowOf as orderRowOf } from '../../modules/trading/orders/orders.ts';
import type { OrderRow } from '../../modules/trading/orders/store.ts';
import type { DealingRequest, MarketPrice, PositionEvidence } from '../../modules/trading/ports.ts';
import { trailFrom } from '../../modules/trading/positions/positions.ts';
import type { PositionRow } from '../../modules/trading/positions/store.ts';
import * as build from '../build.ts';
import { createManualClock } from '../manual-clock.ts';
import { testLogin, testSimulator } from '../test-simulator.ts';
import type { Verdict } from './verdicts.ts';

/** Of different scales, units, minimums, spreads and hours. */
const epics = [
  'CS.D.EURUSD.MINI.IP',
  'CS.D.USDJPY.CFD.IP',
  'IX.D.DAX.IFMM.IP',
  'IX.D.FTSE.CFD.IP',
  'IX.D.NIKKEI.IFM.IP',
  'CS.D.CFDGOLD.BMU.IP',
  'CC.D.NG.UNC.IP',
  'CS.D.BITCOIN.CFD.IP',
  'KA.D.BP.CASH.IP',
  'UA.D.AAPL.CASH.IP',
] as const;
/** A Monday: London deals, New York does not yet. */
const at = new Date('2026-03-02T10:00:00.000Z');
const rich = { ...testLogin, balance: '1000000000' };
const account = build.account({ currency: 'GBP' });

type Asked<Name extends DealKindName> = RequestOf[Name] extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'idempotencyKey' | 'waitMs'>
    : never
  : never;
/** A request, in the words of its kind of deal. */
export type Wanted = { [Name in DealKindName]: { kind: Name; input: Asked<Name> } }[DealKindName];

export async function bothSides() {
  const clock = createManualClock(at);
  const simulator = await testSimulator({ clock, logins: [rich] });
  await simulator.send('PUT', '/accounts/preferences', { trailingStopsEnabled: 'true' }, 1);

  const prices = new Map<string, MarketPrice>();
  let positions: readonly PositionRow[] = [];
  let orders: readonly OrderRow[] = [];
  async function readPrices() {
    for (const epic of epics) {
      const { text } = await simulator.read(`/markets/${epic}`, 3);
      const details = MarketDetails.parse(parseLossless(text));
      const quote = { ...fromSnapshot(details.snapshot), feed: 'simulated', epic, seq: 1 };
      const tick = { ...quote, at, receivedAt: at, stale: false };
      prices.set(epic, { market: toMarket('simulated', details), tick });
    }
  }
  async function readPositions() {
    const { text } = await simulator.read('/positions', 2);
    const listed = PositionsAnswer.parse(parseLossless(text)).positions;
    positions = listed.map((row) => positionRow(toPosition(row, 0)));
    return positions;
  }
  async function readOrders() {
    const { text } = await simulator.read('/workingorders', 2);
    const listed = OrdersAnswer.parse(parseLossless(text)).workingOrders;
    orders = listed.map((row) =>
      orderRowOf(account, { ...toOrder(row, 0), dealReference: null, at }, undefined),
    );
    return orders;
  }
  function facing({ epic, expiry, currency, direction }: DealTerms): Facing {
    const open = positions
      .filter((row) => row.epic === epic && row.expiry === expiry && row.currency === currency)
      .filter((row) => row.direction !== direction)
      .reduce((sum, { size }) => decimal.add(sum, size), '0');
    return { open, closing: '0', opening: '0', nets: true };
  }

  // What a decision asks of the stores; the rest is for what is accepted, which is never applied here.
  const read = {
    prices: {
      quote: async (_feed: string, epic: string) => prices.get(epic) ?? null,
      latest: () => undefined,
      markets: async () => [],
      quotes: async () => [],
    },
    priceIfThere: async (_account: unknown, epic: string) => prices.get(epic) ?? null,
    rateIfThere: async () => null,
    isAway: async () => false,
    dealStore: {
      facing: async (_tx: Tx, _id: string, terms: DealTerms) => facing(terms),
      lockChanging: async () => [],
      lastVerdict: async () => null,
    },
    positionStore: {
      findOf: async (_user: string, dealId: string) => positions.filter((row) => row.dealId === dealId),
      lock: async (_tx: Tx, _id: string, dealId: string) => positions.find((row) => row.dealId === dealId),
    },
    orderStore: {
      findOf: async (_user: string, dealId: string) => orders.filter((row) => row.dealId === dealId),
      lock: async (_tx: Tx, _id: string, dealId: string) => orders.find((row) => row.dealId === dealId),
    },
    clock,
    logger: silentLogger,
  };
  const kinds = createKinds(read as unknown as KindDeps);

  let asked = 0;
  /** What the simulator makes of a deal that has these terms. */
  async function theirVerdict(kind: DealKind<never>, terms: DealTerms): Promise<string | null> {
    const dealReference = kind.referenceOf === 'ours' ? `agree-${asked}` : null;
    const deal = { ...unset, ...terms, id: String(asked), kind: kind.name, dealReference } as DealRow;
    let request: DealingRequest | undefined;
    const send = async (_account: unknown, told: DealingRequest) => {
      request = told;
      return { kind: 'unknown' as const, detail: 'nobody waits for it', closedAt: at };
    };
    await kind.send({ send }, account, deal, {});
    const { method, path, version, body, headers } = wireOf(request!);
    const answer = await simulator.send(
      headers['_method'] ? 'DELETE' : method,
      path,
      body as object,
      version,
    );
    if (answer.status !== 200) return String(answer.body.errorCode);
    const { body: confirm } = await simulator.read(`/confirms/${answer.body.dealReference}`, 1);
    return confirm.dealStatus === 'ACCEPTED' ? null : String(confirm.reason);
  }

  return {
    epics,
    clock,
    priceOf: (epic: string) => prices.get(epic)!,
    positions: readPositions,
    orders: readOrders,
    /** In which state every market is from now on; null: as it is at this hour. */
    async setMarkets(state: FaultName | null) {
      simulator.setFaults(state ? [{ name: state }] : []);
      await readPrices();
    },
    /** Judges it here, and there whatever was said here. */
    async ask({ kind: name, input }: Wanted): Promise<Verdict> {
      asked++;
      const kind = kinds[name] as unknown as DealKind<never>;
      const decide = await kind.prepare('user_1', { ...input, idempotencyKey: '', waitMs: 0 } as never)(
        account,
      );
      const { terms, rulings } = await decide(undefined as unknown as Tx);
      const judged = [...rulings()];
      return {
        what: `${asked}: ${name} ${JSON.stringify(input)} in ${terms.epic} at ${priceText(prices.get(terms.epic)!)}`,
        ours: firstReason(judged),
        isLeftToBroker: judged.some(({ unknown }) => unknown !== null),
        theirs: await theirVerdict(kind, terms),
      };
    },
    [Symbol.asyncDispose]: () => simulator[Symbol.asyncDispose](),
  };
}
export type BothSides = Awaited<ReturnType<typeof bothSides>>;

const priceText = ({ tick }: MarketPrice) => `${tick.bid}/${tick.offer} ${tick.marketState}`;

/** What the terms of a kind leave out of its row, as far as a request is made from it. */
const unset = {
  dealId: null,
  stopLevel: null,
  stopDistance: null,
  limitLevel: null,
  limitDistance: null,
  guaranteedStop: false,
  trailingDistance: null,
  trailingIncrement: null,
  worstLevel: null,
  orderType: null,
  orderLevel: null,
  goodTillAt: null,
};

const positionRow = ({ trailingStop, openedAt, ...told }: PositionEvidence): PositionRow => ({
  ...told,
  ...trailFrom(trailingStop ?? null),
  accountId: account.id,
  environment: 'simulated',
  name: told.name ?? told.epic,
  currency: told.currency ?? account.currency,
  guaranteedStop: told.guaranteedStop ?? false,
  source: 'ftrader',
  version: 1,
  openedAt,
  closedAt: null,
  updatedAt: openedAt,
  lastSeenAt: null,
  tag: null,
  note: null,
});
