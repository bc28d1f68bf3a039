import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { projectRoot } from '../server/testing/processes.ts';
import { groups } from './help.ts';

const { scripts } = JSON.parse(readFileSync(path.join(projectRoot, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};
/** `prepare` is npm's own, after an installation. */
const ofPeople = Object.keys(scripts).filter((name) => name !== 'prepare' && name !== 'help');

test('help lists every command of npm run once, and none that is not there', () => {
  const listed = Object.values(groups).flatMap((group) => Object.keys(group));
  expect(listed.toSorted()).toEqual(ofPeople.toSorted());
});

test('help prints a line for each command that fits a terminal, and JSON for programs', () => {
  const run = (...args: string[]) =>
    spawnSync(process.execPath, ['scripts/help.ts', ...args], { cwd: projectRoot, encoding: 'utf8' });
  const { status, stdout } = run();
  expect(status).toBe(0);
  for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  for (const name of ofPeople) expect(stdout).toMatch(new RegExp(`npm run ${name} +\\S`));
  expect(JSON.parse(run('--json').stdout)).toEqual(groups);
  expect(run('--colour').status).toBe(2);
});
