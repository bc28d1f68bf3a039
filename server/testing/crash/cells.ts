// One run of the crash test: a user deals, the process dies at a step, another one takes over, and the broker's own count is compared with what we say.
import type { FaultName } from '../../ig-simulator/index.ts';
import { decimal } from '../../../shared/decimal.ts';
import { isDecided } from '../../../shared/deal-words.ts';
import type { DealKindName } from '../../../shared/trading.ts';
import { crashKinds, neededFirst } from './kinds.ts';
import { createLife } from './mortal.ts';
import type { CrashWorld } from './world.ts';

/** What goes wrong on the broker's side, once a run; its check of references is off in all of them. */
export const brokerFaults = [
  'none',
  'time-out-before',
  'accept-then-time-out',
  '5xx-before',
  '5xx-after',
  'reset-before',
  'reset-after',
  'late-confirm',
  'lost-confirm',
  'doubled-confirm',
  'delayed-execution',
] as const;
export interface Cell {
  kind: DealKindName;
  fault: (typeof brokerFaults)[number];
  /** The step at which the process dies; none: it lives, and the run only records. */
  dieAt?: string;
  /** Number of the step at which the one that takes over dies as well. */
  dieAgainAt?: number;
  /** From a death to the next process; timers begin anew then. */
  downMs?: number;
  /** How long its caller waits for a verdict (0): while it does, the writing of the broker's acknowledgement is held back. */
  waitMs?: number;
}
export interface Run {
  /** Of the dealing itself. */
  steps: string[];
  died: boolean;
  diedAgain: boolean;
  /** How often the fault struck. */
  struck: number;
  /** From the admission to the verdict, on the broker's clock. */
  decidedAfterMs: number;
  status: string;
  /** Empty when all is as it must be. */
  problems: string[];
}

const silent: readonly string[] = [
  'time-out-before',
  'accept-then-time-out',
  'delayed-execution',
] satisfies FaultName[];
/** Past any time-out of the sender. */
const timeOutMs = 8_500;
/** Given to the worker for a verdict, far beyond what it is to need; and after it, for what might still appear. */
const patienceMs = 180_000;
const aftermathMs = 60_000;
/** A process that does nothing for so many looks at it waits for time to pass; a query takes about one. */
const idleLooks = 5;
const idleStepMs = 100;
/** By the time of so many looks, a request whose answer will not come has arrived where it is kept. */
const arrivedLooks = 3;

/** Wide ones: what is counted against them must be right whoever dies. */
const limits = { maxExposure: '100000000', maxOrdersPerMinute: 1_000, maxOrdersPerDay: 1_000 };

export async function runCell(
  world: CrashWorld,
  { kind: name, fault, dieAt, dieAgainAt, downMs = 0, waitMs = 0 }: Cell,
): Promise<Run> {
  const { clock, simulator } = world;
  const { userId, accountId, brokerAccountId } = await world.addUser(`user_${name}`);
  const kind = crashKinds[name];
  type Process = ReturnType<typeof world.startProcess>;
  simulator.setFaults([]);
  await world.startProcess().as(userId).setRiskLimits(limits);
  let dealId = '';
  if (kind.needs !== null) {
    const before = world.startProcess();
    await world.until(
      before.life,
      neededFirst[kind.needs].ask(before.as(userId), { waitMs: 0, idempotencyKey: 'the-one-to-change' }),
    );
    await world.work(before, { userId, accountId, forMs: patienceMs });
    dealId = (await world.dealsOf(userId))[0]?.dealId ?? '';
  }

  simulator.setFaults([
    { name: 'duplicate-check-off' },
    ...(fault === 'none'
      ? []
      : [{ name: fault, on: [kind.target], count: 1, ...(dieAt !== undefined && { seed: dieAt }) }]),
  ]);
  const struck = () => simulator.faults().find(({ name }) => name === fault)?.hits ?? 0;
  /** The user's request, the same each time; the clock goes on only while it waits for an answer that does not come. */
  const ask = (process: Process) => {
    const before = struck();
    let looksSince = 0;
    let [steps, idle] = [0, 0];
    const intent = { idempotencyKey: 'the-intent-in-question', size: '1', waitMs };
    const answer = kind.ask(process.as(userId), dealId, intent);
    // A caller may have its answer while the exchange with the broker still goes on.
    return world.until(process.life, answer.then(process.trading.settled), () => {
      if (silent.includes(fault) && struck() > before && ++looksSince === arrivedLooks)
        clock.advance(timeOutMs);
      idle = process.life.steps.length === steps ? idle + 1 : 0;
      steps = process.life.steps.length;
      if (waitMs > 0 && idle > 0 && idle % idleLooks === 0) clock.advance(idleStepMs);
    });
  };
  const first = world.startProcess(createLife(dieAt));
  const died = !(await ask(first));
  clock.advance(downMs);
  let process = world.startProcess(createLife(dieAgainAt));
  // Whoever asked has lost the connection, and asks again with the same key.
  const diedAgain = !(
    (await ask(process)) && (await world.work(process, { userId, accountId, forMs: patienceMs }))
  );
  if (diedAgain) {
    clock.advance(downMs);
    process = world.startProcess();
    await ask(process);
    await world.work(process, { userId, accountId, forMs: patienceMs });
  }

  const look = async () => {
    const deal = (await world.dealsOf(userId)).find(
      ({ idempotencyKey }) => idempotencyKey === 'the-intent-in-question',
    );
    const booked = await world.booked(brokerAccountId);
    return {
      deal,
      positions: booked.positions,
      orders: booked.orders,
      cash: booked.cash,
      excess: kind.excess(booked, dealId),
      done: kind.done(booked, dealId),
    };
  };
  const { deal, ...verdict } = await look();
  await world.work(process, { userId, accountId, forMs: aftermathMs, untilDecided: false });
  await world.until(process.life, process.trading.reconcileAccount(accountId));
  const final = await look();
  const ours = (await world.positionsOf(accountId))
    .filter(({ closedAt }) => closedAt === null)
    .map((row) => `${row.dealId} ${decimal.canonical(row.size)}`)
    .sort();
  const theirs = final.positions
    .map((position) => `${position.dealId} ${decimal.canonical(position.size)}`)
    .sort();
  const [ourOrders, theirOrders] = [
    (await world.ordersOf(accountId)).map(({ dealId, level }) => `${dealId} ${level}`).sort(),
    final.orders.map((order) => `${order.dealId} ${order.level}`).sort(),
  ];
  const ourCash = await world.cashOf(accountId);
  const problems = [
    ...(dieAt !== undefined && !died ? ['it did not die'] : []),
    ...(!deal || !isDecided(deal.status) ? [`not decided: ${deal?.status ?? 'no row'}`] : []),
    ...(final.done > 1 ? [`${final.done} deals for one intent`] : []),
    ...(final.excess === null ? [] : [final.excess]),
    ...((deal?.status === 'accepted') !== (verdict.done === 1)
      ? [`${deal?.status} and ${verdict.done} deals`]
      : []),
    ...(final.deal?.status !== deal?.status ? [`${deal?.status} became ${final.deal?.status}`] : []),
    ...(final.deal?.reserved !== '0' ? ['its reservation is still held'] : []),
    ...(await leftIn(world, { userId, accountId })),
    ...(ours.join() !== theirs.join() ? [`positions ${ours.join()} here, ${theirs.join()} there`] : []),
    ...(ourOrders.join() !== theirOrders.join()
      ? [`orders ${ourOrders.join()} here, ${theirOrders.join()} there`]
      : []),
    ...(ourCash === null || decimal.compare(ourCash, final.cash) !== 0
      ? [`cash ${ourCash} here, ${final.cash} there`]
      : []),
  ];
  return {
    steps: first.life.steps,
    died,
    diedAgain,
    struck: struck(),
    decidedAfterMs: deal?.decidedAt ? deal.decidedAt.getTime() - deal.createdAt.getTime() : Number.NaN,
    status: deal?.status ?? 'none',
    problems,
  };
}

/** What is still counted against the limits though no deal is under way, or is not counted though it was sent. */
async function leftIn(
  world: CrashWorld,
  { userId, accountId }: { userId: string; accountId: string },
): Promise<string[]> {
  const { held, orders } = await world.countedOf(accountId);
  const sent = (await world.dealsOf(userId)).filter(
    ({ raisesRisk, status }) => raisesRisk && status !== 'denied',
  ).length;
  const counted = orders.account?.today ?? 0;
  return [
    ...held.flatMap(({ epic, underWay }) =>
      underWay === '0' ? [] : [`${underWay ?? 'something'} is still reserved in ${epic}`],
    ),
    ...(counted === sent ? [] : [`${counted} orders are counted of ${sent}`]),
  ];
}
