import { expect, test } from 'vitest';
import { AppError } from '../../lib/app-error.ts';
import { pause } from '../../lib/clock.ts';
import type { Evidence } from '../../modules/trading/ports.ts';
import { silentLogger } from '../../lib/logger.ts';
import type { FoundHealth } from '../../modules/accounts/ports.ts';
import * as build from '../../testing/build.ts';
import { createManualClock } from '../../testing/manual-clock.ts';
import { defaultGatewayLimits } from '../limits.ts';
import { slowAfterMs, suspectingDealing, suspectingEvidence } from './suspects.ts';
import { createHealthWatch } from './health-watch.ts';

const away = new AppError('broker.unavailable');
const disabled = new AppError('broker.login_failed', { brokerCode: 'error.security.api-key-disabled' });

/** A watch on a clock that moves in steps small enough for what waits on it; the broker answers as `broker.says`. */
function arrange() {
  const clock = createManualClock();
  const told: string[] = [];
  const broker = {
    says: undefined as AppError | 'nothing' | undefined,
    asked: 0,
    epoch: 7 as number | undefined,
    database: true,
    restarts: 0,
  };
  const watch = createHealthWatch({
    account: build.account({ id: 'acct_1' }),
    ask: async () => {
      broker.asked++;
      if (broker.says === 'nothing') await new Promise(() => undefined);
      else if (broker.says) throw broker.says;
    },
    async report(id: string, found: FoundHealth, { epoch }) {
      if (!broker.database) throw new Error('no database');
      expect([id, epoch]).toEqual(['acct_1', 7]);
      if (told.at(-1) !== found.state) told.push(found.state);
    },
    epoch: () => broker.epoch,
    onAnswers: () => void broker.restarts++,
    clock,
    logger: silentLogger,
    limits: defaultGatewayLimits,
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 100) {
      clock.advance(100);
      for (let turn = 0; turn < 12; turn++) await Promise.resolve();
    }
  };
  return {
    clock,
    told,
    broker,
    watch,
    pass,
    async held() {
      watch.start();
      watch.streamUp();
      await pass(100);
      expect(told).toEqual(['up']);
    },
  };
}

test('a stream that is back within moments is no change, and costs no question', async () => {
  const { told, broker, watch, pass, held } = arrange();
  await held();
  watch.streamDown();
  await pass(4_900);
  watch.streamUp();
  await pass(40_000);
  expect(told).toEqual(['up']);
  expect(broker.asked).toBe(0);
});

test('a key that is disabled while the stream goes on is found by asking now and then', async () => {
  const { told, broker, pass, held } = arrange();
  await held();
  broker.says = disabled;
  await pass(75_000);
  expect(told).toEqual(['up', 'read_only']);
});

test('a stream that stays down while the broker answers degrades the account, until the stream is back', async () => {
  const { told, broker, watch, pass, held } = arrange();
  await held();
  watch.streamDown();
  await pass(6_000);
  expect(told).toEqual(['up', 'degraded']);
  await pass(60_000);
  expect(broker.asked).toBeLessThan(8); // a demo login has 30 a minute for everything
  watch.streamUp();
  await pass(100);
  expect(told).toEqual(['up', 'degraded', 'up']);
});

test('one request without an answer is no outage; a broker that stays silent is one, found within 15 s', async () => {
  const { told, broker, watch, pass, held } = arrange();
  await held();
  watch.suspect();
  await pass(5_000);
  expect([told, broker.asked]).toEqual([['up'], 1]);
  broker.says = 'nothing'; // to one question
  watch.suspect();
  await pass(5_100);
  broker.says = undefined;
  await pass(10_000);
  expect([told, broker.asked]).toEqual([['up'], 3]);
  broker.says = 'nothing';
  watch.suspect();
  await pass(15_000);
  expect(told).toEqual(['up', 'offline']);
});

test('a broker that answers nothing any more is found within 15 s of the first opening that meets it', async () => {
  const { told, broker, watch, pass, held, clock } = arrange();
  await held();
  broker.says = 'nothing';
  const dealing = suspectingDealing(
    {
      send: async () => {
        await pause(clock, 8_000); // its own time limit
        return { kind: 'unknown', detail: 'timeout', closedAt: clock.now() };
      },
    },
    () => watch.suspect(),
    clock,
  );
  const answer = dealing.send(build.account({ id: 'acct_1' }), build.openRequest());
  await pass(1_900);
  expect(broker.asked).toBe(0);
  await pass(200);
  expect(broker.asked).toBe(1);
  await pass(12_900); // 15 s in all
  expect(told).toEqual(['up', 'offline']);
  expect(await answer).toMatchObject({ kind: 'unknown' });
});

test('a read that takes long is looked into as well, one that is answered is not', async () => {
  const clock = createManualClock();
  const suspected: string[] = [];
  const { promise, resolve } = Promise.withResolvers<[]>();
  const evidence = suspectingEvidence(
    { positions: () => promise, orders: async () => [] } as unknown as Evidence,
    (id) => suspected.push(id),
    clock,
  );
  const account = build.account({ id: 'acct_1' });
  await evidence.orders(account);
  const reading = evidence.positions(account);
  clock.advance(slowAfterMs - 1);
  expect(suspected).toEqual([]);
  clock.advance(1);
  expect(suspected).toEqual(['acct_1']);
  resolve([]);
  await reading;
});

test('a broker that is back is found within seconds, however long it was away, and the stream does not wait for its next try', async () => {
  const { told, broker, watch, pass, held } = arrange();
  await held();
  broker.says = away;
  watch.streamDown();
  await pass(3_600_000 / 6);
  expect(told).toEqual(['up', 'offline']);
  expect(broker.asked).toBeLessThan(200);
  broker.says = undefined;
  await pass(6_100);
  expect(broker.restarts).toBe(1);
  expect(told).toEqual(['up', 'offline', 'degraded']);
  watch.streamUp();
  await pass(100);
  expect(told).toEqual(['up', 'offline', 'degraded', 'up']);
});

test('a login that is refused makes the account read-only, though its stream still runs', async () => {
  const { told, broker, watch, pass, held } = arrange();
  await held();
  broker.says = disabled;
  watch.suspect();
  await pass(100);
  expect(told).toEqual(['up', 'read_only']);
  broker.says = undefined;
  await pass(20_000);
  expect(told).toEqual(['up', 'read_only', 'up']);
});

test('an allowance that is used up, and a database that is away, are no state of the broker', async () => {
  const { told, broker, watch, pass, held } = arrange();
  await held();
  broker.says = new AppError('broker.limited');
  watch.suspect();
  await pass(60_000);
  expect(told).toEqual(['up']);
});

test('a verdict that could not be written is told when the database is back; without the lease nothing is told', async () => {
  const { told, broker, watch, pass, held } = arrange();
  await held();
  broker.database = false;
  broker.says = away;
  watch.streamDown();
  await pass(20_000);
  expect(told).toEqual(['up']);
  broker.epoch = undefined;
  broker.database = true;
  await pass(20_000);
  expect(told).toEqual(['up']);
  broker.epoch = 7;
  await pass(6_000);
  expect(told).toEqual(['up', 'offline']);
  broker.database = false;
  broker.says = undefined;
  watch.streamUp();
  await pass(10_000);
  expect(told).toEqual(['up', 'offline']);
  broker.database = true;
  await pass(6_000);
  expect(told).toEqual(['up', 'offline', 'up']);
  await watch.stop();
});
