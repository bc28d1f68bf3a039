// Price fan-out: CPU per delivered tick of our server, of stock tRPC and of a bare `ws` broadcast, in turns within one run; then many sockets, and one that reads nothing.
import { requirement } from '../../server/testing/requires.ts';
import type { Mode, Variant } from './fanout-protocol.ts';
import { openSide, type Measured, type Side } from './fanout-sides.ts';
import { atLeast, atMost, isShort, median, none, type BenchOptions, type BenchReport } from './report.ts';
import { canPin } from './sides.ts';

const clients = 200;
const many = 1_000;
const held = 5_000;
const modes: Mode[] = ['saturated', 'paced'];
const names: Record<Variant, string> = {
  bare: 'bare ws broadcast',
  stock: 'stock tRPC',
  ours: 'FTrader, tRPC',
  plain: 'FTrader, plain',
  rabbitmq: 'FTrader, RabbitMQ',
};

/** Every variant in every mode, in turns, once more than `rounds`: the first only warms up. */
async function interleaved(
  variants: readonly Variant[],
  sockets: number,
  how: readonly Mode[],
  amqpUrl: string | undefined,
  { rounds, seconds, say }: BenchOptions,
): Promise<{ measured: Measured[]; kibPerClient: Partial<Record<Variant, number>> }> {
  const sides: Side[] = [];
  const measured: Measured[] = [];
  try {
    for (const variant of variants) {
      sides.push(await openSide(variant, sockets, amqpUrl));
      say(`${names[variant]}: ${sockets} clients connected`);
    }
    for (let round = 0; round <= rounds; round++) {
      for (const mode of how)
        for (const side of sides) {
          const result = await side.measure(mode, round === 0 ? Math.min(seconds, 1) : seconds);
          if (round > 0) measured.push(result);
        }
      say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
    }
    return {
      measured,
      kibPerClient: Object.fromEntries(sides.map((side) => [side.variant, side.kibPerClient])),
    };
  } finally {
    for (const side of sides) side.end();
  }
}

/** Forty simulated markets at their own pace, to very many sockets: the floor and our server in turns. */
async function holdMany(sockets: number, { rounds, seconds, say }: BenchOptions) {
  const sides: Side[] = [];
  const measured: Measured[] = [];
  try {
    for (const variant of ['bare', 'ours'] as const) {
      sides.push(await openSide(variant, sockets));
      say(`${names[variant]}: ${sockets} sockets connected`);
    }
    for (const side of sides) await side.measure('market', seconds);
    for (let round = 1; round <= rounds; round++)
      for (const side of sides) measured.push(await side.measure('market', seconds));
    return { measured, kibPerClient: sides[1]!.kibPerClient };
  } finally {
    for (const side of sides) side.end();
  }
}

/** What one client that reads nothing costs the others, and whether it finds the right prices when it reads again. */
async function stallOne({ rounds, seconds, say }: BenchOptions) {
  const [calm, disturbed] = [await openSide('ours', clients), await openSide('ours', clients)];
  const ratios: number[] = [];
  const resident: number[] = [];
  const measured: Measured[] = [];
  try {
    for (const side of [calm, disturbed]) await side.measure('saturated', seconds);
    await disturbed.stallOne();
    await disturbed.measure('saturated', seconds, 1); // fills what the system itself holds for it
    for (let round = 1; round <= rounds; round++) {
      const [without, withOne] = [
        await calm.measure('saturated', seconds),
        await disturbed.measure('saturated', seconds, 1),
      ];
      ratios.push(withOne.cpuPerMillion / without.cpuPerMillion);
      resident.push(withOne.rss);
      measured.push(without, withOne);
    }
    const wrong = await disturbed.resume();
    say('one client stalled, and read again');
    return {
      cpuRatio: median(ratios),
      grownKiB: Math.max(0, resident.at(-1)! - resident[0]!) / 1024,
      wrong,
      measured,
    };
  } finally {
    for (const side of [calm, disturbed]) side.end();
  }
}

export async function fanout(options: BenchOptions): Promise<BenchReport> {
  const short = isShort(options.seconds);
  const { available, where } = await requirement('rabbitmq');
  if (!available) options.say(`no RabbitMQ at ${where}: in memory only`);
  const variants: Variant[] = [
    'bare',
    'stock',
    'ours',
    'plain',
    ...(available ? (['rabbitmq'] as const) : []),
  ];
  const few = await interleaved(variants, clients, modes, available ? where : undefined, options);
  const moreClients = short ? clients : many;
  const more = await interleaved(['bare', 'ours'], moreClients, ['saturated'], undefined, options);
  const sockets = short ? clients : held;
  const crowd = await holdMany(sockets, options);
  const stalled = await stallOne(options);

  const of = (all: readonly Measured[], variant: Variant, mode: Mode) =>
    all.filter((each) => each.variant === variant && each.mode === mode);
  /** Median over the rounds of a round's ratio: the machine's moods cancel out. */
  const ratio = (all: readonly Measured[], over: Variant, under: Variant, mode: Mode) =>
    median(
      of(all, over, mode).map(
        (each, round) => each.cpuPerMillion / of(all, under, mode)[round]!.cpuPerMillion,
      ),
    );
  /** What a delivery is later than over bare ws, at the 99th percentile: the machine's other work delays both. */
  const addedMs = (variant: Variant) =>
    Math.max(
      0,
      median(
        of(few.measured, variant, 'paced').map(
          ({ p99Ms }, round) => p99Ms - of(few.measured, 'bare', 'paced')[round]!.p99Ms,
        ),
      ),
    );
  type Field = 'cpuPerMillion' | 'cores' | 'deliveriesPerSecond' | 'p50Ms' | 'p99Ms';
  const medianOf = (all: readonly Measured[], variant: Variant, mode: Mode, field: Field) =>
    median(of(all, variant, mode).map((each) => each[field]));
  const row = (all: readonly Measured[], variant: Variant, name: string, kibPerClient?: number) => {
    const isPaced = of(all, variant, 'paced').length > 0;
    const paced = (field: Field, digits: number) =>
      isPaced ? medianOf(all, variant, 'paced', field).toFixed(digits) : '';
    return [
      name,
      medianOf(all, variant, 'saturated', 'cpuPerMillion').toFixed(1),
      ratio(all, variant, 'bare', 'saturated').toFixed(2),
      Math.round(medianOf(all, variant, 'saturated', 'deliveriesPerSecond')),
      paced('cpuPerMillion', 1),
      isPaced ? ratio(all, variant, 'bare', 'paced').toFixed(2) : '',
      paced('p50Ms', 2),
      paced('p99Ms', 2),
      kibPerClient?.toFixed(0) ?? '',
    ];
  };
  const crowdRow = (variant: Variant, name: string, kibPerClient = '') => [
    name,
    medianOf(crowd.measured, variant, 'market', 'cpuPerMillion').toFixed(1),
    ratio(crowd.measured, variant, 'bare', 'market').toFixed(2),
    Math.round(medianOf(crowd.measured, variant, 'market', 'deliveriesPerSecond')),
    `${(medianOf(crowd.measured, variant, 'market', 'cores') * 100).toFixed(0)} % of a core`,
    '',
    medianOf(crowd.measured, variant, 'market', 'p50Ms').toFixed(2),
    medianOf(crowd.measured, variant, 'market', 'p99Ms').toFixed(2),
    kibPerClient,
  ];
  const everything = [...few.measured, ...more.measured, ...crowd.measured, ...stalled.measured];
  const sum = (field: 'lost' | 'outOfOrder') =>
    everything.reduce((total, each) => total + Math.abs(each[field]), 0);
  return {
    name: 'fanout',
    about: `${clients} clients × 10 of 40 epics; CPU-seconds of the server per million deliveries, × against bare ws; ${canPin ? 'server and clients on a core each' : 'not pinned'}`,
    columns: ['', 'saturated', '×', 'deliveries/s', '10,000/s', '×', 'p50 ms', 'p99 ms', 'KiB/client'],
    rows: [
      ...variants.map((variant) => row(few.measured, variant, names[variant], few.kibPerClient[variant])),
      row(more.measured, 'bare', `bare ws, ${moreClients} clients`, more.kibPerClient.bare),
      row(more.measured, 'ours', `FTrader, ${moreClients} clients`, more.kibPerClient.ours),
      crowdRow('bare', `bare ws, ${sockets} clients, simulated markets`),
      crowdRow('ours', `FTrader, ${sockets} clients, simulated markets`, crowd.kibPerClient.toFixed(0)),
    ],
    targets: [
      atMost(
        'CPU per delivery against bare ws, saturated',
        ratio(few.measured, 'ours', 'bare', 'saturated'),
        0.65,
      ),
      atMost('the same over plain WebSockets', ratio(few.measured, 'plain', 'bare', 'saturated'), 0.65),
      atMost(`the same with ${moreClients} clients`, ratio(more.measured, 'ours', 'bare', 'saturated'), 0.55),
      atLeast(
        'times better than stock tRPC, saturated',
        ratio(few.measured, 'stock', 'ours', 'saturated'),
        8,
      ),
      atMost('ms added to the p99 from tick to client at 10,000/s', addedMs('ours'), 10),
      ...(available ? [atMost('the same through RabbitMQ', addedMs('rabbitmq'), 20)] : []),
      atMost('KiB per client', crowd.kibPerClient, 48),
      atMost(
        `cores for ${sockets} sockets at the pace of the simulated markets`,
        medianOf(crowd.measured, 'ours', 'market', 'cores'),
        0.5,
      ),
      atMost(`CPU per delivery with one of ${clients} clients stalled, × without`, stalled.cpuRatio, 1.1),
      atMost('KiB that the server grew by meanwhile', stalled.grownKiB, 8 * 1024),
      none('prices of the stalled client that were wrong, repeated or out of order', stalled.wrong),
      none('deliveries lost', sum('lost')),
      none('deliveries out of order', sum('outOfOrder')),
    ],
    details: {
      rounds: options.rounds,
      seconds: options.seconds,
      clients,
      pinned: canPin,
      kibPerClient: few.kibPerClient,
      measured: everything,
      crowd,
      stalled,
    },
  };
}
