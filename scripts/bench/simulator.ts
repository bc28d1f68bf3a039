// The simulator on one core, against the same frames from a bare `ws` server, in turns within one run: its streams, with and without REST calls beside them.
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { instruments } from '../../server/ig-simulator/market/instruments.ts';
import { playYear } from './simulator-recording.ts';
import { replayYear, yearDays } from './simulator-year.ts';
import { atLeast, atMost, median, none, type BenchOptions, type BenchReport } from './report.ts';
import { ask, canPin, startSide } from './sides.ts';
import {
  itemsPerClient,
  restPerSecond,
  streamClients,
  updatesPerSecond,
  type ClientsReply,
  type ClientsRequest,
  type ServerReply,
  type ServerRequest,
  type Side,
} from './simulator-protocol.ts';

/** Of the updates and calls that are due: the edges of a window cut some off. */
const edges = 0.99;
/** Before the first measurement. */
const warmUpSeconds = 2;
/** What `--seconds` is unless told otherwise, and what a year may then take. */
const usualSeconds = 2;
const yearSeconds = 30;
const load = streamClients * itemsPerClient * updatesPerSecond;

const at = (numbers: readonly number[], share: number) =>
  numbers.toSorted((a, b) => a - b)[Math.min(numbers.length - 1, Math.floor(numbers.length * share))] ??
  Number.NaN;

interface Measured {
  mode: 'bare' | 'streams' | 'streams and REST';
  cpuShare: number;
  updatesPerSecond: number;
  restPerSecond: number;
  clients: ClientsReply;
}

/** Delivered updates, answered calls and the CPU they cost; the seed of the tick files is told. */
export async function simulator({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const folder = mkdtempSync(path.join(tmpdir(), 'ftrader-bench-'));
  const seed = process.env['FTRADER_SEED'] ?? String(process.pid);
  const sides = (['ours', 'bare'] as const).map((side) => ({
    side,
    server: startSide('./simulator-server.ts', 0, side),
    clients: startSide('./simulator-clients.ts', 1),
  }));
  const [ours, bare] = sides as [(typeof sides)[0], (typeof sides)[0]];
  const measured: Measured[] = [];
  async function run(
    side: { side: Side; server: ChildProcess; clients: ChildProcess },
    mode: Measured['mode'],
    duration: number,
    of?: Measured,
  ): Promise<Measured> {
    const frames = of && {
      perClientSecond: of.clients.frames / streamClients / (of.clients.wallMs / 1_000),
      bytes: Math.round(of.clients.bytes / of.clients.frames),
    };
    const [{ cpuMs, wallMs }, clients] = await Promise.all([
      ask<ServerReply, ServerRequest>(side.server, {
        do: 'run',
        seconds: duration,
        ...(frames && { frames }),
      }),
      ask<ClientsReply, ClientsRequest>(side.clients, {
        do: 'run',
        seconds: duration,
        rest: mode === 'streams and REST',
      }),
    ]);
    const perSecond = (count: number) => count / (clients.wallMs / 1_000);
    return {
      mode,
      cpuShare: cpuMs / wallMs,
      updatesPerSecond: perSecond(clients.updates),
      restPerSecond: perSecond(clients.restAnswered),
      clients,
    };
  }
  try {
    const epics = instruments.slice(0, itemsPerClient).map(({ epic }) => epic);
    for (const { side, server, clients } of sides) {
      const { port } = await ask<ServerReply, ServerRequest>(server, { do: 'listen', folder, seed });
      await ask<ClientsReply, ClientsRequest>(clients, { do: 'connect', side, port, epics });
    }
    say(
      `seed ${seed}: ${streamClients} sessions × ${itemsPerClient} items of ${epics.length} instruments are subscribed`,
    );
    for (let round = 0; round <= rounds; round++) {
      const duration = round === 0 ? Math.min(warmUpSeconds, seconds) : seconds;
      const streams = await run(ours, 'streams', duration);
      const floor = await run(bare, 'bare', duration, streams);
      const both = await run(ours, 'streams and REST', duration);
      if (round > 0) measured.push(streams, floor, both); // round 0 only warms up
      say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
    }
  } finally {
    for (const { server, clients } of sides) {
      server.kill('SIGKILL');
      clients.kill('SIGKILL');
    }
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }

  say('a generated year of one-minute candles goes through the engine');
  // Short runs, as in tests, take as much of the year as of everything else.
  const days = Math.max(1, Math.min(yearDays, Math.round((yearDays * seconds) / usualSeconds)));
  const year = replayYear(seed, days);
  say(
    `${year.candles} candles, ${year.quotes} quotes, ${Object.values(year.decisions).reduce((a, b) => a + b, 0)} decisions in ${year.seconds.toFixed(1)} s; state ${year.hash.slice(0, 12)}`,
  );
  const recording = await playYear(seed, days);
  say(
    `the same as a recording of candles, through a whole simulator with ${recording.open} positions open: ${recording.ticks} ticks in ${recording.seconds.toFixed(1)} s, memory ${recording.rssMb.map((mb) => mb.toFixed(0)).join(' → ')} MB`,
  );

  const of = (mode: Measured['mode']) => measured.filter((each) => each.mode === mode);
  const medianOf = (mode: Measured['mode'], figure: (each: Measured) => number) =>
    median(of(mode).map(figure));
  const all = (mode: Measured['mode'], field: 'streamMs' | 'restMs') =>
    of(mode).flatMap(({ clients }) => clients[field]);
  const wrong = (field: 'lost' | 'disordered' | 'restRefused') =>
    measured.reduce((sum, { clients }) => sum + clients[field], 0);
  const count = (value: number) => (value === 0 ? '–' : Math.round(value));
  const ms = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(1));
  const row = (name: string, mode: Measured['mode']) => [
    name,
    Math.round(medianOf(mode, (each) => each.clients.frames / (each.clients.wallMs / 1_000))),
    count(medianOf(mode, (each) => each.updatesPerSecond)),
    ms(at(all(mode, 'streamMs'), 0.5)),
    ms(at(all(mode, 'streamMs'), 0.99)),
    count(medianOf(mode, (each) => each.restPerSecond)),
    ms(at(all(mode, 'restMs'), 0.5)),
    ms(at(all(mode, 'restMs'), 0.99)),
    (medianOf(mode, (each) => each.cpuShare) * 100).toFixed(1),
  ];
  return {
    name: 'simulator',
    about: `${streamClients} sessions × ${itemsPerClient} items × ${updatesPerSecond} updates/s, and ${restPerSecond} REST calls/s, of one simulator process; ${canPin ? 'server and clients on a core each' : 'not pinned'}`,
    columns: ['', 'frames/s', 'updates/s', 'p50 ms', 'p99 ms', 'REST/s', 'p50 ms', 'p99 ms', '% of a core'],
    rows: [
      row('the same frames, bare ws', 'bare'),
      row('streams', 'streams'),
      row('streams and REST', 'streams and REST'),
    ],
    targets: [
      atLeast(
        'updates delivered a second, with REST',
        medianOf('streams and REST', (each) => each.updatesPerSecond),
        load * edges,
      ),
      atLeast(
        'REST calls answered a second',
        medianOf('streams and REST', (each) => each.restPerSecond),
        restPerSecond * edges,
      ),
      atMost(
        'share of a core, with REST',
        medianOf('streams and REST', (each) => each.cpuShare),
        0.5,
      ),
      atMost(
        'CPU of the streams against the same frames from bare ws',
        median(of('streams').map((each, i) => each.cpuShare / of('bare')[i]!.cpuShare)),
        2.5,
      ),
      atMost(
        `seconds for ${year.days} days of one-minute candles through the engine`,
        year.seconds,
        (yearSeconds * year.days) / yearDays,
      ),
      atMost(
        'seconds for them as a recording through a whole simulator',
        recording.seconds,
        (yearSeconds * year.days) / yearDays,
      ),
      atMost('the engine against reading and comparing the quotes', year.seconds / year.bareSeconds, 15),
      none('money unexplained after it', Number(year.unexplained)),
      none('updates lost', wrong('lost')),
      none('updates out of order', wrong('disordered')),
      none('REST calls refused', wrong('restRefused')),
    ],
    details: {
      year,
      recording,
      seed,
      rounds,
      seconds,
      pinned: canPin,
      measured: measured.map(({ clients: { streamMs: _, restMs: __, ...clients }, ...rest }) => ({
        ...rest,
        clients,
      })),
    },
  };
}
