// The thread of password-judge.ts: judges one password after another by zxcvbn's word lists.
import { parentPort } from 'node:worker_threads';
import { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { adjacencyGraphs, dictionary as common } from '@zxcvbn-ts/language-common';
import { dictionary as english } from '@zxcvbn-ts/language-en';
import type { Judged } from './password-judge.ts';

const zxcvbn = new ZxcvbnFactory({ dictionary: { ...common, ...english }, graphs: adjacencyGraphs });

parentPort!.on('message', ({ id, password, about }: { id: number; password: string; about: string[] }) => {
  const { score, feedback } = zxcvbn.check(password, ['ftrader', ...about]);
  const judged: Judged = { id, score, warning: feedback.warning ?? null };
  parentPort!.postMessage(judged);
});
