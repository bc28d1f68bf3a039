// A client was silent for too long, and what it had armed for that was done.
import { DeadManFired } from '../../../../shared/trading-events.ts';
import type { DeadManAction } from '../../../../shared/risk.ts';
import { notificationKind } from './kind.ts';

export const deadManFired = notificationKind({
  schema: DeadManFired,
  severity: 'critical',
  title: () => 'Your dead man’s switch fired',
  body: ({ action, afterMs }) => `Its client was silent for ${afterMs / 1_000} s. ${done[action]}`,
});

const done: Record<DeadManAction, string> = {
  halt: 'Dealing is halted until you resume it; closing stays possible.',
  cancel_all: 'Working orders are being cancelled.',
  flatten: 'Working orders are being cancelled and positions closed.',
};
