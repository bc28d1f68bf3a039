// Schedules over the clock changes of two years, on a clock that pg-boss and its statements share. All days of them: npm run test:deep.
import { TestClock } from 'pg-boss';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { silentLogger } from '../lib/logger.ts';
import { testDb } from '../testing/test-db.ts';
import { dailyRule } from './daily.ts';
import { createJobs } from './index.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
const [minuteMs, hourMs, dayMs] = [60_000, 3_600_000, 86_400_000];
const from = Date.UTC(2024, 0, 1, 12);
const until = Date.UTC(2026, 0, 1, 12);
/** Each with a daily slot in the hour that is skipped in spring and comes twice in autumn. */
const schedules = [
  { zone: 'Europe/London', hour: 1 },
  { zone: 'America/New_York', hour: 1 },
  { zone: 'America/New_York', hour: 2 },
  { zone: 'Australia/Sydney', hour: 2 },
].map(({ zone, hour }) => ({
  name: `test.${zone.split('/')[1]!.toLowerCase()}-${hour}`,
  zone,
  daily: { at: `0${hour}:30`, zone },
}));
const zones = [...new Set(schedules.map(({ zone }) => zone))];

const dayOf = (zone: string) => new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
/** All of the two years, the first one aside. */
const daysOf = (zone: string) =>
  Array.from({ length: 731 }, (_, n) => dayOf(zone).format(from + (n + 1) * dayMs));
/** The zone's distance to UTC, as text. */
const offsetOf = (zone: string) => {
  const format = new Intl.DateTimeFormat('en', { timeZone: zone, timeZoneName: 'longOffset' });
  return (at: number) => format.formatToParts(at).find(({ type }) => type === 'timeZoneName')!.value;
};
/** The instants of these two years at which the zone's clock was changed. */
function changesOf(zone: string): number[] {
  const offset = offsetOf(zone);
  const changes: number[] = [];
  for (let at = from; at < until; at += hourMs) if (offset(at) !== offset(at - hourMs)) changes.push(at);
  return changes;
}

/** A worker with the schedules; `runs` are the instants at which each ran. */
async function startWorker(databaseUrl: string, clock: TestClock, runs: Map<string, number[]>) {
  const jobs = createJobs({ databaseUrl, logger: silentLogger, queueClock: clock });
  for (const { name, daily } of schedules)
    jobs.define({
      name,
      daily,
      about: 'is tried',
      payload: z.object({}),
      retryLimit: 0,
      retryDelaySeconds: 0,
      expireInSeconds: 30,
      pollSeconds: 5,
      run: async () => void runs.get(name)!.push(clock.now()),
    });
  await jobs.start({ work: true });
  return jobs;
}
/** The minute around half past: two of pg-boss's looks at the schedules, and the runs that come of them. */
async function passHalfPast(clock: TestClock, at: number): Promise<void> {
  await clock.setTime(at - 10_000);
  await clock.tick(45_000);
}

test(
  'schedules run once in each local day over every clock change of two years in three zones, and once for all slots of a time without workers',
  async () => {
    await using db = await testDb();
    const clock = new TestClock(from);
    const runs = new Map(schedules.map(({ name }) => [name, [] as number[]]));
    let jobs = await startWorker(db.url, clock, runs);
    for (const { daily, zone } of schedules) {
      const due = [new Date(from)];
      while (due.length < 732)
        due.push(...jobs.nextRuns(dailyRule(daily), zone, { count: 43, from: due.at(-1)! }));
      expect(due.slice(1).map((at) => dayOf(zone).format(at))).toEqual(daysOf(zone));
    }
    const changes = zones.flatMap((zone) => changesOf(zone).map((at) => ({ zone, at })));
    expect(changes).toHaveLength(12);
    changes.sort((a, b) => a.at - b.at);
    await passHalfPast(clock, from + 30 * minuteMs);

    if (deep) {
      const isNear = (now: number) => changes.some(({ at }) => Math.abs(at - now) < 2 * dayMs);
      for (let at = from + 90 * minuteMs; at < until; at += isNear(at) ? hourMs : 6 * hourMs)
        await passHalfPast(clock, at);
      await passHalfPast(clock, until + 30 * minuteMs);
      for (const { name, zone } of schedules) {
        const days = runs.get(name)!.map((at) => dayOf(zone).format(at));
        expect(days, name).toEqual(daysOf(zone));
      }
    } else
      for (const { zone, at } of changes) {
        // Nobody works for weeks, and whoever comes back runs each once.
        await jobs.close();
        const back = at - 27.5 * hourMs; // at which no slot is due
        await clock.setTime(back - 2 * minuteMs);
        for (const all of runs.values()) all.length = 0;
        jobs = await startWorker(db.url, clock, runs);
        await passHalfPast(clock, back);
        for (const [name, all] of runs)
          expect(all, `${name}, back on ${new Date(back).toISOString()}`).toHaveLength(1);

        for (const hours of [-21, -1.5, -0.5, 0.5, 1.5, 28]) await passHalfPast(clock, at + hours * hourMs);
        for (const each of schedules.filter((schedule) => schedule.zone === zone)) {
          const days = runs
            .get(each.name)!
            .slice(1)
            .map((ran) => dayOf(zone).format(ran));
          const expected = [-1, 0, 1].map((day) => dayOf(zone).format(at + day * dayMs));
          expect(days, `${each.name} around ${new Date(at).toISOString()}`).toEqual(expected);
        }
      }
    await jobs.close();
  },
  deep ? 3_600_000 : 120_000,
);
