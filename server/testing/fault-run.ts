// An account through one fault of the simulator, on a clock of the test: what its user is told, what becomes of deals, how soon it is found and over.
import { isDecided } from '../../shared/deal-words.ts';
import type { FaultSetting } from '../ig-simulator/faults/settings.ts';
import { createHealthWatch } from '../ig/accounts/health-watch.ts';
import { defaultGatewayLimits } from '../ig/limits.ts';
import { silentLogger } from '../lib/logger.ts';
import { epic } from './crash/kinds.ts';
import { createLife } from './crash/mortal.ts';
import type { CrashWorld } from './crash/world.ts';
import type { Suffered } from './fault-table.ts';

/** Time goes on by so much for each few answers of database and broker, however busy the machine is. */
const stepMs = 250;
/** Pauses after the fault before it are over, and prices that were read then are old. */
const aftermathMs = 120_000;
/** On the test's clock: until something is found, and until all is decided and well again. */
const [findWithinMs, endWithinMs] = [75_000, 300_000];

export interface Seen {
  fault: string;
  /** States that were told, in their order. */
  told: string;
  /** What became of the opening that met it first, of one in the midst of it, and of a close then. */
  first: string;
  meanwhile: string;
  close: string;
  foundMs: number | null;
  backMs: number | null;
  decidedMs: number;
  lost: number;
  doubled: number;
  struck: number;
}

export async function sufferFault(
  world: CrashWorld,
  name: FaultSetting['name'],
  { setting, state }: Suffered,
): Promise<Seen> {
  const { clock, simulator } = world;
  const { userId, accountId, brokerAccountId } = await world.addUser(`user_${name}`);
  simulator.setFaults([]);
  clock.advance(aftermathMs);
  const quote = await world.prices.quote('simulated', epic);
  const process = world.startProcess(createLife(), {
    suspect: () => watch.suspect(),
    // What takes the broker's REST away leaves the stream, whose prices go on.
    ...(state && { quote: async () => quote }),
  });
  const account = (await world.accounts.find(accountId))!;
  const watch = createHealthWatch({
    account,
    ask: async () => (await process.clients.of(account)).mayDeal(),
    report: world.accounts.reportHealth,
    epoch: () => 1,
    onAnswers: () => undefined,
    clock,
    logger: silentLogger,
    limits: defaultGatewayLimits,
  });
  async function pass(ms: number, isEnough: () => boolean | Promise<boolean>): Promise<boolean> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      await world.breathe();
      if (await isEnough()) return true;
      clock.advance(stepMs);
    }
    return false;
  }
  /** An answer, while time goes on for what waits for none. */
  async function answered<T>(work: Promise<T>): Promise<T | string> {
    let end: T | string | undefined;
    work.then(
      (result) => (end = result),
      (error: unknown) => (end = String(error)),
    );
    if (!(await pass(endWithinMs, () => end !== undefined))) throw new Error(`${name}: no answer`);
    return end!;
  }
  /** A worker at work while what is on its way gets on, at the same pace as in `pass`. */
  const work = (forMs: number) =>
    world.work(process, {
      userId,
      accountId,
      forMs,
      async second() {
        for (let ms = 0; ms < 1_000; ms += stepMs) await world.breathe();
      },
    });
  const { openPosition, closePosition } = process.as(userId);
  const terms = { epic, direction: 'BUY', size: '1', waitMs: 0 } as const;
  const keyOf = (which: string) => `the-deal-${which}`;
  const open = (idempotencyKey: string) =>
    answered(openPosition({ ...terms, idempotencyKey: keyOf(idempotencyKey) }));
  const states = async () =>
    (await world.toldTo(userId)).flatMap((event) =>
      event.type === 'account.degraded' || event.type === 'account.restored' ? [event.data.health.state] : [],
    );
  const decided = async () => (await world.dealsOf(userId)).every(({ status }) => isDecided(status));
  const since = (fromMs: number) => clock.monotonicMs() - fromMs;

  const ready = await open('before');
  await work(endWithinMs);
  const [before] = await world.dealsOf(userId);
  if (before?.status !== 'accepted')
    throw new Error(`${name}: nothing was dealt before it: ${JSON.stringify(before ?? ready)}`);

  watch.start();
  watch.streamUp();
  await pass(stepMs, () => false);
  simulator.setFaults([{ name: 'duplicate-check-off' }, { name, ...setting }]);
  const begunMs = clock.monotonicMs();
  await open('first');
  const isFound = state !== null && (await pass(findWithinMs, async () => (await states()).includes(state)));
  const foundMs = isFound ? since(begunMs) : null;
  await open('meanwhile');
  await answered(closePosition({ dealId: before.dealId!, idempotencyKey: keyOf('close'), waitMs: 0 }));
  // What is not told as trouble is lived through; what is ends now.
  const struck = () => simulator.faults().find((each) => each.name === name)?.hits ?? 0;
  const hits = struck();
  if (state) simulator.setFaults([{ name: 'duplicate-check-off' }]);
  const backAtMs = clock.monotonicMs();
  const isBack = state !== null && (await pass(endWithinMs, async () => (await states()).at(-1) === 'up'));
  const backMs = isBack ? since(backAtMs) : null;
  for (let ms = 0; ms < endWithinMs && !(await decided()); ms += 5_000) await work(5_000);
  const decidedMs = since(backAtMs);
  simulator.setFaults([]);
  watch.streamDown();
  await world.until(process.life, process.trading.reconcileAccount(accountId));
  void watch.stop();

  const booked = await world.booked(brokerAccountId);
  const all = await world.dealsOf(userId);
  const opened = all.filter(({ kind }) => kind === 'open');
  const theirs = (reference: string | null) => booked.deals[reference ?? ''] ?? 0;
  const closed = booked.closes[before.dealId!];
  const closes = typeof closed === 'object' ? closed.count : (closed ?? 0);
  const outcome = (key: string) => {
    const deal = all.find(({ idempotencyKey }) => idempotencyKey === keyOf(key));
    return deal ? (deal.reason?.code ?? deal.status) : 'no deal';
  };
  return {
    fault: name,
    told: (await states()).join(', ') || 'nothing',
    first: outcome('first'),
    meanwhile: outcome('meanwhile'),
    close: outcome('close'),
    foundMs,
    backMs,
    decidedMs,
    lost:
      opened.filter(({ status, dealReference }) => (status === 'accepted') !== theirs(dealReference) > 0)
        .length + Number((outcome('close') === 'accepted') !== closes > 0),
    doubled: opened.filter(({ dealReference }) => theirs(dealReference) > 1).length + Number(closes > 1),
    struck: hits,
  };
}
