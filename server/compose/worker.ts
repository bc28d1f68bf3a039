// The worker role: applies what the broker's streams tell of accounts, and looks after deals that nobody waits for.
import { isUnavailable } from '../trpc/errors.ts';
import type { Ground } from './ground.ts';
import type { Trading } from './money.ts';

/** After the jobs are started. */
export async function startWorker({ lifecycle, bus }: Ground, trading: Trading): Promise<void> {
  const consumer = await bus.consume('account', (message) => trading.applyAccountEvent(message), {
    countsAsFailure: (error) => !isUnavailable(error),
  });
  lifecycle.onClose('account events', () => consumer.close());
  lifecycle.onClose('sweeping', trading.startSweeping());
}
