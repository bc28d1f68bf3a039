// What may be asked of a fault: the settings and their check, which says what to change. What the faults are: table.ts.
import { z } from 'zod';
import { instrumentByEpic } from '../market/instruments.ts';
import { targets } from './fault.ts';
import { faultNames, faultOf } from './table.ts';

const hourMs = 3_600_000;
/** Shortest time between two strikes of a pulse. */
const leastPulseMs = 10;
const delayMs = z
  .int()
  .min(0)
  .max(24 * hourMs);
const Setting = z
  .strictObject({
    name: z.enum(faultNames),
    /** Default: as the table says, else open and close; `read` includes `confirm`. */
    on: z.array(z.enum(targets)).min(1).optional(),
    /** Default: all accounts. */
    accountId: z.string().optional(),
    /** Default: all markets. */
    epic: z
      .string()
      .refine((epic) => instrumentByEpic.has(epic), 'there is no such market')
      .optional(),
    /** How often it strikes before it is spent; default: no end, but once for a pulse without `ms`. */
    count: z.int().min(1).max(1_000_000).optional(),
    /** Of striking what matches; default 1. */
    probability: z.number().min(0).max(1).optional(),
    seed: z.string().max(100).optional(),
    /** Range of its delay, of the time between its pulses, or of how long it lasts (default: until other faults are set). */
    ms: z
      .tuple([delayMs, delayMs], 'ms is a range in milliseconds: [least, most]')
      .refine(([least, most]) => least <= most, 'the range goes from least to most')
      .optional(),
    /** Which refusal; default: the first of its table. */
    code: z.union([z.string(), z.int()]).optional(),
    /** Default true. */
    recoverable: z.boolean().optional(),
    /** Default true. */
    keepalives: z.boolean().optional(),
    /** Of a gap; below zero: down. */
    points: z.number().min(-1_000_000).max(1_000_000).optional(),
    pct: z.number().min(-90).max(1_000).optional(),
    skewMs: z
      .int()
      .min(-24 * hourMs)
      .max(24 * hourMs)
      .optional(),
  })
  .superRefine((setting, context) => {
    const { name, code, ms, points, pct, skewMs } = setting;
    const { takes, codes = [], when } = faultOf(name);
    const refuse = (option: string, message: string) =>
      context.addIssue({ code: 'custom', path: [option], message });
    for (const [option, value] of Object.entries(setting)) {
      if (option !== 'name' && value !== undefined && !(takes as readonly string[]).includes(option))
        refuse(option, `${name} takes no ${option}; it takes ${takes.join(', ')}`);
    }
    if (code !== undefined && !codes.includes(code))
      refuse('code', `${name} has the codes ${codes.join(', ')}`);
    if (when === 'pulse' && ms && ms[0] < leastPulseMs)
      refuse('ms', `${name} comes every ${leastPulseMs} ms at most; leave ms out for once, now`);
    if (name === 'price-gap' && (points === undefined) === (pct === undefined))
      refuse('points', 'price-gap needs points or pct, and not both');
    if (name === 'clock-skew' && skewMs === undefined)
      refuse('skewMs', 'clock-skew needs skewMs, by how much the broker’s clock is ahead');
  });
/** At once; they are looked at one by one. */
const maxSettings = 100;
export const FaultSettings = z.array(Setting).max(maxSettings);
export type FaultSetting = z.infer<typeof Setting>;
