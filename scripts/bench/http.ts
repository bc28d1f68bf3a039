// HTTP reads: CPU per request of our edge against a bare express route and against stock tRPC with the same login, in turns within one run.
import {
  cases,
  type Case,
  type ClientsReply,
  type ClientsRequest,
  type ServerReply,
  type ServerRequest,
  type Variant,
} from './http-protocol.ts';
import { atMost, median, none, type BenchOptions, type BenchReport } from './report.ts';
import { ask, canPin, startSide } from './sides.ts';

const variants: Variant[] = ['bare', 'checked', 'stock', 'ours'];
const names: Record<Variant, string> = {
  bare: 'bare express route',
  checked: 'express, login, Zod',
  stock: 'stock tRPC, login, Zod',
  ours: 'FTrader',
};
/** A turn is this part of `--seconds`: turns are short, so that the machine's moods meet all sides alike. */
const turnsPerSeconds = 4;
/** Before the first turn that counts, for each side and case: some thousand requests, until the compiler has settled. */
const warmUpSeconds = 2;

interface Measured {
  of: Case;
  variant: Variant;
  cpuMicros: number;
  perSecond: number;
  refused: number;
}

export async function http({ rounds, seconds, say }: BenchOptions): Promise<BenchReport> {
  const clients = startSide('./http-clients.ts', 1);
  const sides = new Map(
    variants.map((variant) => [
      variant,
      { server: startSide('./http-server.ts', 0, variant), port: 0, token: '' },
    ]),
  );
  const askServer = (variant: Variant, request: ServerRequest) =>
    ask<ServerReply, ServerRequest>(sides.get(variant)!.server, request);
  const measured: Measured[] = [];
  const all = (Object.keys(cases) as Case[]).flatMap((of) =>
    cases[of].by.map((variant) => ({ of, variant })),
  );

  async function turn({ of, variant }: { of: Case; variant: Variant }, duration: number): Promise<Measured> {
    const { port, token } = sides.get(variant)!;
    const askClients = (request: ClientsRequest) => ask<ClientsReply, ClientsRequest>(clients, request);
    await askClients({ do: 'open', port, token, path: cases[of].path });
    await askServer(variant, { do: 'begin' });
    const { answered, refused, wallMs } = await askClients({ do: 'run', seconds: duration });
    const { cpuMs } = await askServer(variant, { do: 'end' });
    const cpuMicros = (cpuMs * 1000) / (answered + refused);
    return { of, variant, cpuMicros, perSecond: answered / (wallMs / 1000), refused };
  }
  let different = 0;
  try {
    for (const [variant, side] of sides) Object.assign(side, await askServer(variant, { do: 'listen' }));
    different = await countDifferent(sides);
    for (let round = 0; round <= rounds; round++) {
      for (const each of all) {
        const result = await turn(
          each,
          round === 0 ? Math.min(warmUpSeconds, seconds) : seconds / turnsPerSeconds,
        );
        if (round > 0) measured.push(result); // round 0 only warms up
      }
      say(round === 0 ? 'warmed up' : `round ${round} of ${rounds}`);
    }
  } finally {
    clients.kill('SIGKILL');
    for (const { server } of sides.values()) server.kill('SIGKILL');
  }

  const results = (of: Case, variant: Variant) =>
    measured.filter((each) => each.of === of && each.variant === variant);
  const ratio = (of: Case, over: Variant) => {
    const floor = results(of, cases[of].floor);
    return median(results(of, over).map((each, round) => each.cpuMicros / floor[round]!.cpuMicros));
  };
  const medianOf = (of: Case, variant: Variant, field: 'cpuMicros' | 'perSecond') =>
    median(results(of, variant).map((each) => each[field]));
  return {
    name: 'http',
    about: `CPU of the server per request, × against the floor of its face; ${canPin ? 'server and clients on a core each' : 'not pinned'}`,
    columns: ['', 'by', 'CPU µs', '×', 'requests/s'],
    rows: all.map(({ of, variant }) => [
      of,
      names[variant],
      medianOf(of, variant, 'cpuMicros').toFixed(1),
      ratio(of, variant).toFixed(2),
      Math.round(medianOf(of, variant, 'perSecond')),
    ]),
    targets: [
      atMost('a cached market over REST against a bare express route', ratio('market', 'ours'), 2.5),
      atMost('a market over tRPC against stock tRPC', ratio('market query', 'ours'), 1.15),
      atMost('the time over tRPC against stock tRPC', ratio('time query', 'ours'), 1.15),
      none('answers other than the floor’s', different),
      none(
        'requests refused',
        measured.reduce((sum, each) => sum + each.refused, 0),
      ),
    ],
    details: { rounds, seconds, pinned: canPin, measured },
  };
}

/** How many variants answer a market otherwise than the floor of its face does. */
async function countDifferent(sides: Map<Variant, { port: number; token: string }>): Promise<number> {
  let different = 0;
  for (const { path, floor, by } of [cases.market, cases['market query']]) {
    const answers = new Map<Variant, string>();
    for (const variant of by) {
      const { port, token } = sides.get(variant)!;
      const headers = { authorization: `Bearer ${token}` };
      answers.set(variant, await (await fetch(`http://127.0.0.1:${port}${path}`, { headers })).text());
    }
    different += by.filter((variant) => answers.get(variant) !== answers.get(floor)).length;
  }
  return different;
}
