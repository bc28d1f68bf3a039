// Subscriptions of a session: added, paced, reconfigured and deleted, within IG's limits. Items and their values come from elsewhere.
import type { Clock } from '../../lib/clock.ts';
import type { Faults } from '../faults/faults.ts';
import { findAccount } from '../access/logins.ts';
import { noSuchItem, type Items, type Refusal } from './items.ts';
import type { Frequency, StreamSession } from './session.ts';
import { textAfter, type Item, type Subscriber, type Update, type Values } from './updates.ts';

/** Items one session may subscribe to. */
export const maxItems = 40;
const maxFields = 200;
/** Updates a second that can be asked for. */
const frequencies = { least: 0.01, most: 1_000 };

function frequencyOf(text: string | null): Frequency | undefined {
  if (text === null || text === 'unlimited') return 'unlimited';
  if (text === 'unfiltered') return text;
  return /^\d{1,9}(?:\.\d{1,9})?$/.test(text) && Number(text) > 0
    ? Math.min(frequencies.most, Math.max(frequencies.least, Number(text)))
    : undefined;
}
const badFrequency: Refusal = { code: 65, text: 'Invalid frequency' };

/** Events of the past that LS_snapshot asks for. */
const snapshotOf = (text: string | null) =>
  text === 'true' ? Infinity : /^\d{1,6}$/.test(text ?? '') ? Number(text) : 0;

/** Passes updates on at most every `intervalMs()`, the latest one when its time comes. */
function createPacer(clock: Clock, intervalMs: () => number, push: (update: Update) => void) {
  let sentMs = -Infinity;
  let pending: Update | undefined;
  let cancel: (() => void) | undefined;
  function send() {
    cancel?.();
    cancel = undefined;
    const update = pending;
    pending = undefined;
    sentMs = clock.monotonicMs();
    if (update) push(update);
  }
  function wait() {
    const waitMs = sentMs + intervalMs() - clock.monotonicMs();
    if (waitMs <= 0) send();
    else cancel ??= clock.after(waitMs, send);
  }
  return {
    push(update: Update) {
      pending = update;
      wait();
    },
    /** The interval has changed. */
    again() {
      cancel?.();
      cancel = undefined;
      if (pending) wait();
    },
    stop: () => cancel?.(),
  };
}

export interface Subscriptions {
  /** Answers why not, or calls `ok` and then starts. */
  add(session: StreamSession, params: URLSearchParams, ok: () => void): Refusal | undefined;
  reconfigure(session: StreamSession, params: URLSearchParams, ok: () => void): Refusal | undefined;
  remove(session: StreamSession, params: URLSearchParams, ok: () => void): Refusal | undefined;
}

const namesOf = (params: URLSearchParams) => (params.get('LS_group') ?? '').split(' ').filter(Boolean);

export function createSubscriptions({
  items,
  clock,
  faults,
}: {
  items: Items;
  clock: Clock;
  faults: Pick<Faults, 'strikes'>;
}): Subscriptions {
  /** The items asked for, or why they cannot be had: one bad item refuses all. */
  function resolve(
    session: StreamSession,
    params: URLSearchParams,
    schema: readonly string[],
  ): Item[] | Refusal {
    const names = namesOf(params);
    if (names.length === 0) return noSuchItem;
    const taken = [...session.subscriptions.values()].reduce(
      (sum, subscription) => sum + subscription.items,
      0,
    );
    if (taken + names.length > maxItems) return { code: -1, text: `No more than ${maxItems} items` };
    const found: Item[] = [];
    for (const name of names) {
      const item = items.find(name, params.get('LS_data_adapter') ?? '', session.viewer);
      if ('code' in item) return item;
      found.push(item);
    }
    if (found.some((item) => item.mode !== params.get('LS_mode')))
      return { code: 24, text: 'Invalid mode for these items' };
    if (schema.length === 0 || schema.length > maxFields) return { code: 23, text: 'Invalid schema' };
    return found;
  }
  const confirm = (session: StreamSession, subId: number, frequency: Frequency) => {
    const limit =
      typeof frequency === 'number'
        ? Number.isInteger(frequency)
          ? `${frequency}.0`
          : String(frequency)
        : 'unlimited';
    session.data(`CONF,${subId},${limit},${frequency === 'unfiltered' ? frequency : 'filtered'}`);
  };
  const idOf = (params: URLSearchParams) =>
    /^\d{1,15}$/.test(params.get('LS_subId') ?? '') ? Number(params.get('LS_subId')) : 0;
  const notFound: Refusal = { code: 19, text: 'Specified subscription not found' };

  return {
    add(session, params, ok) {
      const subId = idOf(params);
      if (subId < 1 || session.subscriptions.has(subId)) return { code: 65, text: 'Invalid subscription id' };
      const schema = (params.get('LS_schema') ?? '').split(' ').filter(Boolean);
      const found = resolve(session, params, schema);
      if (!Array.isArray(found)) return found;
      const wanted = frequencyOf(params.get('LS_requested_max_frequency'));
      if (wanted === undefined) return badFrequency;
      // Only latest-wins items can be thinned out; every event of the others is told.
      const paced = found.every((item) => item.mode === 'MERGE');
      const granted = (asked: Frequency) => (paced || asked === 'unfiltered' ? asked : 'unlimited');
      let frequency = granted(wanted);
      const snapshot = snapshotOf(params.get('LS_snapshot'));
      ok();
      session.data(`SUBOK,${subId},${found.length},${schema.length}`);
      confirm(session, subId, frequency);
      const stops: (() => void)[] = [];
      const changes: (() => void)[] = [];
      session.subscriptions.set(subId, {
        items: found.length,
        stop: () => stops.forEach((stop) => stop()),
        setFrequency(asked, accepted) {
          if (frequency === 'unfiltered' || asked === 'unfiltered') return false;
          accepted();
          frequency = granted(asked);
          confirm(session, subId, frequency);
          for (const changed of changes) changed();
          return true;
        },
      });
      const names = namesOf(params);
      found.forEach((item, i) => {
        const prefix = `U,${subId},${i + 1},`;
        const parts = names[i]!.split(':');
        const { login, account } = session.viewer;
        const muted = {
          accountId: (findAccount(login, parts[1]!) ?? account).accountId,
          epic: parts.find((part) => part.includes('.')),
        };
        let last: Values | undefined;
        const write = (update: Update) => {
          session.data(prefix + textAfter(update, last));
          last = update.values;
        };
        const pacer = createPacer(
          clock,
          () => (typeof frequency === 'number' ? 1_000 / frequency : 0),
          write,
        );
        const push: Subscriber['push'] = (update) => {
          if (faults.strikes('mute', muted)) return;
          if (typeof frequency === 'number') pacer.push(update);
          else write(update);
        };
        stops.push(item.start(schema, { snapshot, push, busy: session.busy }), pacer.stop);
        changes.push(pacer.again);
        if (item.mode === 'DISTINCT' && snapshot > 0) session.data(`EOS,${subId},${i + 1}`);
      });
      return undefined;
    },
    reconfigure(session, params, ok) {
      const subscription = session.subscriptions.get(idOf(params));
      if (!subscription) return notFound;
      const frequency = frequencyOf(params.get('LS_requested_max_frequency'));
      if (frequency === undefined) return badFrequency;
      return subscription.setFrequency(frequency, ok)
        ? undefined
        : { code: 13, text: 'Frequency of an unfiltered subscription cannot be changed' };
    },
    remove(session, params, ok) {
      const subId = idOf(params);
      const subscription = session.subscriptions.get(subId);
      if (!subscription) return notFound;
      ok();
      subscription.stop();
      session.subscriptions.delete(subId);
      session.data(`UNSUB,${subId}`);
      return undefined;
    },
  };
}
