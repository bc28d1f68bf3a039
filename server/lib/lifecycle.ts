// Starting and stopping: parts register how to close themselves; closing runs in reverse, each step bounded.
import { systemClock } from './clock.ts';
import type { Logger } from './logger.ts';
import { within } from './within.ts';

export interface Lifecycle {
  /** Registers how to close a part that has just been started. */
  onClose(name: string, close: () => unknown): void;
  /** Closes everything in reverse order of registration. Safe to call twice; never rejects. */
  close(): Promise<void>;
}

/** Longest time one part may take to close before the next is closed without it. */
export const closeStepTimeoutMs = 8_000;

export function createLifecycle(logger: Logger): Lifecycle {
  const steps: { name: string; close: () => unknown }[] = [];
  let closing: Promise<void> | undefined;
  async function closeAll() {
    for (let step = steps.pop(); step; step = steps.pop()) {
      const { name, close } = step;
      try {
        const problem = `did not close within ${closeStepTimeoutMs} ms`;
        await within(systemClock, closeStepTimeoutMs, () => close(), problem);
      } catch (err) {
        logger.error({ err }, `closing ${name} failed`);
      }
    }
  }
  return {
    onClose: (name, close) => void steps.push({ name, close }),
    close: () => (closing ??= closeAll()),
  };
}
