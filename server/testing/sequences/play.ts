// A history told to trading in a random order: doubled, late, lost, with readings of the broker's books in between; and what is then not as the broker's books are.
import { decimal } from '../../../shared/decimal.ts';
import { isDecided } from '../../../shared/deal-words.ts';
import type { DealRow } from '../../modules/trading/deals/life.ts';
import type { OrderRow } from '../../modules/trading/orders/store.ts';
import type { BrokerAccount, Evidence } from '../../modules/trading/ports.ts';
import type { PositionRow } from '../../modules/trading/positions/store.ts';
import type { ManualClock } from '../manual-clock.ts';
import { scenarios } from '../model/scenarios.ts';
import { createTimeline } from '../model/timeline.ts';
import { dealRowOf } from './deal-row.ts';
import type { History, Request, Told } from './history.ts';

/** Trading on one account. */
export interface World {
  account: Pick<BrokerAccount, 'id' | 'userId'>;
  /** Of ids that are one installation's. */
  prefix: string;
  apply(message: unknown): Promise<void>;
  reconcile(): Promise<void>;
  admit(row: DealRow): Promise<void>;
  state(): Promise<{ deals: DealRow[]; positions: PositionRow[]; orders: OrderRow[]; cash: string | null }>;
}
const delaysMs = [0, 0, 300, 5_000, 40_000] as const;
/** A deal is admitted so long before it is at the broker; less than what happens there is apart. */
const aheadMs = 500;
/** After the last event: what is decided by absence is, and what vanished is believed to have. */
const lastReadingsMs = [60_000, 70_000, 110_000, 150_000];

/** The broker's lists `lagMs` behind the clock. */
export function evidenceOf(history: History, clock: ManualClock, lagMs: () => number): Evidence {
  const { broker, date, fundsAt } = history;
  const nowMs = () => clock.now().getTime() - date(0).getTime();
  const books = (reference: string | null = null) =>
    broker.booksAsOf(nowMs() - lagMs(), clock.now(), reference);
  return {
    confirm: async (_account, reference) => books(reference).confirm,
    positions: async () => books().positions,
    orders: async () => books().orders,
    activity: async (_account, since) => books().activity.filter(({ at }) => at >= since),
    funds: async () => fundsAt(nowMs() - lagMs()),
    history: async () => [],
    transactions: async () => [],
  };
}

/** Tells `history` to `world` in the order that `choices` say. Gives what is wrong in the end, and what happened. */
export async function tellHistory(
  history: History,
  {
    world,
    clock,
    choices,
    lag,
  }: { world: World; clock: ManualClock; choices: readonly number[]; lag: { ms: number } },
): Promise<{ problems: string[]; story: string[] }> {
  const { requests, told, date, endMs } = history;
  const { choose, pick } = createTimeline(choices);
  const { account, prefix } = world;
  const story: string[] = [];
  const problems: string[] = [];
  type Item = { at: number; run: () => Promise<void> };
  const items: Item[] = [];
  const messageOf = (n: number, { event }: Told, copy: number) => {
    const named = { eventId: `${prefix}e${n}.${copy}`, accountId: account.id };
    return { ...named, ...event };
  };
  const deliver = async (n: number, copy: number) => {
    const { kind, data } = told[n]!.event;
    story.push(`${clock.now().toISOString()} ${kind} ${JSON.stringify(data)}`);
    await world.apply(JSON.parse(JSON.stringify(messageOf(n, told[n]!, copy))));
  };
  for (const request of requests) items.push({ at: request.at - aheadMs, run: () => admit(request) });
  for (const [n, { at }] of told.entries()) {
    if (choose(20) === 19) continue; // lost
    items.push({ at: at + pick(delaysMs), run: () => deliver(n, 0) });
    // Told again, by a redelivery or by another connection.
    if (choose(5) === 4) items.push({ at: at + pick(delaysMs), run: () => deliver(n, 0) });
    if (choose(5) === 4) items.push({ at: at + pick(delaysMs), run: () => deliver(n, 1) });
  }
  const read = async () => {
    lag.ms = pick([0, 2_000]);
    story.push(`${clock.now().toISOString()} a reading, ${lag.ms} ms behind`);
    await world.reconcile();
  };
  for (let readings = choose(6); readings > 0; readings--)
    items.push({ at: (choose(200) * endMs) / 200, run: read });
  for (const ms of lastReadingsMs)
    items.push({ at: endMs + ms, run: async () => ((lag.ms = 0), world.reconcile()) });

  /** Asked for by what is known here of its thing then; one change of a thing at a time. */
  async function admit(request: Request): Promise<void> {
    const { ask, id } = request;
    const { referenceOf } = scenarios[ask.kind];
    const booking = history.broker.bookings.find(({ by }) => by === id);
    if (ask.dealId !== null) await catchUp(request);
    const { positions, orders, deals } = await world.state();
    const position = positions.find(({ dealId }) => dealId === ask.dealId);
    const thing = position ?? orders.find(({ dealId }) => dealId === ask.dealId);
    const isOrder = ask.kind.endsWith('_order');
    const alike = deals.filter(
      ({ dealId, kind }) =>
        dealId === ask.dealId &&
        kind.endsWith('_order') === isOrder &&
        kind !== 'close' &&
        kind !== 'place_order' &&
        kind !== 'open' &&
        kind !== 'net',
    );
    const verdicts = alike
      .flatMap(({ brokerAt }) => brokerAt ?? [])
      .sort((a, b) => a.getTime() - b.getTime());
    const known = {
      dealReference: { ours: `OURS${id.slice(5)}`, brokers: null, positions: thing?.dealReference ?? null }[
        referenceOf
      ],
      positionSize: position && ask.dealId !== null ? position.size : null,
      evidenceAfter: referenceOf === 'positions' ? (verdicts.at(-1) ?? null) : null,
    };
    const reference = booking?.reference ?? null;
    const row = dealRowOf(request, account, { known, at: clock.now(), reference, id: `${prefix}${id}` });
    story.push(
      `${clock.now().toISOString()} ${row.id} ${ask.kind} ${ask.size} at ${ask.level} of ${ask.dealId}: ${row.status}`,
    );
    await world.admit(row);
  }
  /** Nobody changes what is not known here, nor while another change of it is under way: by then its verdict has come. */
  async function catchUp({ at, ask }: Request): Promise<void> {
    lag.ms = 0;
    const { deals } = await world.state();
    const isBehind = deals.some(({ status, dealId }) => dealId === ask.dealId && !isDecided(status));
    for (const [n, { at: toldAt, event }] of told.entries()) {
      const about = (event.data as { dealId?: string | null }).dealId;
      if (toldAt < at && about === ask.dealId && (isBehind || event.kind !== 'confirm')) await deliver(n, 0);
    }
    await world.reconcile();
  }

  for (const item of items.toSorted((one, two) => one.at - two.at)) {
    const ahead = date(item.at).getTime() - clock.now().getTime();
    if (ahead > 0) clock.advance(ahead);
    await item.run().catch((error: unknown) => void problems.push(String(error)));
  }
  return { problems: [...problems, ...differencesOf(await world.state(), history)], story };
}

type State = Awaited<ReturnType<World['state']>>;
const levelText = (value: string | null) => (value === null ? 'none' : decimal.canonical(value));
/** What is open in the end, and every verdict, as text: the same whatever order it was told in. */
export const endOf = ({ deals, positions, orders, cash }: State): string =>
  [
    // Of a cancellation whose order is gone either verdict holds.
    ...deals
      .filter(({ kind }) => kind !== 'cancel_order')
      .map((row) => `${row.idempotencyKey} ${row.status}`),
    ...positions
      .filter(({ closedAt }) => closedAt === null)
      .map((row) => `position ${row.dealId} ${levelText(row.size)} ${levelText(row.limitLevel)}`),
    ...orders
      .filter(({ state }) => state === 'open')
      .map((row) => `order ${row.dealId} ${levelText(row.level)}`),
    `cash ${cash}`,
  ]
    .sort()
    .join('; ');
/** Every row in the end, as text: the same wherever it is stored. */
export const rowsOf = ({ deals, positions, orders, cash }: State): string =>
  [
    ...deals.map(
      (row) =>
        `${row.idempotencyKey} ${row.status} ${row.dealId} ${row.dealReference} ${levelText(row.level)} ${row.profit} ${JSON.stringify(row.affected?.map(({ action, dealId }) => [action, dealId]))}`,
    ),
    ...positions.map(
      (row) =>
        `position ${row.dealId} ${levelText(row.size)} ${levelText(row.limitLevel)} ${row.closedAt !== null} ${row.source}`,
    ),
    ...orders.map((row) => `order ${row.dealId} ${levelText(row.level)} ${row.state} ${row.source}`),
    `cash ${cash}`,
  ]
    .sort()
    .join('\n');

/** What is not as the broker's books say. */
function differencesOf(
  { deals, positions, orders, cash }: Awaited<ReturnType<World['state']>>,
  { broker, fundsAt, endMs, requests }: History,
): string[] {
  const books = broker.books();
  const text = (rows: readonly { dealId: string; what: string }[]) =>
    rows
      .map(({ dealId, what }) => `${dealId} ${what}`)
      .sort()
      .join();
  const level = (value: string | number | null) =>
    value === null ? 'none' : decimal.canonical(String(value));
  const pairs: [string, string, string][] = [
    [
      'positions',
      text(
        positions
          .filter(({ closedAt }) => closedAt === null)
          .map(({ dealId, size, limitLevel }) => ({
            dealId,
            what: `${decimal.canonical(size)} to ${level(limitLevel)}`,
          })),
      ),
      text(
        [...books.positions.values()].map(({ dealId, size, level: limit }) => ({
          dealId,
          what: `${size} to ${level(limit)}`,
        })),
      ),
    ],
    [
      'orders',
      text(
        orders
          .filter(({ state }) => state === 'open' || state === 'gone')
          .map((row) => ({
            dealId: row.dealId,
            what: `at ${level(row.level)}${row.state === 'gone' ? ', gone' : ''}`,
          })),
      ),
      text(
        [...books.orders.values()].map((order) => ({
          dealId: order.dealId,
          what: `at ${level(order.level)}`,
        })),
      ),
    ],
    ['cash', level(cash), level(fundsAt(endMs).cash)],
  ];
  const filled = new Set(
    broker.bookings.flatMap(({ effects }) =>
      effects.filter(({ action }) => action === 'order_filled').map(({ dealId }) => dealId),
    ),
  );
  for (const { dealId, state } of orders)
    if (state !== 'open')
      pairs.push([`the end of ${dealId}`, state, filled.has(dealId) ? 'filled' : 'cancelled']);
  for (const { id } of requests) {
    const deal = deals.find(({ idempotencyKey }) => idempotencyKey === id)!;
    const booking = broker.bookings.find(({ by }) => by === id);
    // An order that is gone whoever took it away was taken away.
    if (deal.kind === 'cancel_order' && !books.orders.has(deal.dealId ?? '')) continue;
    pairs.push([id, deal.status, booking?.accepted ? 'accepted' : 'rejected']);
  }
  return pairs.flatMap(([what, ours, theirs]) =>
    ours === theirs ? [] : [`${what}: ${ours} here, ${theirs} there`],
  );
}
