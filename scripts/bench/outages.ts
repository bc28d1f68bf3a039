// `npm run bench -- outages`: each fault of the simulator that takes the broker away, what a user saw of it, how soon it was over, and deals lost or doubled. Not per round: each takes up to two minutes.
import { outages, suffer, type Seen } from '../../server/testing/outages.ts';
import { atMost, median, none, type BenchOptions, type BenchReport } from './report.ts';

const seconds = (ms: number | null) => (ms === null ? '-' : (ms / 1000).toFixed(1));

export async function outagesBench({ say }: BenchOptions): Promise<BenchReport> {
  const seen: Seen[] = [];
  for (const [index, outage] of outages.entries()) {
    say(`${index + 1} of ${outages.length}: ${outage.name}`);
    seen.push(await suffer(outage));
  }
  const restored = seen.flatMap(({ restoredAfterMs }) => (restoredAfterMs === null ? [] : [restoredAfterMs]));
  const sum = (field: 'lost' | 'doubled') => seen.reduce((total, each) => total + each[field], 0);
  return {
    name: 'outages',
    about: 'what a user sees while the broker is away, and until all is well again',
    columns: [
      'fault',
      'told',
      'deal sent as it began',
      'deal in the midst',
      'found s',
      'back s',
      'decided s',
      'lost',
      'doubled',
    ],
    rows: seen.map((each) => [
      each.outage,
      each.told.join(', ') || 'nothing',
      each.first,
      each.meanwhile,
      seconds(each.foundAfterMs),
      seconds(each.restoredAfterMs),
      seconds(each.decidedAfterMs),
      each.lost,
      each.doubled,
    ]),
    targets: [
      none('deals lost', sum('lost')),
      none('deals doubled', sum('doubled')),
      atMost('seconds until all is well again, the median', median(restored) / 1000, 10),
      atMost(
        'seconds until every deal is decided',
        Math.max(...seen.map((each) => each.decidedAfterMs)) / 1000,
        60,
      ),
    ],
    details: seen,
  };
}
