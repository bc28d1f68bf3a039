// What a test makes outside its own process (a program, queues at RabbitMQ), written down while it is there: what a test that failed or
// was killed leaves behind is removed at the end of the run. Databases go with the run's own PostgreSQL, sockets with the test's process.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { connect } from 'amqplib';
import { createTopology } from '../messaging/topology.ts';

/** Names the run's folder of notes to the processes of its tests. */
const variable = 'FTRADER_TEST_LEFTOVERS';
type Left = { program: number } | { amqpUrl: string; prefix: string; channels: string[] };
let written = 0;

/** Writes down what must be gone at the end of the run; the returned function strikes it out. Outside a test run it does nothing. */
export function noteLeftover(left: Left): () => void {
  const folder = process.env[variable];
  if (folder === undefined) return () => undefined;
  const note = path.join(folder, `${process.pid}-${++written}.json`);
  writeFileSync(note, JSON.stringify(left));
  return () => rmSync(note, { force: true });
}

/** Notes a child process until it has ended. Gives it back. */
export function noted<Child extends ChildProcess>(child: Child): Child {
  if (child.pid !== undefined) child.once('exit', noteLeftover({ program: child.pid }));
  return child;
}

/** For the run: begins to take notes in `folder`. */
export function takeNotes(folder: string): void {
  mkdirSync(folder, { recursive: true });
  process.env[variable] = folder;
}

/** Ends and removes what is still written down in `folder`; says what that was. */
export async function removeLeftovers(folder: string): Promise<string[]> {
  const removed: string[] = [];
  for (const name of readdirSync(folder)) {
    const left = JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Left;
    if ('program' in left) {
      try {
        process.kill(left.program, 'SIGKILL');
        removed.push(`the program ${left.program}`);
      } catch {
        // it has ended meanwhile
      }
    } else {
      await removeTopology(left);
      removed.push(`the queues of ${left.prefix}`);
    }
    rmSync(path.join(folder, name));
  }
  return removed;
}

/** Deletes the exchanges and queues of a bus, those that are there. */
export async function removeTopology({
  amqpUrl,
  prefix,
  channels,
}: {
  amqpUrl: string;
  prefix: string;
  channels: string[];
}): Promise<void> {
  const connection = await connect(amqpUrl);
  try {
    const channel = await connection.createConfirmChannel();
    const { exchanges, queues } = createTopology(prefix, channels);
    for (const queue of queues) await channel.deleteQueue(queue.name);
    for (const exchange of exchanges) await channel.deleteExchange(exchange.name);
  } finally {
    await connection.close();
  }
}
