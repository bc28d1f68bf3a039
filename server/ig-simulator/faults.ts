// What can go wrong on IG's side, by name: one table, seeded, switched at run time, off unless asked for. Where it strikes: rest.ts and dealing-desk.ts.
import { z } from 'zod';
import { between, fraction, seededRandom } from './random.ts';

/** What the caller hears instead of the answer: nothing until it hangs up, a TCP reset, or something else than IG's answer. */
export type Reply = 'silence' | 'reset' | { status: number; code?: string; html?: true };
/** `before` the request is carried out (it never is), `after` it was, `later`: some time after the caller hung up. `desk`: the answer is right. */
type Fault = { when: 'before' | 'after' | 'later'; reply: Reply; ms?: readonly [number, number]; seen: string } | { when: 'desk'; ms?: readonly [number, number]; seen: string };

/** `seen` is the report of the real thing, as the reference names it; `ms` is the range of its delay. */
const table = {
  'time-out-before': { when: 'before', reply: 'silence', seen: 'reference §4.4: a time-out says nothing about the deal' },
  'accept-then-time-out': { when: 'after', reply: 'silence', seen: 'joaquinbejar/ig-client doc/MUTATION_REQUEST_POLICY.md' },
  'delayed-execution': { when: 'later', reply: 'silence', ms: [0, 25_000], seen: 'none: the assumption behind defined absence' },
  'reset-before': { when: 'before', reply: 'reset', seen: 'bennycode/ig-trading-api PR#139: retried on a dropped connection' },
  'reset-after': { when: 'after', reply: 'reset', seen: 'bennycode/ig-trading-api PR#139: retried on a dropped connection' },
  '5xx-before': { when: 'before', reply: { status: 500, code: 'system.error' }, seen: 'IG documents 500 system.error; deals only after reconciliation' },
  '5xx-after': { when: 'after', reply: { status: 500, code: 'system.error' }, seen: 'IG documents 500 system.error; deals only after reconciliation' },
  'html-after': { when: 'after', reply: { status: 503, html: true }, seen: 'reference §4.1: HTML during maintenance' },
  'empty-200-after': { when: 'after', reply: { status: 200 }, seen: 'trading-ig PR#237, PR#256: empty bodies, there with 405' },
  'expired-before': { when: 'before', reply: { status: 401, code: 'error.security.client-token-invalid' }, seen: 'trading-ig#101, #338' },
  'throttled-before': { when: 'before', reply: { status: 403, code: 'error.public-api.exceeded-account-trading-allowance' }, seen: 'trading-ig#203' },
  'late-confirm': { when: 'desk', ms: [5_000, 40_000], seen: 'trading-ig#176: 404 until the confirm exists' },
  'lost-confirm': { when: 'desk', seen: 'trading-ig#176: 404 once the confirm is gone' },
  'doubled-confirm': { when: 'desk', seen: 'none; recovery of a stream session may repeat messages' },
  'lost-opu': { when: 'desk', seen: 'reference §6.6: no replay of missed TRADE messages' },
  'doubled-opu': { when: 'desk', seen: 'none; recovery of a stream session may repeat messages' },
  'duplicate-check-off': { when: 'desk', seen: 'how long IG remembers a dealReference is not documented' },
} as const satisfies Record<string, Fault>;
export type FaultName = keyof typeof table;
const names = Object.keys(table) as [FaultName, ...FaultName[]];

/** What a fault may strike: deal requests (`order`: to place one), what the market or the clock triggered, and reads (GET, without logins). */
const targets = ['open', 'close', 'amend', 'order', 'cancel', 'trigger', 'read'] as const;
export interface Struck { kind: (typeof targets)[number]; accountId: string }

const delayMs = z.int().min(0).max(600_000);
const Setting = z.strictObject({
  name: z.enum(names),
  /** Default open and close. */
  on: z.array(z.enum(targets)).min(1).optional(),
  /** Default: all accounts. */
  accountId: z.string().optional(),
  /** How often it strikes before it is spent; default: no end. */
  count: z.int().min(1).max(1_000_000).optional(),
  /** Of striking a request that matches; default 1. */
  probability: z.number().min(0).max(1).optional(),
  seed: z.string().max(100).optional(),
  /** Range of the delay of those that have one. */
  ms: z.tuple([delayMs, delayMs]).refine(([least, most]) => least <= most, 'the range goes from least to most').optional(),
});
/** At once; they are looked at one by one. */
const maxSettings = 100;
export const FaultSettings = z.array(Setting).max(maxSettings);
export type FaultSetting = z.infer<typeof Setting>;

export interface Faults {
  /** Replaces all settings; none: nothing goes wrong. */
  set(settings: readonly FaultSetting[]): void;
  /** The settings and how often each has struck. */
  list(): (FaultSetting & { hits: number })[];
  /** Whether `name` strikes, with the delay it brings. */
  strikes(name: FaultName, struck: Struck): { ms: number } | undefined;
  /** The first setting that takes this request off its way. */
  onRequest(struck: Struck): { when: 'before' | 'after' | 'later'; reply: Reply; ms: number } | undefined;
}

export function createFaults(): Faults {
  let active: { setting: FaultSetting; hits: number; random: (size: number) => Uint8Array }[] = [];
  function strike(entry: (typeof active)[number], { kind, accountId }: Struck): { ms: number } | undefined {
    const { name, on = ['open', 'close'], accountId: only, count = Infinity, probability = 1, ms } = entry.setting;
    if (!on.includes(kind) || (only !== undefined && only !== accountId) || entry.hits >= count) return undefined;
    if (fraction(entry.random) >= probability) return undefined;
    entry.hits++;
    return { ms: between(entry.random, ms ?? (table[name] as Fault).ms ?? [0, 0]) };
  }
  return {
    set(settings) {
      active = settings.map((setting) => ({ setting, hits: 0, random: seededRandom(`${setting.name}/${setting.seed ?? ''}`) }));
    },
    list: () => active.map(({ setting, hits }) => ({ ...setting, hits })),
    strikes(name, struck) {
      for (const entry of active) {
        const hit = entry.setting.name === name ? strike(entry, struck) : undefined;
        if (hit) return hit;
      }
      return undefined;
    },
    onRequest(struck) {
      for (const entry of active) {
        const fault: Fault = table[entry.setting.name];
        const hit = fault.when === 'desk' ? undefined : strike(entry, struck);
        if (hit && fault.when !== 'desk') return { when: fault.when, reply: fault.reply, ...hit };
      }
      return undefined;
    },
  };
}
