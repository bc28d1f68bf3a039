// Faults at work: seeded, switched at run time, off unless asked for. What they are: table.ts. Where they strike: rest/, desk/, stream/, market/disturbed.ts.
import type { Clock } from '../../lib/clock.ts';
import { FaultSettings, type FaultSetting } from './settings.ts';
import type { Fault, Reply, Target } from './fault.ts';
import { faultOf, type FaultName } from './table.ts';
import type { MarketStatus } from '../market/instrument.ts';
import { between, fraction, seededRandom } from '../random.ts';
import type { Timers } from '../timers.ts';

export interface Struck {
  kind?: Target;
  accountId?: string | undefined;
  epic?: string | undefined;
}
/** What a strike brings: its delay, and the code it refuses with. */
export interface Strike {
  ms: number;
  code: string | number | undefined;
}
interface RequestFault extends Strike {
  when: 'before' | 'after' | 'later';
  reply: Reply;
}
/** Done when the fault is set, or at each of its pulses. */
type Acts = Partial<Record<FaultName, (setting: FaultSetting) => void>>;

export interface Faults {
  /** Replaces all settings; none: nothing goes wrong. Throws ZodError, which says what to change. */
  set(settings: readonly FaultSetting[]): void;
  /** Replaces the settings that were set under the name `group`, and no others: several who set faults do not undo each other's. Throws as `set` does. */
  setOf(group: string, settings: readonly FaultSetting[]): void;
  /** Those of one group, see `list`. */
  listOf(group: string): (FaultSetting & { hits: number })[];
  /** The settings and how often each has struck. */
  list(): (FaultSetting & { hits: number })[];
  /** Whether `name` strikes; counted. */
  strikes(name: FaultName, struck: Struck): Strike | undefined;
  /** The first setting that takes this request off its way. */
  onRequest(struck: Struck): RequestFault | undefined;
  /** The first setting of `name` that is in force, `left` of its time from 1 down to 0; not counted. */
  holds(name: FaultName, struck?: Struck): (FaultSetting & { left: number }) | undefined;
  /** The status that a fault puts on the market of `epic`. */
  status(epic: string): MarketStatus | undefined;
  /** Nothing is set that could touch a price or the clock. */
  calm(): boolean;
  /** Called after faults were set, and whenever time ends one. */
  onChange(listener: () => void): void;
  /** The broker's clock, by which it dates what clients see; timers and lifetimes go by the real one. */
  clock: Clock;
  /** It was off at some time, so dates that were given by it cannot be compared. */
  clockWasOff(): boolean;
}

/** A timer may fire this much early, and is to find a fault over. */
const earlyMs = 1;
const usualTargets: readonly Target[] = ['open', 'close'];
interface Entry {
  /** Undefined: set with all the others at once. */
  group: string | undefined;
  setting: FaultSetting;
  fault: Fault;
  hits: number;
  random: (size: number) => Uint8Array;
  sinceMs: number;
  untilMs: number;
  cancel?: () => void;
}

export function createFaults({
  clock,
  timers,
  acts = {},
}: {
  clock: Clock;
  timers: Timers;
  acts?: Acts;
}): Faults {
  let active: Entry[] = [];
  let calm = true;
  let clockWasOff = false;
  /** Until when markets are suspended that an order met. */
  const suspensions = new Map<string, { untilMs: number; cancel: () => void }>();
  const listeners: (() => void)[] = [];
  const changed = () => listeners.forEach((listener) => listener());

  function matches({ setting, fault, hits, untilMs }: Entry, { kind, accountId, epic }: Struck): boolean {
    const { on = fault.on ?? usualTargets, count = Infinity } = setting;
    if (kind !== undefined && !on.includes(kind) && !(kind === 'confirm' && on.includes('read')))
      return false;
    if (
      (setting.accountId !== undefined && setting.accountId !== accountId) ||
      (setting.epic !== undefined && setting.epic !== epic)
    )
      return false;
    return hits < count && clock.monotonicMs() < untilMs;
  }
  function strike(entry: Entry, struck: Struck): Strike | undefined {
    const { setting, fault, random } = entry;
    if (!matches(entry, struck) || fraction(random) >= (setting.probability ?? 1)) return undefined;
    entry.hits++;
    return { ms: between(random, setting.ms ?? fault.ms ?? [0, 0]), code: setting.code ?? fault.codes?.[0] };
  }
  function begin(entry: Entry) {
    const { setting, fault, random } = entry;
    const act = acts[setting.name];
    const pulse = () => {
      const hit = strike(entry, setting);
      if (hit) act?.({ ...setting, code: hit.code });
      if (setting.ms && entry.hits < (setting.count ?? Infinity))
        entry.cancel = timers.after(between(random, setting.ms), pulse);
    };
    if (fault.when === 'pulse')
      return setting.ms ? void (entry.cancel = timers.after(between(random, setting.ms), pulse)) : pulse();
    const lasts = fault.when === 'while' || fault.when === 'stream' ? (setting.ms ?? fault.ms) : undefined;
    if (lasts) {
      entry.untilMs = entry.sinceMs + between(random, lasts);
      entry.cancel = timers.after(entry.untilMs - entry.sinceMs + earlyMs, changed);
    }
    if (fault.when !== 'while') return;
    entry.hits = 1;
    act?.(setting);
  }
  function suspend(epic: string, ms: number) {
    suspensions.get(epic)?.cancel();
    suspensions.set(epic, { untilMs: clock.monotonicMs() + ms, cancel: timers.after(ms + earlyMs, changed) });
    changed();
  }

  function replace(
    wanted: readonly FaultSetting[],
    group: string | undefined,
    goes: (entry: Entry) => boolean,
  ) {
    for (const { cancel } of active.filter(goes)) cancel?.();
    const sinceMs = clock.monotonicMs();
    const added = wanted.map((setting) => ({
      group,
      setting,
      fault: faultOf(setting.name),
      hits: 0,
      random: seededRandom(`${setting.name}/${setting.seed ?? ''}`),
      sinceMs,
      untilMs: Infinity,
    }));
    active = [...active.filter((entry) => !goes(entry)), ...added];
    calm = !active.some(
      ({ setting: { name }, fault: { when } }) =>
        when === 'price' || when === 'while' || name === 'suspended-mid-order',
    );
    clockWasOff ||= active.some(({ setting: { name } }) => name === 'clock-skew');
    for (const entry of added) begin(entry);
    changed();
  }
  const shown = (entries: readonly Entry[]) => entries.map(({ setting, hits }) => ({ ...setting, hits }));

  const faults: Faults = {
    set(settings) {
      const wanted = FaultSettings.parse(settings);
      for (const { cancel } of suspensions.values()) cancel();
      suspensions.clear();
      replace(wanted, undefined, () => true);
    },
    setOf: (group, settings) =>
      replace(FaultSettings.parse(settings), group, (entry) => entry.group === group),
    list: () => shown(active),
    listOf: (group) => shown(active.filter((entry) => entry.group === group)),
    strikes(name, struck) {
      for (const entry of active) {
        const hit = entry.setting.name === name ? strike(entry, struck) : undefined;
        if (hit && name === 'suspended-mid-order' && struck.epic !== undefined) suspend(struck.epic, hit.ms);
        if (hit) return hit;
      }
      return undefined;
    },
    onRequest(struck) {
      for (const entry of active) {
        const { fault } = entry;
        const hit = 'reply' in fault ? strike(entry, struck) : undefined;
        if (hit && 'reply' in fault) return { when: fault.when, reply: fault.reply, ...hit };
      }
      return undefined;
    },
    holds(name, struck = {}) {
      const found = active.find((entry) => entry.setting.name === name && matches(entry, struck));
      if (!found) return undefined;
      const { setting, sinceMs, untilMs } = found;
      return {
        ...setting,
        left: untilMs === Infinity ? 1 : (untilMs - clock.monotonicMs()) / (untilMs - sinceMs),
      };
    },
    status(epic) {
      if (calm) return undefined;
      if ((suspensions.get(epic)?.untilMs ?? 0) > clock.monotonicMs()) return 'SUSPENDED';
      const found = active.find((entry) => 'status' in entry.fault && matches(entry, { epic }));
      return found && 'status' in found.fault ? found.fault.status : undefined;
    },
    calm: () => calm,
    onChange: (listener) => void listeners.push(listener),
    clockWasOff: () => clockWasOff,
    clock: {
      ...clock,
      now: () =>
        calm ? clock.now() : new Date(clock.now().getTime() + (faults.holds('clock-skew')?.skewMs ?? 0)),
    },
  };
  return faults;
}
