// Subscriptions that begin and end at random instants while prices are written: between the snapshot and its changes there is no gap and no repeat.
import { expect, test } from 'vitest';
import type { Tick } from '../../shared/market-data.ts';
import { between, seededRandom } from '../ig-simulator/random.ts';
import { priceRig, type PriceRig } from '../testing/price-rig.ts';
import { faces } from '../testing/price-socket.contract.ts';

const deep = process.env['FTRADER_DEEP'] === '1';
/** Over all sockets. */
const subscriptions = deep ? 10_000 : 400;
const seed = process.env['PRICES_SEED'] ?? String(process.pid);
const sockets = 4;
const mostOpen = 4;
const epics = Array.from({ length: 12 }, (_, n) => `CS.D.RANDOM${n}.CFD.IP`);
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What was published of each epic, in order. */
type Written = Map<string, number[]>;
interface Open {
  id: number;
  epics: string[];
  /** How much was written of each epic before it was asked for. */
  before: Map<string, number>;
  lists: Tick[][];
  last: Map<string, number>;
}

/** Throws unless the first list is the newest of each epic, none of them older than when it was asked for, and each further tick the next one written of its epic. */
function take(open: Open, ticks: Tick[], written: Written) {
  if (open.lists.length === 0) expect(ticks.map(({ epic }) => epic)).toEqual(open.epics);
  for (const { epic, seq, stale, bid } of ticks) {
    const at = written.get(epic)!.indexOf(seq);
    expect({ epic, stale, bid, isWritten: at >= 0 }).toEqual({
      epic,
      stale: false,
      bid: String(seq),
      isWritten: true,
    });
    const last = open.last.get(epic);
    if (last === undefined) expect(at).toBeGreaterThanOrEqual(open.before.get(epic)! - 1);
    else expect({ epic, at }).toEqual({ epic, at: last + 1 });
    open.last.set(epic, at);
  }
  open.lists.push(ticks);
}

async function openSocket(rig: PriceRig, face: (typeof faces)['trpc'], written: Written) {
  const raw = await face.open(rig, 'session_one');
  const open = new Map<number, Open>();
  const stopping = new Map<number, Open>();
  let read = 0;
  let ended = 0;
  function look() {
    for (; read < raw.messages.length; read++) {
      const message = raw.messages[read];
      const { id } = message;
      const ticks = face.ticks(message, id);
      if (ticks)
        take((open.get(id) ?? stopping.get(id))!, ticks, written); // fails too when one comes after its end
      else if (face.hasStopped(message, id) && stopping.delete(id)) ended++;
      else expect(message).not.toHaveProperty('error');
    }
  }
  return {
    open,
    stopping,
    look,
    ended: () => ended,
    begin(id: number, asked: string[]) {
      const before = new Map(asked.map((epic) => [epic, written.get(epic)!.length]));
      open.set(id, { id, epics: asked, before, lists: [], last: new Map() });
      raw.watch(id, ...asked);
    },
    stop(id: number) {
      stopping.set(id, open.get(id)!);
      open.delete(id);
      raw.send(face.stop(id));
    },
  };
}

test.each(Object.entries(faces))(
  `over %s, ${subscriptions} subscriptions at random instants each get a snapshot and then every change once (seed ${seed})`,
  async (name, face) => {
    const random = seededRandom(`${seed}/${name}`);
    const upTo = (most: number) => between(random, [0, most]);
    await using rig = await priceRig({
      hubLimits: { interestLingerMs: 0, backlogBytes: 64e6 },
      wsLimits: { messagesPerSecond: 1e6, messageBurst: 1e6 },
    });
    const written: Written = new Map(epics.map((epic) => [epic, []]));
    function write(epic: string) {
      const tick = rig.gateway.build(epic);
      const told = { ...tick, bid: String(tick.seq) };
      written.get(epic)!.push(told.seq);
      rig.gateway.last.set(epic, told);
      rig.bus.publish('prices', `${rig.gateway.feed}.${epic}`, told);
    }
    for (const epic of epics) write(epic);
    const all = await Promise.all(Array.from({ length: sockets }, () => openSocket(rig, face, written)));

    for (let begun = 0; begun < subscriptions;) {
      for (let n = upTo(6); n > 0; n--) write(epics[upTo(epics.length - 1)]!);
      const socket = all[upTo(sockets - 1)]!;
      const ids = [...socket.open.keys()];
      if (ids.length < mostOpen && upTo(2) > 0) {
        const first = upTo(epics.length - 1);
        const count = 1 + upTo(4);
        socket.begin(
          ++begun,
          Array.from({ length: count }, (_, n) => epics[(first + n * 5) % epics.length]!),
        );
      } else if (ids.length > 0) socket.stop(ids[upTo(ids.length - 1)]!);
      for (let n = upTo(3); n > 0; n--) await turn();
      for (const each of all) each.look();
    }
    for (const epic of epics) write(epic);
    const isUpToDate = ({ epics: asked, last }: Open) =>
      asked.every((epic) => last.get(epic) === written.get(epic)!.length - 1);
    while (
      !all.every(
        ({ open, stopping, look }) => (look(), stopping.size === 0 && [...open.values()].every(isUpToDate)),
      )
    )
      await turn();
    const open = all.reduce((sum, each) => sum + each.open.size, 0);
    expect(all.reduce((sum, each) => sum + each.ended(), open)).toBe(subscriptions);
    expect(rig.hub.stats()).toMatchObject({ holds: 0, onReaders: 0, onSockets: open });
  },
  deep ? 600_000 : 60_000,
);
