import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { again } from './again.ts';

/** Work whose runs the test ends, in the order in which they began. */
function arrange() {
  const told: string[] = [];
  const ends: (() => void)[] = [];
  let running = 0;
  let news = 0;
  const work = again(async () => {
    told.push(`begins with ${news}, ${++running} at once`);
    await new Promise<void>((end) => ends.push(end));
    running--;
  });
  return { told, ends, ask: () => (news++, work()), idle: () => work.idle() };
}

test('it begins after the caller, and asked for again after its end it runs again', async () => {
  const { told, ends, ask, idle } = arrange();
  ask();
  ask();
  expect(told).toEqual([]);
  await turn();
  expect(told).toEqual(['begins with 2, 1 at once']);
  ends[0]!();
  await idle();
  await turn();
  expect(told).toHaveLength(1);
  ask();
  await turn();
  expect(told).toEqual(['begins with 2, 1 at once', 'begins with 3, 1 at once']);
});

test('asked for during a run, however often, it runs once more, after the end of that run', async () => {
  const { told, ends, ask } = arrange();
  ask();
  await turn();
  ask();
  ask();
  await turn();
  ask();
  expect(told).toHaveLength(1);
  ends[0]!();
  await turn();
  ends[1]!();
  await turn();
  expect(told).toEqual(['begins with 1, 1 at once', 'begins with 4, 1 at once']);
});

test('asked for by the work itself, in whatever part of it, it runs once more and never inside itself', async () => {
  const told: string[] = [];
  const ask = again(async () => {
    const run = told.push('begins');
    if (run === 1) ask();
    await turn();
    told.push('ends');
    if (run === 3) ask();
  });
  ask();
  await ask.idle();
  expect(told).toEqual(['begins', 'ends', 'begins', 'ends', 'begins', 'ends']);
});

test('asked for in the very moment in which a run ends, it is not lost', async () => {
  for (let microtasks = 0; microtasks < 10; microtasks++) {
    let runs = 0;
    const end = Promise.withResolvers<void>();
    const ask = again(async () => {
      if (++runs === 1) await end.promise;
    });
    ask();
    await turn();
    end.resolve();
    for (let passed = 0; passed < microtasks; passed++) await null;
    ask();
    await turn();
    expect(runs, `${microtasks} microtasks after the end`).toBe(2);
  }
});

test('idle waits for the run under way and for the one asked for meanwhile', async () => {
  const { ends, ask, idle } = arrange();
  let isIdle = false;
  ask();
  await turn();
  ask();
  void idle().then(() => (isIdle = true));
  ends[0]!();
  await turn();
  expect(isIdle).toBe(false);
  ends[1]!();
  await turn();
  expect(isIdle).toBe(true);
});
