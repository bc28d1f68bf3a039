// What the simulated broker can be told to do wrong, to see how an account and its owner fare when a real broker does it.
import { z } from 'zod';
import { GetAccount } from './accounts.ts';

interface Fault {
  /** A few words, as on a switch. */
  title: string;
  /** What happens, and what is seen of it here. */
  what: string;
  /** Whom it strikes: the account it is set for, or everybody at this simulator. */
  strikes: 'account' | 'everybody';
}
const faults = {
  lost_answer: {
    title: 'Lose the answer to the next deal',
    what: 'The connection breaks, and the broker carries the deal out four seconds later: it is unknown until the stream tells of it.',
    strikes: 'account',
  },
  lost_words: {
    title: 'Lose every word about the next deal',
    what: 'The broker carries it out, and neither its answer nor its messages arrive: it is unknown until the broker’s lists are read.',
    strikes: 'account',
  },
  lost_confirm: {
    title: 'Lose the next confirm',
    what: 'The broker acknowledges the next deal and never confirms it: the change of the position or order decides it.',
    strikes: 'account',
  },
  never_arrives: {
    title: 'Lose the next request on its way',
    what: 'The connection breaks before the broker has the next deal: it is unknown for half a minute, then proven absent.',
    strikes: 'account',
  },
  slow_answers: {
    title: 'Answer slowly',
    what: 'Every deal is carried out at once, and its answer takes three seconds.',
    strikes: 'account',
  },
  silent_stream: {
    title: 'Mute the account’s stream',
    what: 'It stays connected and says nothing: what happens on the account is learnt by reading its lists.',
    strikes: 'account',
  },
  muted_prices: {
    title: 'Mute the price feed',
    what: 'Prices stay connected and stand still: they are marked as stale, and what needs a price of now is refused.',
    strikes: 'everybody',
  },
  dropped_streams: {
    title: 'Break all streams once',
    what: 'Every stream connection breaks without a word and is opened again; nothing is lost.',
    strikes: 'everybody',
  },
  refused_logins: {
    title: 'Refuse logins',
    what: 'All sessions end at once, and nobody is let in again: accounts say so, and nothing is dealt.',
    strikes: 'everybody',
  },
  broker_down: {
    title: 'Take the broker down',
    what: 'Every request is answered with a page that says maintenance.',
    strikes: 'everybody',
  },
} as const satisfies Record<string, Fault>;

const names = Object.keys(faults) as (keyof typeof faults)[];
export const SimulatedFaultName = z.enum(names).meta({ id: 'SimulatedFaultName' });
export type SimulatedFaultName = z.infer<typeof SimulatedFaultName>;
/** In the order in which they are shown. */
export const simulatedFaultNames: readonly SimulatedFaultName[] = names;
export const simulatedFault = (name: SimulatedFaultName): Fault => faults[name];

export const SimulatedFault = z
  .object({
    fault: SimulatedFaultName,
    title: z.string(),
    what: z.string().describe('what happens, and what is seen of it here'),
    strikes: z
      .enum(['account', 'everybody'])
      .describe('this account alone, or everybody at the simulator: an administrator sets those'),
    state: z
      .enum(['off', 'armed', 'spent'])
      .describe('`armed`: it strikes what it is for; `spent`: it was for one time, and has struck'),
    allowed: z.boolean().describe('whether you may switch it'),
    hits: z.number().int().min(0).describe('how often it has struck since it was set'),
  })
  .meta({ id: 'SimulatedFault' });
export type SimulatedFault = z.infer<typeof SimulatedFault>;
export const SimulatedFaultList = z
  .object({ faults: z.array(SimulatedFault) })
  .meta({ id: 'SimulatedFaultList' });
export type SimulatedFaultList = z.infer<typeof SimulatedFaultList>;

export const SetSimulatedFault = GetAccount.extend({
  fault: SimulatedFaultName.describe('the fault to switch'),
  on: z.boolean().describe('true also arms one anew that is spent'),
});
export type SetSimulatedFault = z.infer<typeof SetSimulatedFault>;
