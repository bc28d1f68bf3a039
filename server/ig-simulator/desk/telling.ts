// What a deal says on the stream, and when: each message on its way, and the faults that strike it there. Decides no content.
import type { FaultName } from '../faults/table.ts';
import type { Faults, Struck } from '../faults/faults.ts';
import type { Outbox } from '../stream/outbox.ts';

/** `confirmAt` as ISO text; null: there is no confirm. */
export interface DealMessages {
  accountId: string;
  confirmAt: string | null;
  confirms: object | null;
  opu: readonly object[];
  wou?: readonly object[];
}
export interface Telling {
  /** Sends the confirm at its time and the updates at `updatesMs` (epoch; a time that has passed: at once), both by the broker's clock; the updates of an account keep the order of the calls. */
  tell(messages: DealMessages, kind: Struck['kind'], updatesMs: number): void;
  close(): void;
}

/** A confirm later than this is lost. */
const longestDelayMs = 365 * 86_400_000;

/** Told by the broker's clock, which is that of its faults. */
export function createTelling(faults: Faults, trades: Outbox): Telling {
  const { clock } = faults;
  /** Monotonic, as all times below: the broker's clock may be set. */
  const lastUpdateMs = new Map<string, number>();
  /** Confirms that let the next one of their account pass. */
  const overtaken = new Map<string, { cancel(): void; send(dueMs: number): void }>();

  function tellConfirm(accountId: string, confirm: object, dueMs: number, struck: Struck) {
    const copies = faults.strikes('doubled-confirm', struck) ? 2 : 1;
    const send = (atMs: number) => {
      for (let i = 0; i < copies; i++)
        trades.send(accountId, atMs, { field: 'CONFIRMS', text: JSON.stringify(confirm) });
    };
    const waiting = overtaken.get(accountId);
    const passed = waiting ? undefined : faults.strikes('reordered-confirm', struck);
    if (passed) {
      const cancel = clock.after(Math.max(0, dueMs - clock.monotonicMs()) + passed.ms, () => {
        overtaken.delete(accountId);
        send(clock.monotonicMs());
      });
      return void overtaken.set(accountId, { cancel, send });
    }
    send(dueMs);
    overtaken.delete(accountId);
    waiting?.cancel();
    waiting?.send(dueMs);
  }

  return {
    tell({ accountId, confirmAt, confirms, opu, wou = [] }, kind, updatesMs) {
      const struck: Struck = { kind, accountId };
      const strikes = (name: FaultName) => faults.strikes(name, struck);
      const [nowMs, here] = [clock.now().getTime(), clock.monotonicMs()];
      const confirmInMs = confirmAt === null ? Infinity : Date.parse(confirmAt) - nowMs;
      const confirm = confirmInMs < longestDelayMs ? confirms : null;
      const confirmDueMs = here + confirmInMs;
      const lateMs =
        (wou.length > 0 && strikes('late-wou')?.ms) || (opu.length > 0 && strikes('late-opu')?.ms) || 0;
      const updatesFirst = confirm && opu.length + wou.length > 0 && strikes('opu-first');
      const confirmFirst = confirm && opu.length + wou.length > 0 && strikes('confirm-first');
      const updatesDueMs = Math.max(
        here + updatesMs - nowMs + lateMs,
        lastUpdateMs.get(accountId) ?? 0,
        confirmFirst ? confirmDueMs : 0,
      );
      lastUpdateMs.set(accountId, updatesDueMs);
      const tellUpdates = () => {
        for (const [field, updates, lost, doubled] of [
          ['WOU', wou, 'lost-wou', 'doubled-wou'],
          ['OPU', opu, 'lost-opu', 'doubled-opu'],
        ] as const) {
          for (const update of updates) {
            for (let copies = strikes(lost) ? 0 : strikes(doubled) ? 2 : 1; copies > 0; copies--)
              trades.send(accountId, updatesDueMs, { field, text: JSON.stringify(update) });
          }
        }
      };
      const updatesLead = updatesFirst || updatesDueMs < confirmDueMs;
      if (updatesLead) tellUpdates();
      if (confirm)
        tellConfirm(
          accountId,
          confirm,
          updatesFirst ? Math.max(confirmDueMs, updatesDueMs) : confirmDueMs,
          struck,
        );
      if (!updatesLead) tellUpdates();
    },
    close() {
      for (const { cancel } of overtaken.values()) cancel();
    },
  };
}
