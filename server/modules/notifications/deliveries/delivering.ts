// What a worker does about deliveries: it makes them of what users were told, and sends them by each channel.
import type { ChannelName } from '../../../../shared/notification-preferences.ts';
import { again } from '../../../lib/again.ts';
import type { Logger } from '../../../lib/logger.ts';
import type { Metrics } from '../../../lib/metrics.ts';
import { createTrouble } from '../../../lib/trouble.ts';
import { leavingOf } from '../channels.ts';
import type { NotificationService } from '../service.ts';
import { createDispatch, type DispatchDeps } from './dispatch.ts';
import { createSender } from './sender.ts';

/** Between two looks. A notification is in the app already, so that what leaves may take its second: nothing wakes it. */
const lookEveryMs = 1_000;

export type Delivering = ReturnType<typeof createDelivering>;

export function createDelivering(
  deps: DispatchDeps & {
    notifications: NotificationService;
    logger: Logger;
    metrics?: Metrics;
    random?: () => number;
  },
) {
  const { store, channels, notifications, clock, logger, metrics } = deps;
  const attempts = metrics?.counter(
    'ftrader_notification_attempts_total',
    'Attempts of this process to deliver notifications, by channel and outcome',
    ['channel', 'outcome'],
  );
  const senders = leavingOf(channels).map((channel) =>
    createSender({
      ...deps,
      channel,
      notify: notifications.notify,
      onAttempt: (name: ChannelName, outcome: string) => attempts?.inc({ channel: name, outcome }),
    }),
  );
  const dispatch = createDispatch(deps);
  const trouble = createTrouble(
    logger,
    'deliveries cannot be made of notifications',
    'deliveries are made of notifications again',
  );
  const look = again(async () => {
    try {
      let failed = false;
      await dispatch.run((error, userId) => {
        failed = true;
        trouble.failed(error, { userId });
      });
      if (!failed) trouble.worked();
    } catch (error) {
      trouble.failed(error);
    }
    for (const sender of senders) sender.look();
  });

  return {
    /** Looks for what was told and for what is due. */
    look,
    /** Resolves when all that `look` began has ended, and nothing more is due. */
    async idle(): Promise<void> {
      await look.idle();
      await Promise.all(senders.map((sender) => sender.idle()));
    },
    /** Looks now and every second. Returns how to stop. */
    start(): () => Promise<void> {
      metrics?.gauge(
        'ftrader_notification_deliveries_waiting',
        'Deliveries that are to be sent, or sent again, in the whole installation',
        ['channel'],
        async () =>
          (await store.countWaiting()).map(({ channel, waiting }) => ({
            labels: { channel },
            value: waiting,
          })),
      );
      look();
      const stopLooking = clock.every(lookEveryMs, look);
      return () => {
        stopLooking();
        return stop();
      };
    },
    stop,
  };

  /** Begins nothing more; what is under way ends, or is cut off to be made again. */
  async function stop(): Promise<void> {
    await Promise.all([look.idle(), ...senders.map((sender) => sender.stop())]);
  }
}
