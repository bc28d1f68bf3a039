// Whether a password is easy to guess: asked of zxcvbn in a thread of its own, since a long one costs it some 100 ms and its word lists 40 MB.
import { Worker } from 'node:worker_threads';
import type { Clock } from '../../lib/clock.ts';

export interface PasswordJudge {
  /**
   * Why a password may not be taken, as it reads on from the field's name; undefined for one that may. `about`: what others know of
   * its owner, such as the address and the name.
   */
  weaknessOf(password: string, about: readonly string[]): Promise<string | undefined>;
  close(): Promise<void>;
}

export interface Judged {
  id: number;
  /** zxcvbn's: 0 and 1 fall within a million guesses, which is less than an hour against our limits from many networks. */
  score: number;
  /** zxcvbn's name of what is wrong; null where it has none. */
  warning: string | null;
}
const leastScore = 2;
/** Longer than what anybody guesses; zxcvbn's time grows with the square. */
const judgedCharacters = 64;
/** Afterwards the thread ends, with its word lists. */
const idleMs = 60_000;

const reasons: Readonly<Record<string, string>> = {
  topHundred: 'it is one of the most common passwords',
  common: 'it is one of the most common passwords',
  similarToCommon: 'it is nearly one of the most common passwords',
  userInputs: 'it is made of your name or address',
  simpleRepeat: 'it repeats itself',
  extendedRepeat: 'it repeats itself',
  sequences: 'it is a simple row of characters',
  straightRow: 'it is a row of keys',
  keyPattern: 'it is a pattern of keys',
};

interface Thread {
  worker: Worker;
  waiting: Map<number, { resolve(judged: Judged): void; reject(reason: unknown): void }>;
}

export function createPasswordJudge({ clock }: { clock: Clock }): PasswordJudge {
  let thread: Thread | undefined;
  let asked = 0;
  let cancelEnd: () => void = () => undefined;

  async function end(): Promise<void> {
    cancelEnd();
    const ended = thread;
    thread = undefined;
    await ended?.worker.terminate();
  }
  function endWhenIdle({ waiting }: Thread): void {
    cancelEnd();
    cancelEnd = clock.after(idleMs, () => void (waiting.size === 0 && end()));
  }
  function start(): Thread {
    const worker = new Worker(new URL('./password-judge-thread.ts', import.meta.url));
    worker.unref();
    const waiting: Thread['waiting'] = new Map();
    const started = { worker, waiting };
    const fail = (reason: unknown) => {
      if (thread === started) thread = undefined;
      for (const each of waiting.values()) each.reject(reason);
      waiting.clear();
    };
    worker.on('message', (judged: Judged) => {
      waiting.get(judged.id)?.resolve(judged);
      waiting.delete(judged.id);
    });
    worker.on('error', fail);
    worker.on('exit', () => fail(new Error('the thread that judges passwords ended')));
    return started;
  }
  return {
    async weaknessOf(password, about) {
      const judging = (thread ??= start());
      const id = ++asked;
      const judged = new Promise<Judged>((resolve, reject) => judging.waiting.set(id, { resolve, reject }));
      judging.worker.ref(); // whoever waits for it stays
      judging.worker.postMessage({ id, password: password.slice(0, judgedCharacters), about });
      const { score, warning } = await judged;
      if (judging.waiting.size === 0) judging.worker.unref();
      endWhenIdle(judging);
      if (score >= leastScore) return undefined;
      const reason = reasons[warning ?? ''] ?? 'a program guesses it soon';
      return `is easy to guess, since ${reason}: choose several words that have nothing to do with each other`;
    },
    close: end,
  };
}
