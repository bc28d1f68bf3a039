// The keys that a process seals with, and what every process of an installation knows of them: asked before rows come under a new one.
import { hostname } from 'node:os';
import { z } from 'zod';
import { pause } from '../lib/clock.ts';
import { createKeyring, type Keyring } from '../lib/seal.ts';
import type { Ground } from './ground.ts';
import type { Secrets } from './given.ts';

/** The wake-up that asks who knows a key; its `id` is a Question. */
const asked = 'keys.asked';
const answersTo = (question: string) => `keys.answered.${question}`;
/** Longer than a server that is well takes to be told and to tell. */
const answersWithinMs = 2_000;
/** For what a busy machine takes longer for. */
const patienceMs = 10_000;

const Question = z.object({ question: z.string(), key: z.string(), fingerprint: z.string() });
const Answer = z.object({
  /** Differs for each process. */
  process: z.string(),
  /** Where it runs, for people. */
  at: z.string(),
  knows: z.enum(['seals with it', 'opens with it', 'lacks it']),
});
export type KeyAnswer = z.infer<typeof Answer>;

export const composeKeyring = ({ encryptionKeys, readKeys }: Secrets): Keyring =>
  createKeyring(readKeys ?? (() => encryptionKeys));

function parse<S extends z.ZodType>(schema: S, text: string): z.output<S> | undefined {
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return undefined; // of another version
  }
}

/** Answers what is asked about keys, after a look at where this process has its own from. */
export async function answerForKeys({ bus, ids, logger, lifecycle }: Ground, keyring: Keyring) {
  const name = ids.next('process');
  function answer({ question, key, fingerprint }: z.infer<typeof Question>) {
    const before = keyring.newest;
    keyring.look();
    if (keyring.newest !== before)
      logger.info({ part: 'keys', key: keyring.newest }, 'this process seals under a new key');
    const isKnown = keyring.fingerprint(key) === fingerprint;
    const knows = !isKnown ? 'lacks it' : keyring.newest === key ? 'seals with it' : 'opens with it';
    if (!isKnown)
      logger.warn({ part: 'keys', key }, 'rows are to be sealed under a key that is not known here');
    const told: KeyAnswer = { process: name, at: `${hostname()}, process ${process.pid}`, knows };
    bus.publish('wakeups', answersTo(question), { kind: 'keys', id: JSON.stringify(told) });
  }
  const subscription = await bus.subscribe('wakeups', ({ id }) => {
    const question = parse(Question, id);
    if (question) answer(question);
  });
  lifecycle.onClose('answers about keys', () => subscription.close());
  bus.onConnectionChange((connected) => connected && keyring.look());
  await subscription.setKeys([asked]);
}

/**
 * What every server knows of the newest key of `keyring` that answers within two seconds; where one is `expected`, the first answer
 * is waited for some more, as on a busy machine.
 */
export async function askForKey(
  { bus, clock, ids }: Ground,
  keyring: Keyring,
  { expected }: { expected: boolean },
): Promise<KeyAnswer[]> {
  const question = ids.next('question');
  const answers = new Map<string, KeyAnswer>();
  const key = keyring.newest;
  const text = { question, key, fingerprint: keyring.fingerprint(key)! };
  const ask = () => bus.publish('wakeups', asked, { kind: 'keys', id: JSON.stringify(text) });
  const [answered, reached] = [new AbortController(), new AbortController()];
  const subscription = await bus.subscribe('wakeups', ({ id }) => {
    const answer = parse(Answer, id);
    if (answer) answers.set(answer.process, answer);
    for (const each of [answered, reached]) each.abort();
  });
  // Listening to the database may begin only now: what was answered before went by.
  const stop = bus.onConnectionChange((connected) => {
    if (!connected) return;
    ask();
    reached.abort();
  });
  await subscription.setKeys([answersTo(question)]);
  ask();
  await pause(clock, patienceMs, reached.signal);
  await pause(clock, answersWithinMs);
  if (expected) await pause(clock, patienceMs, answered.signal);
  stop();
  await subscription.close();
  return [...answers.values()];
}
