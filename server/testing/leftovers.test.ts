import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connect } from 'amqplib';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { systemClock } from '../lib/clock.ts';
import { silentLogger } from '../lib/logger.ts';
import { durableChannels } from '../messaging/channels.ts';
import { createBus } from '../messaging/index.ts';
import { createTopology } from '../messaging/topology.ts';
import { noted, noteLeftover, removeLeftovers, takeNotes } from './leftovers.ts';
import { describeWith } from './requires.ts';

const ofTheRun = process.env['FTRADER_TEST_LEFTOVERS']!;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'leftovers-'));
  takeNotes(folder);
});
afterEach(() => {
  takeNotes(ofTheRun);
  rmSync(folder, { recursive: true });
});
const sleeper = () =>
  noted(spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6)'], { stdio: 'ignore' }));

test('a program that a failed test left behind is ended by the run, one that has ended is not looked for', async () => {
  const [left, ended] = [sleeper(), sleeper()];
  ended.kill('SIGKILL');
  await once(ended, 'exit');
  const over = once(left, 'exit');
  expect(await removeLeftovers(folder)).toEqual([`the program ${left.pid}`]);
  expect((await over)[1]).toBe('SIGKILL');
  expect(readdirSync(folder)).toEqual([]);
});

await describeWith('rabbitmq', 'queues', (amqpUrl) => {
  test('that a failed test left at the broker are deleted by the run', async () => {
    const prefix = `ftrader-test-${randomUUID()}`;
    const channels = Object.keys(durableChannels);
    noteLeftover({ amqpUrl, prefix, channels });
    const bus = await createBus({ amqpUrl, prefix, logger: silentLogger, clock: systemClock });
    await bus.ready();
    await bus.close();
    const isThere = async () => {
      const connection = await connect(amqpUrl);
      connection.on('error', () => undefined);
      const channel = await connection.createChannel();
      channel.on('error', () => undefined);
      const there = await channel.checkQueue(createTopology(prefix, channels).queues[0]!.name).then(
        () => true,
        () => false,
      );
      await connection.close();
      return there;
    };
    expect(await isThere()).toBe(true);
    expect(await removeLeftovers(folder)).toEqual([`the queues of ${prefix}`]);
    expect(await isThere()).toBe(false);
  });
});
