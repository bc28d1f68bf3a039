// A test whose process is kept busy for ever (a pattern that backtracks) fails instead of hanging: no timer of its own can end it.
import { Worker } from 'node:worker_threads';

const beatMs = 100;

interface LoopGuard {
  /** What is being tried now, to be named when it never ends. */
  tries(what: string): void;
  stop(): Promise<number>;
}

/**
 * From another thread, ends this process (SIGKILL) when its event loop has not had a turn for `patienceMs`, and writes what was tried
 * to standard error. The runner counts a test file whose process ended as failed.
 */
export async function guardLoop(patienceMs: number): Promise<LoopGuard> {
  const turns = new Int32Array(new SharedArrayBuffer(4));
  const tried = new Uint8Array(new SharedArrayBuffer(4_096));
  const worker = new Worker(watching, {
    eval: true,
    execArgv: [],
    workerData: { turns, tried, patienceMs, pid: process.pid },
  });
  await new Promise((resolve) => worker.once('online', resolve));
  const beat = setInterval(() => Atomics.add(turns, 0, 1), beatMs);
  return {
    tries(what) {
      tried.fill(0);
      new TextEncoder().encodeInto(what, tried);
    },
    async stop() {
      clearInterval(beat);
      return worker.terminate();
    },
  };
}

/** Runs in the other thread: it sleeps until `turns` changes, and the whole patience without a change is a hang. */
const watching = `
  const { workerData: { turns, tried, patienceMs, pid } } = require('node:worker_threads');
  const { writeSync } = require('node:fs');
  let [seen, since] = [Atomics.load(turns, 0), Date.now()];
  setInterval(() => {
    const now = Atomics.load(turns, 0);
    if (now !== seen) [seen, since] = [now, Date.now()];
    else if (Date.now() - since > patienceMs) {
      const what = new TextDecoder().decode(tried.slice()).replace(/\\0+$/, '');
      writeSync(2, 'the event loop has had no turn for ' + patienceMs + ' ms; it was tried: ' + (what || '(not said)') + '\\n');
      process.kill(pid, 'SIGKILL');
    }
  }, 50);
`;
