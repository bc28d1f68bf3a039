// docs/jobs.md is made of what the worker defines: `vitest run -u` on this file writes it anew.
import { expect, test } from 'vitest';
import type { Jobs } from '../jobs/index.ts';
import { testApp } from '../testing/test-app.ts';

const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
const seconds = (n: number) => (n % 60 === 0 ? `${n / 60} min` : `${n} s`);

test('every job and schedule of the worker stands in docs/jobs.md as it is', async () => {
  let jobs: Jobs | undefined;
  await using _app = await testApp({ tapJobs: (parts) => void ({ jobs } = parts) });
  const all = jobs!.definitions.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const tries = ({ retryLimit, retryDelaySeconds }: (typeof all)[number]) =>
    retryLimit === 0 ? 'once' : `${retryLimit + 1} times, from ${seconds(retryDelaySeconds)} on`;
  const text = [
    '# What runs in the background',
    '',
    'Jobs are rows of PostgreSQL, run by whichever worker is there. One that fails is tried again, with pauses that double; one that failed for good is told to its user, or to the administrators, who find it under `admin.listJobs` and can have it tried again. This page is made from the code.',
    '',
    '## Schedules',
    '',
    'A slot that was missed while no worker ran is run once when one is back. `admin.listSchedules` tells when each ran last and is due next.',
    '',
    row(['job', 'cron', 'clock', 'what it does']),
    row(['---', '---', '---', '---']),
    ...all.flatMap(({ name, cron, daily, about }) => [
      ...(cron === undefined ? [] : [row([`\`${name}\``, `\`${cron}\``, 'UTC', about])]),
      ...(daily === undefined ? [] : [row([`\`${name}\``, `daily at ${daily.at}`, daily.zone, about])]),
    ]),
    '',
    '## Jobs',
    '',
    row(['job', 'tried', 'cut off after', 'what it does']),
    row(['---', '---', '---', '---']),
    ...all.map((job) => row([`\`${job.name}\``, tries(job), seconds(job.expireInSeconds), job.about])),
    '',
  ].join('\n');
  await expect(text).toMatchFileSnapshot('../../docs/jobs.md');
});
