// The worker role: applies what the broker's streams tell of accounts, looks after deals that nobody waits for, sends what leaves by e-mail and webhooks, and has the prices of open positions and orders streamed.
import { createStandingInterest } from '../realtime/standing-interest.ts';
import { isUnavailable } from '../trpc/errors.ts';
import type { Ground } from './ground.ts';
import type { Trading, Writers } from './money.ts';

/** After the jobs are started. */
export async function startWorker(
  { lifecycle, bus, clock, ids }: Ground,
  trading: Trading,
  notifications: Writers['notifications'],
): Promise<void> {
  const consumer = await bus.consume('account', (message) => trading.applyAccountEvent(message), {
    countsAsFailure: (error) => !isUnavailable(error),
  });
  lifecycle.onClose('account events', () => consumer.close());
  lifecycle.onClose('sweeping', trading.startSweeping());
  lifecycle.onClose('deliveries', notifications.delivering.start());
  for (const what of ['positions', 'orders'] as const) {
    const interest = createStandingInterest({ bus, clock, source: ids.next(what), class: what });
    lifecycle.onClose(`interest of ${what}`, () => interest.close());
    lifecycle.onClose(`prices of ${what}`, trading.wantPrices[what](interest));
  }
}
